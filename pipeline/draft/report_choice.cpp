// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/report_choice.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/dicom_time.h"
#include "core/sop_class.h"
#include "pipeline/draft/plain_text.h"

namespace radfm::draft {
namespace {

using imaging::ReportReading;
using imaging::StudyReading;

constexpr std::string_view structured_report_root = "1.2.840.10008.5.1.4.1.1.88.";
constexpr std::size_t first_word_bytes = 16;  // enough to see that a text is more than blanks

// Document titles (PS3.16 D, scheme DCM) of SRs that hold no reading, whatever their words are in their
// language.
constexpr std::string_view other_title_codes[] = {
    "113701",  // X-Ray Radiation Dose Report
    "113500",  // Radiopharmaceutical Radiation Dose Report
    "113000",  // Of Interest, and the other titles of key objects
    "113001", "113002", "113003", "113010",
    "111036",  // Mammography CAD Report
    "112000",  // Chest CAD Report
    "112220",  // Colon CAD Report
    "126000",  // Imaging Measurement Report
    "121181",  // DICOM Object Catalog
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') {
      words.back().push_back(static_cast<char>(c - 'a' + 'A'));
    } else if (c >= 'A' && c <= 'Z') {
      words.back().push_back(c);
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

bool has_word(std::string_view text, std::initializer_list<std::string_view> wanted) {
  const std::vector<std::string> words = words_of(text);
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(wanted.begin(), wanted.end(), word) != wanted.end();
  });
}

bool is_structured(const ReportReading& report) {
  return report.sop_class_uid.starts_with(structured_report_root);
}

bool says_draft(const ReportReading& report) {
  return has_word(report.title, {"DRAFT", "PRELIMINARY", "PROVISIONAL", "UNVERIFIED", "UNSIGNED",
                                 "VORLAEUFIG", "ENTWURF", "AI"});
}

// When it became what it is: to the second, in the order of texts.
std::string moment_of(const ReportReading& report) {
  if (!report.verified_at.empty()) return report.verified_at.substr(0, 14);
  return report.content_date + report.content_time.substr(0, 6);
}

// All that `report` replaces. Predecessors that are not among the reports end a way; rings end too.
std::set<std::size_t> replaced_by(const std::vector<ReportReading>& reports, std::size_t report) {
  std::set<std::size_t> replaced;
  std::vector<std::size_t> to_ask{report};
  while (!to_ask.empty()) {
    const std::size_t asked = to_ask.back();
    to_ask.pop_back();
    for (std::size_t i = 0; i < reports.size(); ++i) {
      const auto& named = reports[asked].predecessors;
      if (std::find(named.begin(), named.end(), reports[i].sop_instance_uid) == named.end()) continue;
      if (i != report && replaced.insert(i).second) to_ask.push_back(i);
    }
  }
  return replaced;
}

std::optional<std::size_t> latest_of(const std::vector<ReportReading>& reports,
                                     const std::vector<std::size_t>& usable) {
  std::set<std::size_t> replaced;
  for (const std::size_t i : usable) replaced.merge(replaced_by(reports, i));
  std::optional<std::size_t> best;
  const auto rank = [&](std::size_t i) {
    return std::tuple(!replaced.contains(i), moment_of(reports[i]), reports[i].sop_instance_uid);
  };
  for (const std::size_t i : usable) {
    if (!best || rank(*best) < rank(i)) best = i;
  }
  return best;
}

}  // namespace

bool is_narrative(const ReportReading& report) {
  if (report.sop_class_uid != sent_report_class && sop_role(report.sop_class_uid) != SopRole::report) return false;
  const bool other_code = std::find(std::begin(other_title_codes), std::end(other_title_codes),
                                    report.title_code) != std::end(other_title_codes);
  if (other_code && report.title_scheme != "LN") return false;
  const bool log = has_word(report.title, {"LOG"}) && has_word(report.title, {"PROCEDURE"});
  const bool key_object =
      has_word(report.title, {"KEY"}) && has_word(report.title, {"OBJECT", "OBJECTS", "IMAGE", "IMAGES"});
  return !log && !key_object &&
         !has_word(report.title, {"DOSE", "CAD", "MEASUREMENT", "MEASUREMENTS", "CATALOG", "DOSIS"});
}

ReportStanding standing_of(const ReportReading& report) {
  if (report.ours || !is_narrative(report) || says_draft(report)) return ReportStanding::unusable;
  if (one_line(report.text, first_word_bytes).empty() || report.preliminary_flag == "PRELIMINARY")
    return ReportStanding::unusable;
  const bool finished =
      report.completion_flag == "COMPLETE" || (!is_structured(report) && report.completion_flag.empty());
  if (!finished) return ReportStanding::unusable;
  if (report.verification_flag == "VERIFIED") return ReportStanding::verified;
  return !is_structured(report) && report.verification_flag.empty() ? ReportStanding::unflagged
                                                                    : ReportStanding::unusable;
}

bool names_another_patient(const ReportReading& report, const PatientIdentity& patient) {
  const PatientIdentity& named = report.patient;
  const auto born = parse_da(named.birth_date.substr(0, 8)), known = parse_da(patient.birth_date);
  if (born && known && *born != *known) return true;
  if (!named.sex.empty() && !patient.sex.empty() && named.sex != patient.sex && named.sex != "O" &&
      patient.sex != "O")
    return true;
  const NameVerdict names = compare_names(named.name, patient.name);
  return names == NameVerdict::differ || (names == NameVerdict::mixed && !(born && known));
}

std::optional<std::size_t> usable_report(const StudyReading& study, bool unflagged_documents) {
  const PatientIdentity patient = identity_of(study.header);
  std::vector<std::size_t> verified, unflagged;
  for (std::size_t i = 0; i < study.reports.size(); ++i) {
    if (names_another_patient(study.reports[i], patient)) continue;
    const ReportStanding standing = standing_of(study.reports[i]);
    if (standing == ReportStanding::verified) verified.push_back(i);
    if (standing == ReportStanding::unflagged) unflagged.push_back(i);
  }
  if (!verified.empty()) return latest_of(study.reports, verified);
  return unflagged_documents ? latest_of(study.reports, unflagged) : std::nullopt;
}

}  // namespace radfm::draft
