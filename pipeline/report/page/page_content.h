// SPDX-License-Identifier: Apache-2.0
// What stands where: head, notices, sections beside the key images, closing line. Pure.
#pragma once

#include <vector>

#include "pipeline/report/page/page_flow.h"
#include "pipeline/report/page/report_page.h"

namespace radfm::report {

struct LaidOutReport {
  std::vector<LaidOutPage> pages;
  PageFacts facts;
};

// `page` and `fonts` must outlive what is returned.
LaidOutReport lay_out(const ReportPage& page, const PageFonts& fonts);

inline constexpr const char* shortened_sentence = "Not all of the text fits on these pages: the structured report (SR) of this study has it.";

}  // namespace radfm::report
