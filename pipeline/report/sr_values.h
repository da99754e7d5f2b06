// SPDX-License-Identifier: Apache-2.0
// Values of an SR's data set (UTF-8) as text, for those who read one: sr_text.cpp, sr_check.cpp.
#pragma once

#include <string>

class DcmItem;
class DcmTagKey;

namespace radfm::report {

// Legal text with LF line ends; empty when the attribute is absent or empty. Several values are joined by backslashes.
std::string value_of(DcmItem& item, const DcmTagKey& tag);
DcmItem* first_item(DcmItem& item, const DcmTagKey& sequence);  // nullptr: there is none
std::string code_meaning(DcmItem& item, const DcmTagKey& sequence);
// "18748-4,LN"; empty when there is no code.
std::string code_value(DcmItem& item, const DcmTagKey& sequence);

}  // namespace radfm::report
