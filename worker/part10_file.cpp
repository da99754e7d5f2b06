// SPDX-License-Identifier: Apache-2.0
#include "worker/part10_file.h"

#include <algorithm>
#include <cstring>

#include "worker/same_data_set.h"

namespace radfm::worker {
namespace {

constexpr std::size_t preamble_bytes = 128;
constexpr const char* explicit_little_endian = "1.2.840.10008.1.2.1";
constexpr const char* implicit_little_endian = "1.2.840.10008.1.2";

std::uint32_t u16(const std::uint8_t* at) { return at[0] | std::uint32_t(at[1]) << 8; }
std::uint32_t u32(const std::uint8_t* at) { return u16(at) | u16(at + 2) << 16; }

bool has_long_length(const std::uint8_t* vr) {  // PS3.5 7.1.2
  for (const char* name : {"OB", "OW", "UN", "UT", "SQ", "OF", "OD", "OL", "UC", "UR"}) {
    if (std::memcmp(vr, name, 2) == 0) return true;
  }
  return false;
}

std::string uid_text(std::span<const std::uint8_t> value) {
  while (!value.empty() && (value.back() == 0 || value.back() == ' ')) value = value.first(value.size() - 1);
  return {value.begin(), value.end()};
}

}  // namespace

std::optional<Part10File> view_part10(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < preamble_bytes + 4 || std::memcmp(bytes.data() + preamble_bytes, "DICM", 4) != 0) return {};
  std::span<const std::uint8_t> rest = bytes.subspan(preamble_bytes + 4);
  Part10File file;
  // Group 2 is explicit VR little endian and ends with the first element of another group.
  while (rest.size() >= 8 && u16(rest.data()) == 0x0002) {
    const std::uint32_t element = u16(rest.data() + 2);
    const bool wide = has_long_length(rest.data() + 4);
    if (wide && rest.size() < 12) return {};
    const std::size_t head = wide ? 12 : 8;
    const std::size_t length = wide ? u32(rest.data() + 8) : u16(rest.data() + 6);
    if (length > rest.size() - head) return {};
    const std::span<const std::uint8_t> value = rest.subspan(head, length);
    if (element == 0x0002) file.sop_class_uid = uid_text(value);
    if (element == 0x0003) file.sop_instance_uid = uid_text(value);
    if (element == 0x0010) file.transfer_syntax_uid = uid_text(value);
    rest = rest.subspan(head + length);
  }
  if (file.transfer_syntax_uid.empty() || rest.empty()) return {};
  file.data_set = rest;
  return file;
}

bool same_object(std::span<const std::uint8_t> ours, std::span<const std::uint8_t> theirs) {
  const std::optional<Part10File> a = view_part10(ours);
  const std::optional<Part10File> b = view_part10(theirs);
  if (!a || !b) return false;
  if (a->transfer_syntax_uid == b->transfer_syntax_uid && std::ranges::equal(a->data_set, b->data_set)) return true;
  const bool implicit = b->transfer_syntax_uid == implicit_little_endian;
  return a->transfer_syntax_uid == explicit_little_endian && (implicit || b->transfer_syntax_uid == explicit_little_endian) &&
         same_data_set(a->data_set, b->data_set, implicit);
}

}  // namespace radfm::worker
