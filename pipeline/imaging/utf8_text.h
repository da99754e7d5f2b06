// SPDX-License-Identifier: Apache-2.0
// Text of foreign files as valid UTF-8, whatever the file's bytes are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace radfm::imaging {

// Valid UTF-8 of any bytes: well-formed sequences stay; every other byte becomes the Latin-1 character of
// that number (so that two different names stay different), U+FFFD where Latin-1 has a control character.
// Control characters go, except TAB, LF, FF and CR; trailing NUL and blanks are cut.
std::string valid_utf8(std::string_view bytes);
bool is_valid_utf8(std::string_view bytes);

// Cuts valid UTF-8 to at most so many bytes, behind a whole character.
void cut_text(std::string& text, std::size_t bytes_max);

}  // namespace radfm::imaging
