// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/unicode_text.h"

#include <algorithm>
#include <iterator>

namespace radfm::model {
namespace {

constexpr std::string_view blanks[] = {
    "\t",           "\n",           "\v",           "\f",           "\r",
    "\x1C",         "\x1D",         "\x1E",         "\x1F",         " ",
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80",  // U+0085 U+00A0 U+1680
    "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84",
    "\xE2\x80\x85",                                                                   // U+2000..
    "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",   // ..U+200A
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};  // U+2028 .. U+3000

// Length of the valid character at the start of `bytes`; 0: none.
std::size_t character_length(std::string_view bytes) {
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F))
      return 0;  // overlong, surrogate
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F))
      return 0;  // overlong, above U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace

std::string_view without_leading_blanks(std::string_view text) {
  for (;;) {
    const auto* blank =
        std::find_if(std::begin(blanks), std::end(blanks), [&](auto b) { return text.starts_with(b); });
    if (blank == std::end(blanks)) return text;
    text.remove_prefix(blank->size());
  }
}

std::string_view without_trailing_blanks(std::string_view text) {
  for (;;) {
    const auto* blank =
        std::find_if(std::begin(blanks), std::end(blanks), [&](auto b) { return text.ends_with(b); });
    if (blank == std::end(blanks)) return text;
    text.remove_suffix(blank->size());
  }
}

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    if (length == 0)
      text += "\xEF\xBF\xBD";
    else
      text += bytes.substr(0, length);
    bytes.remove_prefix(length ? length : 1);
  }
  return text;
}

}  // namespace radfm::model
