// SPDX-License-Identifier: Apache-2.0
// What goes beside the SR, by report.companions (pipeline/report/companion_objects.h).
#pragma once

#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/report/page/report_page.h"

namespace radfm::draft {

inline constexpr int page_dpi = 150;

// Adds them to `draft`; `page` is draft_page() of the content. A companion that cannot be made is no reason to lose a report: it is missed, and `companion_remarks`
// says so, as it does when the machine's fonts lack characters of the text.
void add_companions(const report::ReportPage& page, const report::DraftContent& content, const Configuration& configuration,
                    const ReportFrame& frame, report::DraftReport* draft);

// Which of report.companions an object of this role is; empty: it is none, but the report itself.
std::string companion_of_role(const std::string& role);

}  // namespace radfm::draft
