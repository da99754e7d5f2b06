// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/incoming_object.h"

#include <gtest/gtest.h>

#include "scu-scp/file_meta.h"

namespace radfm::scu {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Keeps what it is given in memory.
class MemorySink final : public ObjectSink {
 public:
  Result<std::unique_ptr<Writer>> begin(const ObjectIdentity& identity) override {
    identity_ = identity;
    return std::unique_ptr<Writer>(new MemoryWriter(*this));
  }
  ObjectIdentity identity_;
  Bytes kept_;
  bool is_kept_ = false;
  std::optional<Error> write_error_;

 private:
  class MemoryWriter final : public Writer {
   public:
    explicit MemoryWriter(MemorySink& sink) : sink_(sink) {}
    Status write(std::span<const std::uint8_t> piece) override {
      if (sink_.write_error_) return *sink_.write_error_;
      bytes_.insert(bytes_.end(), piece.begin(), piece.end());
      return {};
    }
    Status keep() override {
      sink_.kept_ = bytes_;
      sink_.is_kept_ = true;
      return {};
    }

   private:
    MemorySink& sink_;
    Bytes bytes_;
  };
};

void put(Bytes& bytes, std::uint32_t tag, std::string value) {
  if (value.size() % 2 != 0) value += '\0';
  for (const std::uint32_t number : {tag >> 16, tag & 0xFFFF}) {
    bytes.push_back(static_cast<std::uint8_t>(number));
    bytes.push_back(static_cast<std::uint8_t>(number >> 8));
  }
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(value.size() >> (8 * i)));
  bytes.insert(bytes.end(), value.begin(), value.end());
}

const ObjectIdentity named = {"1.2.840.10008.5.1.4.1.1.1", "1.2.3.4", "1.2.840.10008.1.2", "", ""};

Bytes data_set(const std::string& sop_instance_uid = named.sop_instance_uid, std::size_t filling = 100) {
  Bytes bytes;
  put(bytes, 0x00080016, named.sop_class_uid);
  put(bytes, 0x00080018, sop_instance_uid);
  put(bytes, 0x00081030, std::string(filling, 'x'));
  put(bytes, 0x0020000D, "1.2.5");
  put(bytes, 0x0020000E, "1.2.6");
  put(bytes, 0x00280010, std::string(5'000, 'y'));
  return bytes;
}

class IncomingObjectTest : public ::testing::Test {
 protected:
  // The refusal's code, or "kept".
  std::string bring(const Bytes& bytes, const ObjectIdentity& announced = named,
                    std::size_t piece_bytes = 1'000) {
    IncomingObject object(announced, "ARCHIVE", choice_);
    const std::span<const std::uint8_t> all(bytes);
    for (std::size_t at = 0; at < all.size(); at += piece_bytes)
      object.take(all.subspan(at, std::min(piece_bytes, all.size() - at)));
    const Status finished = object.finish();
    EXPECT_EQ(finished.ok(), sink_->is_kept_);
    return finished ? "kept" : finished.error().code;
  }
  std::shared_ptr<MemorySink> sink_ = std::make_shared<MemorySink>();
  int asked_ = 0;
  SinkChoice choice_ = [this](const ObjectIdentity&) -> Result<std::shared_ptr<ObjectSink>> {
    ++asked_;
    return std::shared_ptr<ObjectSink>(sink_);
  };
};

TEST_F(IncomingObjectTest, AFileIsTheHeadAndTheDataSet) {
  // Aim: in pieces of any size, the sink gets a file with what the bytes say of themselves, and is chosen
  // once.
  for (const std::size_t piece_bytes : {1u, 7u, 100'000u}) {
    sink_->is_kept_ = false;
    asked_ = 0;
    ASSERT_EQ(bring(data_set(), named, piece_bytes), "kept");
    EXPECT_EQ(asked_, 1);
    EXPECT_EQ(sink_->identity_.study_uid, "1.2.5");
    EXPECT_EQ(sink_->identity_.series_uid, "1.2.6");
    Bytes expected = file_head(sink_->identity_, "ARCHIVE");
    const Bytes body = data_set();
    expected.insert(expected.end(), body.begin(), body.end());
    EXPECT_EQ(sink_->kept_, expected);
  }
}

TEST_F(IncomingObjectTest, OneThatIsNotAsNamedIsRefused) {
  // Aim: another instance, another class, than the command says.
  EXPECT_EQ(bring(data_set("1.2.3.5")), "object_not_as_named");
  ObjectIdentity other = named;
  other.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
  EXPECT_EQ(bring(data_set(), other), "object_not_as_named");
  EXPECT_EQ(asked_, 0);
}

TEST_F(IncomingObjectTest, OneThatCannotBeReadIsRefused) {
  // Aim: nothing, no study, elements out of order or twice, cut, no UID, an unread encoding.
  EXPECT_EQ(bring({}), "object_not_readable");
  Bytes no_study;
  put(no_study, 0x00080016, named.sop_class_uid);
  put(no_study, 0x00080018, named.sop_instance_uid);
  EXPECT_EQ(bring(no_study), "object_not_readable");
  Bytes twice = no_study;
  put(twice, 0x0020000D, "1.2.5");
  put(twice, 0x0020000D, "1.2.7");
  put(twice, 0x0020000E, "1.2.6");
  EXPECT_EQ(bring(twice), "object_not_readable");
  Bytes cut = data_set();
  cut.resize(60);
  EXPECT_EQ(bring(cut), "object_not_readable");
  EXPECT_EQ(bring(data_set("../../x")), "object_not_readable");
  ObjectIdentity deflated = named;
  deflated.transfer_syntax_uid = "1.2.840.10008.1.2.1.99";
  EXPECT_EQ(bring(data_set(), deflated), "object_not_readable");
  ObjectIdentity nameless = named;
  nameless.sop_instance_uid = "";
  EXPECT_EQ(bring(data_set(), nameless), "object_not_readable");
  EXPECT_EQ(asked_, 0);
}

TEST_F(IncomingObjectTest, TheHeadHasALimit) {
  // Aim: UIDs that stand within the limit are found, those beyond are not waited for.
  EXPECT_EQ(bring(data_set(named.sop_instance_uid, object_head_bytes_max / 2)), "kept");
  sink_->is_kept_ = false;
  EXPECT_EQ(bring(data_set(named.sop_instance_uid, 4 * object_head_bytes_max)), "object_not_readable");
}

TEST_F(IncomingObjectTest, TheSinksRefusalIsTheObjects) {
  // Aim: an error while writing refuses the object, whatever still comes.
  sink_->write_error_ = permanent_error("retrieval_too_large", "");
  EXPECT_EQ(bring(data_set()), "retrieval_too_large");
}

}  // namespace
}  // namespace radfm::scu
