// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/page/page_text.h"

#include <glib.h>

#include <algorithm>

namespace radfm::report {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

bool is_between(gunichar c, gunichar first, gunichar last) { return c >= first && c <= last; }

bool ends_line(gunichar c) { return c == '\n' || c == 0x2028 || c == 0x2029 || c == 0x0B || c == 0x0C || c == 0x85; }

// Draws nothing, and may turn, hide or join what stands beside it. U+200C and U+200D stay: Persian and Indic words need them.
bool is_invisible(gunichar c) {
  return c < 0x20 || is_between(c, 0x7F, 0x9F) || c == 0xAD || c == 0x061C || c == 0x200B || is_between(c, 0x200E, 0x200F) ||
         is_between(c, 0x202A, 0x202E) || is_between(c, 0x2060, 0x206F) || c == 0xFEFF || is_between(c, 0xFFF9, 0xFFFB) ||
         is_between(c, 0xE0000, 0xE0FFF);
}

bool is_mark(gunichar c) {
  const GUnicodeType type = g_unichar_type(c);
  return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK;
}

void append(std::string& text, gunichar c) {
  char bytes[6];
  text.append(bytes, static_cast<std::size_t>(g_unichar_to_utf8(c, bytes)));
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

}  // namespace

std::string printable_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  int marks = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    if (bytes[at] == '\0') {
      ++at;
      continue;
    }
    const gunichar c = g_utf8_get_char_validated(bytes.data() + at, static_cast<gssize>(bytes.size() - at));
    if (c == static_cast<gunichar>(-1) || c == static_cast<gunichar>(-2)) {
      text += replacement;
      ++at;
      continue;
    }
    const bool carriage_return = c == '\r';
    at += static_cast<std::size_t>(g_unichar_to_utf8(c, nullptr));
    if (carriage_return && at < bytes.size() && bytes[at] == '\n') ++at;
    if (carriage_return || ends_line(c)) {
      text += '\n';
    } else if (c == '\t' || c == 0xA0) {
      text += ' ';
    } else if (!is_invisible(c)) {
      marks = is_mark(c) ? marks + 1 : 0;
      if (marks <= marks_in_a_row_max) append(text, c);
    }
  }
  return trimmed(text);
}

std::string printable_line(std::string_view bytes, std::size_t characters_max, bool* shortened) {
  std::string text = printable_text(whole_characters(bytes, characters_max * 16));
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  const bool long_text = bytes.size() > characters_max * 16 ||
                         g_utf8_strlen(text.data(), static_cast<gssize>(text.size())) > static_cast<glong>(characters_max);
  if (!long_text) return text;
  *shortened = true;
  const glong kept = std::min(static_cast<glong>(characters_max) - 1, g_utf8_strlen(text.data(), static_cast<gssize>(text.size())));
  const char* end = g_utf8_offset_to_pointer(text.data(), kept);
  return text.substr(0, static_cast<std::size_t>(end - text.data())) + std::string(ellipsis);
}

std::string_view whole_characters(std::string_view utf8, std::size_t bytes_max) {
  if (utf8.size() <= bytes_max) return utf8;
  std::size_t end = bytes_max;
  for (int i = 0; i < 3 && end > 0 && (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80; ++i) --end;
  return utf8.substr(0, end);
}

}  // namespace radfm::report
