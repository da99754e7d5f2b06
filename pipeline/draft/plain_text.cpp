// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/plain_text.h"

#include <array>
#include <cstdio>

#include "core/dicom_time.h"

namespace radfm::draft {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Bytes of the UTF-8 character at the front of `text` (RFC 3629), 0 when it is none.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < count) return 0;
  for (std::size_t i = 1; i < count; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) > 0x9F;
  const bool beyond = first == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : count;
}

// ASCII controls and blank, and the C1 controls (U+0080 to U+009F), of which U+0085 is a line end.
bool is_blank(std::string_view character) {
  const unsigned char first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first <= 0x20 || first == 0x7F;
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA1;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t bytes_max, bool* shortened) {
  std::string line;
  std::size_t word_end = 0;  // where the line can be cut between words
  bool blank = false, over = false;
  while (!text.empty() && !over) {
    const std::size_t bytes = character_bytes(text);
    const std::string_view character = bytes == 0 ? replacement : text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
    if (is_blank(character)) {
      if (!blank) word_end = line.size();
      blank = true;
      continue;
    }
    const std::size_t added = character.size() + (blank && !line.empty() ? 1 : 0);
    over = line.size() + added > bytes_max;
    if (over) break;
    if (blank && !line.empty()) line.push_back(' ');
    line += character;
    blank = false;
  }
  // Cut inside a word: back to the last whole one, unless the line is one long word.
  if (over && !blank && word_end > 0) line.resize(word_end);
  if (shortened != nullptr) *shortened = over;
  return line;
}

std::string sentence(std::string text) {
  if (!text.empty() && std::string_view(".!?").find(text.back()) == std::string_view::npos) text.push_back('.');
  return text;
}

std::string iso_date(std::string_view da) {
  const std::optional<DicomDate> date = parse_da(da);
  if (!date) return "unknown date";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", date->year, date->month, date->day);
  return text.data();
}

}  // namespace radfm::draft
