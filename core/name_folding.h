// SPDX-License-Identifier: Apache-2.0
// Person names made comparable: case and accents folded, everything that is no letter left out. For comparing only.
#pragma once

#include <string>
#include <string_view>

namespace radfm {

// UTF-8 in, UTF-8 out. "O'Brien-Müller " gives "obrienmuller"; Latin (with its accents, composed or combining), Greek
// and Cyrillic are folded, other scripts are kept as they are. Bytes that are no UTF-8 are kept, so that two broken
// names are equal only if their bytes are. Two spellings of one sound (ü and ue) stay different.
std::string folded_letters(std::string_view utf8);

}  // namespace radfm
