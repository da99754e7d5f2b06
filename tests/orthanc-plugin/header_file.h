// SPDX-License-Identifier: GPL-3.0-or-later
// Files of PS3.10 as far as their identifiers, put together byte by byte (PS3.5 7.1).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace radfm::plugin {

inline constexpr const char* explicit_syntax = "1.2.840.10008.1.2.1";
inline constexpr const char* implicit_syntax = "1.2.840.10008.1.2";

inline std::string little_endian(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(number >> (8 * i) & 0xFFU));
  return text;
}

inline std::string tag_bytes(std::uint32_t tag) {
  return little_endian(tag >> 16, 2) + little_endian(tag & 0xFFFF, 2);
}

inline std::string padded(std::string_view vr, std::string value) {
  if (value.size() % 2 != 0) value.push_back(vr == "UI" ? '\0' : ' ');
  return value;
}

inline std::string explicit_element(std::uint32_t tag, const std::string& vr, const std::string& text) {
  const std::string value = padded(vr, text);
  const bool long_head = vr == "OB" || vr == "SQ" || vr == "UN" || vr == "UT";
  return tag_bytes(tag) + vr + (long_head ? std::string(2, '\0') + little_endian(std::uint32_t(value.size()), 4) : little_endian(std::uint32_t(value.size()), 2)) + value;
}

inline std::string implicit_element(std::uint32_t tag, const std::string& vr, const std::string& text) {
  const std::string value = padded(vr, text);
  return tag_bytes(tag) + little_endian(std::uint32_t(value.size()), 4) + value;
}

inline std::string part10(const std::string& transfer_syntax, const std::string& data_set) {
  return std::string(128, '\0') + "DICM" + explicit_element(0x00020002, "UI", "1.2.3.4") + explicit_element(0x00020010, "UI", transfer_syntax) + data_set;
}

// As small as an image that is remembered can be.
inline std::string header_file(const std::string& patient, const std::string& study, const std::string& series, const std::string& instance) {
  return part10(explicit_syntax, explicit_element(0x00080018, "UI", instance) + explicit_element(0x00100020, "LO", patient) +
                                     explicit_element(0x0020000D, "UI", study) + explicit_element(0x0020000E, "UI", series) +
                                     explicit_element(0x00280010, "US", "ab"));
}

inline std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace radfm::plugin
