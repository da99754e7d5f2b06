// SPDX-License-Identifier: Apache-2.0
// The content tree: PS3.16 TID 2000 "Basic Diagnostic Imaging Report" in the IOD that the draft
// asks for (PS3.3 A.35.1, A.35.2, A.35.3, A.35.13). It is the same in each: what Basic Text SR allows the others allow too.
#pragma once

#include "core/result.h"
#include "pipeline/report/draft_report.h"

class DcmItem;

namespace radfm::report {

// More paragraphs than this in one section become one text item: the tree stays small whatever the model writes.
inline constexpr std::size_t paragraphs_max = 64;

// Writes the root content item and everything below it into `dataset`, which must say ISO_IR 192 already.
// permanent "report_not_valid" when dcmsr refuses an item.
Status write_tree(const DraftContent& content, DcmItem& dataset);

}  // namespace radfm::report
