// SPDX-License-Identifier: Apache-2.0
// The Patient, General Study, Patient Study and Clinical Trial attributes of the study being reported, copied as they
// stand (PS3.17 X.2.1: they "will be identical"). The allow list is in header_copy.cpp; nothing else is ever copied.
#pragma once

#include <string>
#include <vector>

#include "core/attribute_set.h"
#include "core/result.h"

class DcmItem;

namespace radfm::report {

inline constexpr int source_nesting_max = 8;         // deeper items of a source sequence are left out
inline constexpr std::size_t source_items_max = 256;  // further items of one source sequence are left out

// Illegal values (source_legality.h) are emptied where the attribute must be present (type 2) and left out elsewhere;
// their keywords are added to `left_out_values`. permanent "source_header_unusable" without a Study Instance UID, or
// when the header has no attribute of the Patient module at all.
Status copy_header(const AttributeSet& source, DcmItem& dataset, std::vector<std::string>& left_out_values);

// The same attributes from an object of ours, whose values were judged when it was made.
void copy_own_header(DcmItem& own, DcmItem& dataset);

// One attribute of `source` under another tag or in another place (a Request Attributes item into Referenced Request):
// written when present and legal; where it is not, an empty element is written if `must_be_present`.
void copy_attribute(const AttributeSet& source, std::uint32_t source_tag, DcmItem& dataset, std::uint32_t tag,
                    bool must_be_present, std::vector<std::string>& left_out_values);

}  // namespace radfm::report
