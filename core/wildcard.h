// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace radfm {

// Whether the whole text fits the pattern: `*` stands for any run of characters, `?` for one (a character of UTF-8, not a
// byte); letters of ASCII fit whatever their case. Without recursion, and never worse than pattern times text.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace radfm
