// SPDX-License-Identifier: Apache-2.0
// Reports that a RIS sends (HL7 ORU, FHIR): most sites keep their reports only there. The seam: whoever
// receives them makes these values of them; here they find their study or are left alone.
#pragma once

#include <string>
#include <vector>

#include "core/patient_identity.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::draft {

inline constexpr std::size_t sent_reports_max = 1'000;  // for one job; more are not looked at

struct SentReport {
  PatientIdentity patient;
  std::string study_instance_uid, accession_number;  // at least one; where both are there, both must fit
  bool is_final = false;                             // HL7 OBR-25 F or C; all else is a draft and is not used
  std::string reported_at;                           // DT: YYYYMMDDHHMMSS, with or without a zone
  std::string title, text;                           // UTF-8
  std::vector<std::string> persons = {};             // PN of those who wrote it
};

// Adds to a prior study's reports those that are surely of this study and of this patient, by the rules for
// studies.
void add_sent_reports(const std::vector<SentReport>& sent, const IdentityRules& rules,
                      imaging::StudyReading* study);

}  // namespace radfm::draft
