// SPDX-License-Identifier: Apache-2.0
#include "dicomweb/incoming_file.h"

#include <algorithm>
#include <array>

#include "core/uid.h"

namespace radfm::dicomweb {
namespace {

constexpr std::size_t preamble_bytes = 128, group_length_end = preamble_bytes + 4 + 12;
// "DICM", and the element (0002,0000) UL of four bytes.
constexpr std::array<std::uint8_t, 12> begins = {'D', 'I', 'C', 'M', 2, 0, 0, 0, 'U', 'L', 4, 0};

std::string uid_of(const scu::DataElement& element) {
  const auto uid = Uid::parse(scu::text_of(element));
  return uid ? uid->str() : std::string();
}

}  // namespace

void IncomingFile::take(std::span<const std::uint8_t> piece) {
  if (broken_) return;
  if (object_) return object_->take(piece);
  head_.insert(head_.end(), piece.begin(), piece.end());
  if (head_.size() >= group_length_end) read_meta();
}

void IncomingFile::read_meta() {
  broken_ = !std::equal(begins.begin(), begins.end(), head_.begin() + preamble_bytes);
  if (broken_) return;
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i)
    length |= static_cast<std::size_t>(head_[group_length_end - 4 + i]) << (8 * i);
  broken_ = length > file_meta_bytes_max;
  if (broken_ || head_.size() < group_length_end + length) return;
  const std::span<const std::uint8_t> all(head_);
  scu::ObjectIdentity named;
  const Status walked =
      scu::walk_elements(all.subspan(group_length_end, length), scu::Encoding::explicit_little,
                         [&](const scu::DataElement& element) {
                           if (element.tag == 0x00020002) named.sop_class_uid = uid_of(element);
                           if (element.tag == 0x00020003) named.sop_instance_uid = uid_of(element);
                           if (element.tag == 0x00020010) named.transfer_syntax_uid = uid_of(element);
                           return true;
                         });
  broken_ = !walked;
  if (broken_) return;
  object_.emplace(std::move(named), source_, choose_);
  object_->take(all.subspan(group_length_end + length));
  head_ = {};
}

Status IncomingFile::finish() {
  if (object_) return object_->finish();
  return permanent_error("object_not_readable", "a part of a DICOMweb answer is no DICOM file");
}

}  // namespace radfm::dicomweb
