// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/sent_report.h"

#include <algorithm>

#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/report_choice.h"

namespace radfm::draft {
namespace {

bool is_of_study(const SentReport& report, const AttributeSet& header) {
  const auto fits = [&](const std::string& said, std::uint32_t tag) {
    return said.empty() || said == attribute_value(header, tag);
  };
  const bool says_one = !report.study_instance_uid.empty() || !report.accession_number.empty();
  return says_one && fits(report.study_instance_uid, tag::study_instance_uid) &&
         fits(report.accession_number, tag::accession_number);
}

imaging::ReportReading reading_of(const SentReport& report) {
  imaging::ReportReading reading;
  reading.sop_class_uid = sent_report_class;
  reading.title = report.title;
  reading.completion_flag = "COMPLETE";
  reading.verification_flag = "VERIFIED";
  reading.preliminary_flag = "FINAL";
  reading.verified_at = report.reported_at;
  reading.text = report.text;
  reading.persons = report.persons;
  return reading;
}

}  // namespace

void add_sent_reports(const std::vector<SentReport>& sent, const IdentityRules& rules,
                      imaging::StudyReading* study) {
  const PatientIdentity patient = identity_of(study->header);
  for (std::size_t i = 0; i < std::min(sent.size(), sent_reports_max); ++i) {
    const SentReport& report = sent[i];
    if (!report.is_final || !is_of_study(report, study->header)) continue;
    if (compare_identity(patient, report.patient, rules).same_patient)
      study->reports.push_back(reading_of(report));
  }
}

}  // namespace radfm::draft
