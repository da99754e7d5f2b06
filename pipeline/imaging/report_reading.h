// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "pipeline/imaging/study_reading.h"

class DcmItem;

namespace radfm::imaging {

inline constexpr int report_depth_max = 32;  // deeper content items are not read
inline constexpr std::size_t report_text_bytes_max = 256u
                                                     << 10;  // longer text is cut, on a character boundary

// The text of an SR document (PS3.3 C.17.3), headings and paragraphs, by a walk over the content tree that no
// damaged item stops: containers give "Heading:" lines, texts and codes paragraphs, numbers "name: value
// unit". An encapsulated PDF gives its title only. Nothing for documents that are no narrative report (dose
// reports, measurements, procedure logs).
std::optional<ReportReading> read_report(DcmItem& data_set);

}  // namespace radfm::imaging
