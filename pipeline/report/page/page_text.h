// SPDX-License-Identifier: Apache-2.0
// Any bytes as text that can be set on a page: what would change the order of letters, hide them or draw over neighbours is
// taken out. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace radfm::report {

inline constexpr int marks_in_a_row_max = 4;  // combining marks on one letter; more would run over the lines above and below

// Valid UTF-8 (else U+FFFD), lines ended by LF, tabs as blanks; no other control character, no control of text direction
// (UAX #9: U+202A..2E, U+2066..69, marks), no soft hyphen, no tag character. Outer blanks and line ends cut.
std::string printable_text(std::string_view bytes);
// The same in one line, of at most `characters_max` characters; a longer one ends in an ellipsis and sets `shortened`.
std::string printable_line(std::string_view bytes, std::size_t characters_max, bool* shortened);
// Cut before `bytes_max` at a character's boundary.
std::string_view whole_characters(std::string_view utf8, std::size_t bytes_max);

}  // namespace radfm::report
