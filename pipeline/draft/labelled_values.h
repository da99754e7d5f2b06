// SPDX-License-Identifier: Apache-2.0
// Values that a text itself calls a name, a birth date or an identifier: "MRN: 12345", "Date of birth: 3 Feb
// 1967".
#pragma once

#include <string>
#include <string_view>

namespace radfm::draft {

// The text with each such value replaced, up to the end of its line, two blanks, a tab, a semicolon or a bar.
// The labels and the line ends stay.
std::string without_labelled_values(std::string_view text, std::string_view replacement);

}  // namespace radfm::draft
