// SPDX-License-Identifier: Apache-2.0
// From any bytes to text that is legal in a DICOM value whose character set is ISO_IR 192.
#include <cstdint>

#include "pipeline/report/sections.h"

namespace radfm::report {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD

// One character, or one run of bytes that is none (Unicode 15, table 3-7: maximal subparts).
struct Character {
  std::size_t bytes = 1;
  bool valid = false;
  std::uint32_t code_point = 0;
};

bool is_continuation(std::string_view bytes, std::size_t at, unsigned char low, unsigned char high) {
  return at < bytes.size() && static_cast<unsigned char>(bytes[at]) >= low &&
         static_cast<unsigned char>(bytes[at]) <= high;
}

Character next_character(std::string_view bytes, std::size_t at) {
  const auto first = static_cast<unsigned char>(bytes[at]);
  if (first < 0x80) return {1, true, first};
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;  // of the second byte: no overlong form, no surrogate, nothing above U+10FFFF
  if (first >= 0xC2 && first <= 0xDF) length = 2;
  if (first >= 0xE0 && first <= 0xEF) length = 3;
  if (first >= 0xF0 && first <= 0xF4) length = 4;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  if (length == 0) return {};
  std::uint32_t code_point = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(bytes, at + i, low, high)) return {i, false, 0};
    code_point = (code_point << 6) | (static_cast<unsigned char>(bytes[at + i]) & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {length, true, code_point};
}

bool is_control(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

// Blanks and line ends at both ends are padding to DICOM and would be lost on the way anyway.
std::string trimmed(const std::string& text) {
  constexpr const char* outer = " \r\n";
  const std::size_t first = text.find_first_not_of(outer);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(outer) - first + 1);
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const Character character = next_character(bytes, at);
    if (!character.valid) return false;
    at += character.bytes;
  }
  return true;
}

std::string legal_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 16);
  for (std::size_t at = 0; at < bytes.size();) {
    const Character character = next_character(bytes, at);
    if (!character.valid) {
      text += replacement_character;
    } else if (character.code_point == '\r' || character.code_point == '\n') {
      if (character.code_point == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n') ++at;
      text += "\r\n";
    } else if (is_control(character.code_point)) {
      text += ' ';
    } else {
      text += bytes.substr(at, character.bytes);
    }
    at += character.bytes;
  }
  return trimmed(text);
}

std::string legal_string(std::string_view bytes, std::size_t bytes_max) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size() && text.size() < bytes_max;) {
    const Character character = next_character(bytes, at);
    std::string_view piece = bytes.substr(at, character.bytes);
    if (!character.valid) piece = replacement_character;
    if (character.valid && is_control(character.code_point)) piece = " ";
    if (character.valid && character.code_point == '\\') piece = "/";
    if (text.size() + piece.size() > bytes_max) break;
    text += piece;
    at += character.bytes;
  }
  return trimmed(text);
}

}  // namespace radfm::report
