// SPDX-License-Identifier: Apache-2.0
// Which device wrote the report: General Equipment, Contributing Equipment and Author Observer (PS3.3 C.7.5.1, C.12.1,
// C.17.2.5).
#pragma once

#include "pipeline/report/draft_report.h"

class DcmItem;

namespace radfm::report {

// General and contributing equipment: of the draft and of its companions.
void write_equipment(const DraftContent& content, DcmItem& dataset);
// Of an SR. After copy_header: the author's institution is the study's.
void write_author(const DraftContent& content, DcmItem& dataset);

}  // namespace radfm::report
