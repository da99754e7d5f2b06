// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace radfm::imaging {

// DS and IS of PS3.5 6.2 without their blanks: the whole text is one finite number, with a point whatever the locale.
std::optional<double> parse_number(std::string_view text);
// Several, between backslashes, blanks around each; empty when one of them is no number.
std::vector<double> parse_numbers(std::string_view text);

}  // namespace radfm::imaging
