// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

class DcmItem;

namespace radfm::imaging {

// ISO 2022 text with Japanese sets (PS3.3 C.12.1.1.2: ISO 2022 IR 87, 159, 13) as UTF-8; nothing when it is
// malformed.
std::optional<std::string> japanese_to_utf8(std::string_view bytes);

// Converts all text of a data set that declares a Japanese set. DCMTK asks the C library for these sets by
// names that glibc does not know, so its own conversion fails. False: nothing Japanese is declared, or some
// text is malformed (and left as it is).
bool convert_japanese_text(DcmItem& data_set);

}  // namespace radfm::imaging
