// SPDX-License-Identifier: Apache-2.0
// Reading values out of a parsed data set: always valid UTF-8, numbers without the locale, nothing thrown.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dctagkey.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/imaging/number_text.h"

namespace radfm::imaging {

// The whole value, several values joined by a backslash, outer blanks cut; empty when absent.
std::string text_of(DcmItem& item, const DcmTagKey& tag);
std::vector<std::string> texts_of(DcmItem& item, const DcmTagKey& tag);  // split at backslashes, each trimmed
std::optional<int> integer_of(DcmItem& item, const DcmTagKey& tag);      // IS, US, SS, UL, SL: first value
std::optional<double> number_of(DcmItem& item, const DcmTagKey& tag);    // first value
std::vector<double> numbers_of(DcmItem& item,
                               const DcmTagKey& tag);  // empty when one of them is no finite number

// The 16-bit words of an element, whether its VR is US, SS or OW; empty when absent.
std::vector<std::uint16_t> words_of(DcmItem& item, const DcmTagKey& tag);

std::string trimmed(std::string_view text);
std::string upper_case(std::string_view text);  // ASCII letters only

}  // namespace radfm::imaging
