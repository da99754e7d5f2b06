// SPDX-License-Identifier: Apache-2.0
// Which report of an earlier study may speak: a person's finished reading, the latest of its chain of
// revisions. Never our own drafts, never unverified drafts of others, and no document that is no reading
// (dose, CAD, measurements, key objects).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/patient_identity.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::draft {

// In the place of the SOP class of a report that is no DICOM object but came from a RIS (sent_report.h).
inline constexpr std::string_view sent_report_class = "sent by a RIS";

enum class ReportStanding {
  verified,   // VERIFIED, and of an SR COMPLETE and not PRELIMINARY (PS3.3 C.17.2)
  unflagged,  // a PDF or CDA that says nothing of its verification (C.24.2: the flag is optional)
  unusable,   // a draft, ours, no reading, or without a text
};
ReportStanding standing_of(const imaging::ReportReading& report);

// Whether the document is a narrative reading by its SOP class and its title.
bool is_narrative(const imaging::ReportReading& report);

// Whether a document that names its own patient (CDA) names another one than the study's header.
bool names_another_patient(const imaging::ReportReading& report, const PatientIdentity& patient);

// A verified report before an unflagged one (those only with `unflagged_documents`). Of these one that no
// other of them replaces, directly or over other revisions (Predecessor Documents Sequence, C.17.2); of
// several the one that was verified last, else written last. Index into study.reports.
std::optional<std::size_t> usable_report(const imaging::StudyReading& study, bool unflagged_documents);

}  // namespace radfm::draft
