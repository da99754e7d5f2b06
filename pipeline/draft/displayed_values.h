// SPDX-License-Identifier: Apache-2.0
// Header values as a page shows them to people. UTF-8; what cannot be read is shown as it stands. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/attribute_set.h"

namespace radfm::draft {

// A person's name (PS3.5 6.2.1): "Wang^XiaoDong=王^小东=" -> "Wang, XiaoDong (王 小东)"; the alphabetic group, then the ideographic
// and the phonetic one. Where there is no alphabetic group, the others alone.
std::string displayed_name(std::string_view person_name);
std::string displayed_date(std::string_view da);                       // "2026-03-11"
std::string displayed_time(std::string_view tm);                       // "10:15"; empty for none
// "F, 57 years": by Patient's Age, else from the birth date to the study's.
std::string displayed_sex_and_age(const AttributeSet& header);

}  // namespace radfm::draft
