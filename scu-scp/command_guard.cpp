// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/command_guard.h"

#include <algorithm>
#include <iterator>

#include "scu-scp/data_elements.h"

namespace radfm::scu {
namespace {

constexpr std::size_t header_bytes = 8;

// PS3.7 E.1: the longest value of each element that DCMTK copies into a structure of a fixed size.
std::size_t value_bytes_max(std::uint32_t element) {
  switch (element) {
    case 0x0000:
      return 4;  // UL group length
    case 0x0002:
    case 0x0003:
    case 0x1000:
    case 0x1001:
      return 64;  // UI
    case 0x0600:
    case 0x1030:
      return 16;  // AE
    case 0x0100:
    case 0x0110:
    case 0x0120:
    case 0x0700:
    case 0x0800:
    case 0x0900:
    case 0x0903:
    case 0x1002:
    case 0x1008:
    case 0x1020:
    case 0x1021:
    case 0x1022:
    case 0x1023:
    case 0x1031:
      return 2;  // US
    default:
      return command_bytes_max;
  }
}

bool is_uid_element(std::uint32_t tag) {
  return tag == 0x00000002 || tag == 0x00000003 || tag == 0x00001000 || tag == 0x00001001;
}

// Those of core/uid.h, and what pads them. DCMTK takes a UID that begins with '=' for the name of one: an answer that repeats it
// would bear another UID, or none and lose memory.
bool has_uid_characters(std::span<const std::uint8_t> value) {
  return std::all_of(value.begin(), value.end(), [](std::uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c == ' ' ||
           c == '\0';
  });
}

}  // namespace

std::optional<std::string> CommandGuard::check_header() {
  const auto number = [&](std::size_t at, int bytes) {
    std::uint32_t value = 0;
    for (int i = bytes - 1; i >= 0; --i) value = value << 8 | bytes_[at + static_cast<std::size_t>(i)];
    return value;
  };
  const std::uint32_t group = number(at_, 2), element = number(at_ + 2, 2), length = number(at_ + 4, 4);
  if (group != 0) return "a command holds an element of another group";
  if (length > value_bytes_max(element) || length % 2 != 0)
    return "a value of a command is too long or of an odd length";
  if (value_bytes_max(element) == 2 && length != 2 && length != 0)
    return "a number of a command has not two bytes";
  at_ += header_bytes + length;
  return std::nullopt;
}

std::optional<std::string> CommandGuard::check_whole() {
  std::optional<unsigned> field, data_set_type;
  bool legal_uids = true;
  const Status walked = walk_elements(bytes_, Encoding::implicit_little, [&](const DataElement& element) {
    if (is_uid_element(element.tag)) legal_uids = legal_uids && has_uid_characters(element.value);
    if (element.value.size() != 2) return true;
    const unsigned number = element.value[0] | static_cast<unsigned>(element.value[1]) << 8;
    if (element.tag == 0x00000100) field = number;
    if (element.tag == 0x00000800) data_set_type = number;
    return true;
  });
  if (!walked || !field || !data_set_type) return "a command lacks its field or its data set type";
  if (!legal_uids) return "a UID of a command has characters that no UID has";
  // PS3.7 E.1-1: C-STORE both ways, C-ECHO both ways, answers to C-FIND, C-GET, C-MOVE, N-ACTION; C-CANCEL,
  // N-EVENT-REPORT.
  static constexpr unsigned taken[] = {0x0001, 0x8001, 0x0030, 0x8030, 0x8020,
                                       0x8010, 0x8021, 0x8130, 0x0FFF, 0x0100};
  if (std::find(std::begin(taken), std::end(taken), *field) == std::end(taken))
    return "a command that this node never takes";
  data_set_ = *data_set_type != 0x0101;
  return std::nullopt;
}

std::optional<std::string> CommandGuard::take(std::span<const std::uint8_t> fragment, bool last) {
  if (bytes_.size() + fragment.size() > command_bytes_max) return "a command is too long";
  bytes_.insert(bytes_.end(), fragment.begin(), fragment.end());
  // A header is judged with the fragment that completes it, the value that follows may still be on its way.
  while (at_ + header_bytes <= bytes_.size()) {
    if (auto fault = check_header()) return fault;
  }
  if (!last) return std::nullopt;
  if (at_ != bytes_.size() || bytes_.empty()) return "a command ends inside an element";
  return check_whole();
}

}  // namespace radfm::scu
