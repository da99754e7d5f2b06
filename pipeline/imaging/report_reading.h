// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "pipeline/imaging/study_reading.h"

class DcmItem;

namespace radfm::imaging {

inline constexpr int report_depth_max = 32;  // deeper content items are not read
inline constexpr std::size_t report_text_bytes_max = 256u
                                                     << 10;  // longer text is cut, on a character boundary

inline constexpr std::size_t report_items_max = 1'000;  // persons, and predecessors; and of each sequence that names them

// The text of an SR document (PS3.3 C.17.3), headings and paragraphs, by a walk over the content tree that no
// damaged item stops: containers give "Heading:" lines, texts and codes paragraphs, numbers "name: value
// unit"; names of persons are no text but listed. Of an encapsulated CDA its text; of an encapsulated PDF the bytes, where
// `pdf` is given (encapsulated_document.h). Nothing for documents that are no narrative report (dose
// reports, measurements, procedure logs).
std::optional<ReportReading> read_report(DcmItem& data_set, std::vector<std::uint8_t>* pdf = nullptr);

}  // namespace radfm::imaging
