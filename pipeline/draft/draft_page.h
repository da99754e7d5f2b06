// SPDX-License-Identifier: Apache-2.0
// The draft's content as a page for people (pipeline/report/page/report_page.h). Pure.
#pragma once

#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/report/page/report_page.h"

namespace radfm::draft {

inline constexpr const char* draft_mark = "DRAFT - NOT REVIEWED - MADE BY SOFTWARE";

// `content` is that of the SR. Key images are those that the SR points at, of which the model was shown pixels.
report::ReportPage draft_page(const Prepared& prepared, const report::DraftContent& content, std::int64_t content_wall_ms);

// The page without its images, for the plugin, which shows it: {"institution", "title", "subtitle", "closing", "language": texts,
// "fields": [{"label", "value", "emphasised"}], "notices": [text], "sections": [{"heading", "text", "emphasised"}]}. It names the
// patient. Texts that are longer than a page's section may be are cut (page_text_bytes_max).
std::string page_json(const report::ReportPage& page);

}  // namespace radfm::draft
