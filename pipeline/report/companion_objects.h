// SPDX-License-Identifier: Apache-2.0
// Companions of a draft SR, for viewers that show no SR: its page as an Encapsulated PDF (PS3.3 A.45.1) and as Secondary
// Captures (PS3.3 A.8.1), in series of their own in the same study. Pure functions: the same input gives the same bytes.
//
// A companion names the SR as what it was made from (Source Instance Sequence). The SR names no companion: it is whole by
// itself, stays the same object whether a site wants companions or not, and references in a circle would leave no order in
// which the objects can be made and sent. Single frames rather than a multi-frame object, and grey rather than colour: the
// oldest class of that kind is shown everywhere, and a page of A4 takes a third of the bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.h"
#include "core/sop_class.h"
#include "pipeline/report/draft_report.h"

namespace radfm::report {

using radfm::secondary_capture_uid;
inline constexpr const char* pdf_series_description = "AI DRAFT report - not reviewed (PDF)";
inline constexpr const char* page_series_description = "AI DRAFT report - not reviewed (pages)";
inline constexpr const char* pdf_document_title = "AI DRAFT - not reviewed - Diagnostic Imaging Report";

// Fixed by the job, like the SR's: UUIDv5 of its identity and the object's role.
struct CompanionUids {
  std::string series_instance_uid, sop_instance_uid;
};
// By role: "pdf" has a series of its own, all pages ("page_1", ...) are in one.
CompanionUids companion_uids(const JobIdentity& identity, std::string_view role);

// One page, 8-bit grey, rows from the top.
struct PageOfPixels {
  int number = 1, of = 1;
  int width = 0, height = 0;
  std::span<const std::uint8_t> grey;
};

// A DICOM file. `content` is that of the SR. Errors: those of build_draft for the header; permanent "report_not_valid" when
// DCMTK cannot write the object.
Result<std::vector<std::uint8_t>> build_encapsulated_pdf(const DraftContent& content, const CompanionUids& uids,
                                                         std::string_view pdf);
Result<std::vector<std::uint8_t>> build_secondary_capture(const DraftContent& content, const CompanionUids& uids,
                                                          const PageOfPixels& page);

}  // namespace radfm::report
