// SPDX-License-Identifier: Apache-2.0
#include "core/name_folding.h"

#include <array>
#include <cstdint>
#include <optional>

namespace radfm {
namespace {

// U+00C0 to U+017F, in order; an empty entry is no letter (the signs of multiplication and division).
constexpr std::array<std::string_view, 192> latin{
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",    // U+00C0
    "d", "n", "o", "o", "o", "o", "o", "", "o", "u", "u", "u", "u", "y", "th", "ss",    // U+00D0
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",    // U+00E0
    "d", "n", "o", "o", "o", "o", "o", "", "o", "u", "u", "u", "u", "y", "th", "y",     // U+00F0
    "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d",     // U+0100
    "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",     // U+0110
    "g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i",     // U+0120
    "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l",   // U+0130
    "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o",     // U+0140
    "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s",   // U+0150
    "s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u",     // U+0160
    "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s"};    // U+0170

struct Letter {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
};

// One code point (RFC 3629); nothing for bytes that are no UTF-8.
std::optional<Letter> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return Letter{first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return std::nullopt;
  std::uint32_t code = first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return std::nullopt;
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[bytes] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return std::nullopt;
  return Letter{code, bytes};
}

void append_utf8(std::string* text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

std::uint32_t fold_greek(std::uint32_t code) {
  if (code >= 0x391 && code <= 0x3A9) code += 0x20;
  switch (code) {
    case 0x386: case 0x3AC: return 0x3B1;                          // alpha with tonos
    case 0x388: case 0x3AD: return 0x3B5;                          // epsilon
    case 0x389: case 0x3AE: return 0x3B7;                          // eta
    case 0x38A: case 0x3AF: case 0x390: case 0x3AA: case 0x3CA: return 0x3B9;  // iota
    case 0x38C: case 0x3CC: return 0x3BF;                          // omicron
    case 0x38E: case 0x3CD: case 0x3B0: case 0x3AB: case 0x3CB: return 0x3C5;  // upsilon
    case 0x38F: case 0x3CE: return 0x3C9;                          // omega
    case 0x3C2: return 0x3C3;                                      // final sigma
    default: return code;
  }
}

std::uint32_t fold_cyrillic(std::uint32_t code) {
  if (code >= 0x410 && code <= 0x42F) return code + 0x20;
  if (code >= 0x400 && code <= 0x40F) code += 0x50;
  if (code == 0x451 || code == 0x450) return 0x435;  // io is written as ie by many
  if (code >= 0x460 && code <= 0x4FF && code != 0x482) return code | 1U;  // pairs: the lower-case letter is the odd one
  return code;
}

bool is_mark_or_separator(std::uint32_t code) {
  return (code >= 0x80 && code <= 0xBF) || (code >= 0x300 && code <= 0x36F) ||  // Latin-1 signs, combining accents
         (code >= 0x2000 && code <= 0x206F) || code == 0x3000 || code == 0x30FB || code == 0xFEFF;
}

void append_folded(std::string* text, std::uint32_t code) {
  if (code < 0x80) {
    const char c = static_cast<char>(code);
    if (c >= 'A' && c <= 'Z') text->push_back(static_cast<char>(c - 'A' + 'a'));
    if (c >= 'a' && c <= 'z') text->push_back(c);
  } else if (is_mark_or_separator(code)) {
    return;
  } else if (code >= 0xC0 && code <= 0x17F) {
    *text += latin[code - 0xC0];
  } else if (code >= 0xFF21 && code <= 0xFF3A) {  // full-width capitals of Japanese systems
    text->push_back(static_cast<char>('a' + (code - 0xFF21)));
  } else if (code >= 0xFF41 && code <= 0xFF5A) {
    text->push_back(static_cast<char>('a' + (code - 0xFF41)));
  } else if (code >= 0x1E00 && code <= 0x1EFF) {
    append_utf8(text, code >= 0x1E96 && code <= 0x1E9F ? code : code | 1U);  // pairs, as in Vietnamese
  } else if (code >= 0x370 && code <= 0x3FF) {
    append_utf8(text, fold_greek(code));
  } else if (code >= 0x400 && code <= 0x52F) {
    append_utf8(text, fold_cyrillic(code));
  } else {
    append_utf8(text, code);
  }
}

}  // namespace

std::string folded_letters(std::string_view utf8) {
  std::string letters;
  while (!utf8.empty()) {
    if (const auto letter = decode(utf8)) {
      append_folded(&letters, letter->code);
      utf8.remove_prefix(letter->bytes);
    } else {
      letters.push_back(utf8.front());
      utf8.remove_prefix(1);
    }
  }
  return letters;
}

}  // namespace radfm
