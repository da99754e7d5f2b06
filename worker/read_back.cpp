// SPDX-License-Identifier: Apache-2.0
#include "worker/read_back.h"

#include "scu-scp/data_elements.h"
#include "worker/part10_file.h"

namespace radfm::worker {

class OneObject::Memory final : public scu::ObjectSink::Writer {
 public:
  explicit Memory(OneObject& sink) : sink_(sink) {}
  Status write(std::span<const std::uint8_t> piece) override {
    if (piece.size() > sink_.bytes_max_ - bytes_.size()) {
      return permanent_error("retrieval_too_large", "an archive sends more than " + std::to_string(sink_.bytes_max_) +
                                                        " bytes for one object of ours");
    }
    bytes_.insert(bytes_.end(), piece.begin(), piece.end());
    return {};
  }
  Status keep() override {
    sink_.file_ = std::move(bytes_);
    return {};
  }

 private:
  OneObject& sink_;
  std::vector<std::uint8_t> bytes_;
};

Result<std::unique_ptr<scu::ObjectSink::Writer>> OneObject::begin(const scu::ObjectIdentity&) {
  if (begun_) return permanent_error("retrieval_too_large", "an archive sends several objects where one was asked for");
  begun_ = true;
  return std::unique_ptr<Writer>(std::make_unique<Memory>(*this));
}

Result<scu::RetrievalRequest> address_of(const db::OutboxObject& object) {
  const Error unreadable =
      permanent_error("object_not_readable", "the object " + object.sop_instance_uid + " does not say its study and series");
  scu::RetrievalRequest address;
  address.sop_instance_uid = object.sop_instance_uid;
  address.series_uids.emplace_back();
  const std::optional<Part10File> file = view_part10(object.dicom);
  const auto encoding = file ? scu::encoding_of(file->transfer_syntax_uid) : std::nullopt;
  if (!encoding) return unreadable;
  const Status walked = scu::walk_elements(file->data_set, *encoding, [&](const scu::DataElement& element) {
    if (element.depth != 0) return true;
    if (element.tag == 0x00100020) address.patient_id = scu::text_of(element);
    if (element.tag == 0x0020000D) address.study_uid = scu::text_of(element);
    if (element.tag == 0x0020000E) address.series_uids.front() = scu::text_of(element);
    return element.tag < 0x0020000E;
  });
  if (!walked || !scu::check(address)) return unreadable;
  return address;
}

Result<Destination::Presence> compare_retrieved(const db::OutboxObject& ours, const scu::RetrievalResult& result, const OneObject& theirs,
                                                const std::string& who) {
  using Presence = Destination::Presence;
  if (theirs.file()) return same_object(ours.dicom, *theirs.file()) ? Presence::same : Presence::different;
  if (result.refused.contains("retrieval_too_large") || result.refused.contains("object_not_readable") ||
      result.refused.contains("object_not_as_named") || result.refused.contains("object_too_large")) {
    return Presence::different;
  }
  if (result.failed > 0) {
    return transient_error("peer_sent_nothing", who + " has SOP Instance UID " + ours.sop_instance_uid +
                                                    " and could not send it back to be compared; its log says why");
  }
  return Presence::absent;
}

}  // namespace radfm::worker
