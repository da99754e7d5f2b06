// SPDX-License-Identifier: GPL-3.0-or-later
// Whose studies these are, as Orthanc's index has it: for people who look at jobs. Nothing of it is kept or logged; what is remembered is
// the modality of a series, so that a list that is asked for again and again costs Orthanc one question.
//
// A list must not depend on it: whatever goes wrong, the patient is missing. An Orthanc that is slow is left alone for a while, so that
// lists do not pile up in it. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "core/clock.h"
#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

inline constexpr std::size_t patient_text_bytes_max = 256;    // of one value; Orthanc's index cuts there, too
inline constexpr std::size_t series_asked_max = 1'000;        // for one answer; the others' modalities come with the next one
inline constexpr std::size_t series_remembered_max = 50'000;  // beyond it remembering begins anew
inline constexpr std::int64_t patients_slow_ms = 2'000;
inline constexpr std::int64_t patients_rest_ms = 15'000;  // of an Orthanc that took longer than that for one question

struct StudyPatient {
  std::string name, id, birth_date, accession, study_date, description;  // dates as YYYYMMDD
  std::set<std::string> modalities;  // of the study's series
};
// {"name", "id", "birth_date", "accession", "study_date", "description", "modalities": [...]}; a date is YYYY-MM-DD, or null where it is
// none or not legal.
nlohmann::json to_json(const StudyPatient& patient);

class StudyPatients {
 public:
  // Both outlive it.
  StudyPatients(OrthancApi& orthanc, const Clock& clock) : orthanc_(orthanc), clock_(clock) {}

  // By Orthanc's identifiers of the studies. Who is not in the answer is not in Orthanc (any more), or Orthanc does not say it now.
  std::map<std::string, StudyPatient> of(const std::set<std::string>& orthanc_study_ids);

 private:
  Result<nlohmann::json> ask(const std::set<std::string>& resources, const char* level);
  bool may_ask();
  std::set<std::string> unknown_of(const std::set<std::string>& series);
  void learn(const std::set<std::string>& series);

  OrthancApi& orthanc_;
  const Clock& clock_;
  std::mutex mutex_;
  std::int64_t rests_until_boot_ms_ = 0;           // guarded by mutex_, as the next
  std::map<std::string, std::string> modalities_;  // of series by Orthanc's identifier
};

}  // namespace radfm::plugin
