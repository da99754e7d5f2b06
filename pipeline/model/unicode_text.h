// SPDX-License-Identifier: Apache-2.0
// The two properties of Unicode text that the tokens depend on.
#pragma once

#include <string>
#include <string_view>

namespace radfm::model {

// Cuts what Python's str.strip cuts: tab to carriage return, U+001C..U+0020, U+0085, U+00A0, U+1680,
// U+2000..U+200A, U+2028, U+2029, U+202F, U+205F, U+3000. (Not U+200B, U+FEFF, U+180E.) The text is UTF-8.
std::string_view without_leading_blanks(std::string_view text);
std::string_view without_trailing_blanks(std::string_view text);

// Each byte that is no part of a valid character (RFC 3629) becomes U+FFFD.
std::string valid_utf8(std::string_view bytes);

}  // namespace radfm::model
