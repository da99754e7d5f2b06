// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a peer sends on an association, up to the object that they bring. The first byte says
// whose side it is.
#include "core/uid.h"
#include "scu-scp/incoming_object.h"
#include "scu-scp/pdu_guard.h"
#include "tests/fuzz/fuzz_input.h"

using namespace radfm;
using namespace radfm::scu;
using radfm::fuzz::must;

namespace {

class CountingSink final : public ObjectSink {
 public:
  Result<std::unique_ptr<Writer>> begin(const ObjectIdentity& identity) override {
    for (const std::string& uid :
         {identity.sop_class_uid, identity.sop_instance_uid, identity.study_uid, identity.series_uid}) {
      must(Uid::parse(uid).has_value(), "an object is kept under UIDs");
    }
    return std::unique_ptr<Writer>(new CountingWriter);
  }

 private:
  class CountingWriter final : public Writer {
   public:
    Status write(std::span<const std::uint8_t> piece) override {
      bytes_ += piece.size();
      return {};
    }
    Status keep() override {
      must(bytes_ > 132, "a file is more than its preamble");
      return {};
    }

   private:
    std::size_t bytes_ = 0;
  };
};

// Data sets of a guarded stream, as objects of one name: every encoding that is read, in turn.
class Objects {
 public:
  void take(std::span<const std::uint8_t> body) {
    while (body.size() >= 6) {
      const std::size_t length = static_cast<std::size_t>(body[0]) << 24 |
                                 static_cast<std::size_t>(body[1]) << 16 |
                                 static_cast<std::size_t>(body[2]) << 8 | body[3];
      must(length >= 2 && length <= body.size() - 4, "the guard passes fragments that fit their PDU");
      if ((body[5] & 1) == 0) bring(body.subspan(6, length - 2), (body[5] & 2) != 0, body[4]);
      body = body.subspan(4 + length);
    }
    must(body.empty(), "the guard passes PDUs that end with a fragment");
  }

 private:
  void bring(std::span<const std::uint8_t> piece, bool last, std::uint8_t context) {
    if (!object_) {
      const char* syntax = (context & 2) != 0 ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2";
      object_.emplace(ObjectIdentity{"1.2.840.10008.5.1.4.1.1.1", "1.2.3.4", syntax, "", ""}, "PEER",
                      choice_);
    }
    object_->take(piece);
    if (!last) return;
    static_cast<void>(object_->finish());
    object_.reset();
  }
  const std::shared_ptr<ObjectSink> sink_ = std::make_shared<CountingSink>();
  const SinkChoice choice_ = [this](const ObjectIdentity&) -> Result<std::shared_ptr<ObjectSink>> {
    return sink_;
  };
  std::optional<IncomingObject> object_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  PduGuard guard((data[0] & 1) != 0 ? PduGuard::Side::requestor : PduGuard::Side::acceptor, size);
  Objects objects;
  std::span<const std::uint8_t> rest(data + 1, size - 1);
  while (rest.size() >= pdu_head_bytes) {
    const auto body = guard.body_bytes(rest.first(pdu_head_bytes));
    if (!body) break;
    must(*body <= associate_pdu_bytes_max, "no PDU is longer than the longest limit");
    if (*body > rest.size() - pdu_head_bytes) break;
    if (!guard.take_body(rest.subspan(pdu_head_bytes, *body))) {
      must(!guard.fault().empty(), "a refusal has a reason");
      break;
    }
    if (rest[0] == 0x04) objects.take(rest.subspan(pdu_head_bytes, *body));
    rest = rest.subspan(pdu_head_bytes + *body);
  }
  return 0;
}
