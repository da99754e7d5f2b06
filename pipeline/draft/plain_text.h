// SPDX-License-Identifier: Apache-2.0
// Foreign text (descriptions, indications, prior reports) made fit for a sentence or a prompt.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace radfm::draft {

// One line: bytes that are no UTF-8 become U+FFFD, runs of white space and control characters become one blank, outer
// blanks are cut, and what is over `bytes_max` is cut at a word, else at a character. `shortened` (optional) tells.
std::string one_line(std::string_view text, std::size_t bytes_max, bool* shortened = nullptr);

// The text with a full stop, unless it ends with . ! or ?; empty stays empty.
std::string sentence(std::string text);

// "20240311" -> "2024-03-11"; "unknown date" when it is no date.
std::string iso_date(std::string_view da);

}  // namespace radfm::draft
