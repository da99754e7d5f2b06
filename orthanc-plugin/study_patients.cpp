// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/study_patients.h"

#include <nlohmann/json.hpp>

#include "core/dicom_time.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* section, const char* name) {
  const auto tags = object.find(section);
  if (tags == object.end() || !tags->is_object()) return {};
  const auto found = tags->find(name);
  return found != tags->end() && found->is_string() ? found->get<std::string>().substr(0, patient_text_bytes_max) : std::string();
}

std::string id_at(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// "2026-11-24"
json date_or_null(const std::string& text) {
  const auto date = parse_da(text);
  if (!date) return nullptr;
  const std::string iso = format_iso_utc(days_since_1970(*date) * 86'400'000);
  return iso.substr(0, iso.find('T'));
}

StudyPatient patient_of(const json& study) {
  StudyPatient patient;
  patient.name = text_at(study, "PatientMainDicomTags", "PatientName");
  patient.id = text_at(study, "PatientMainDicomTags", "PatientID");
  patient.birth_date = text_at(study, "PatientMainDicomTags", "PatientBirthDate");
  patient.accession = text_at(study, "MainDicomTags", "AccessionNumber");
  patient.study_date = text_at(study, "MainDicomTags", "StudyDate");
  patient.description = text_at(study, "MainDicomTags", "StudyDescription");
  return patient;
}

std::set<std::string> series_of(const json& study) {
  std::set<std::string> series;
  if (const auto found = study.find("Series"); found != study.end() && found->is_array()) {
    for (const json& id : *found)
      if (id.is_string()) series.insert(id.get<std::string>());
  }
  return series;
}

}  // namespace

json to_json(const StudyPatient& patient) {
  return {{"name", patient.name},
          {"id", patient.id},
          {"birth_date", date_or_null(patient.birth_date)},
          {"accession", patient.accession},
          {"study_date", date_or_null(patient.study_date)},
          {"description", patient.description},
          {"modalities", patient.modalities}};
}

std::map<std::string, StudyPatient> StudyPatients::of(const std::set<std::string>& orthanc_study_ids) {
  std::map<std::string, StudyPatient> patients;
  if (orthanc_study_ids.empty()) return patients;
  const auto studies = ask(orthanc_study_ids, "Study");
  if (!studies) return patients;
  std::map<std::string, std::set<std::string>> series_of_study;
  std::set<std::string> all_series;
  for (const json& study : *studies) {
    const std::string id = id_at(study, "ID");
    if (id.empty()) continue;
    patients[id] = patient_of(study);
    series_of_study[id] = series_of(study);
    all_series.insert(series_of_study[id].begin(), series_of_study[id].end());
  }
  learn(all_series);
  const std::lock_guard lock(mutex_);
  for (const auto& [study, series] : series_of_study) {
    for (const std::string& one : series) {
      const auto known = modalities_.find(one);
      if (known != modalities_.end() && !known->second.empty()) patients[study].modalities.insert(known->second);
    }
  }
  return patients;
}

// Orthanc names all instances of a series that it is asked about: thousands of bytes for one word, and so asked for once.
void StudyPatients::learn(const std::set<std::string>& series) {
  const std::set<std::string> unknown = unknown_of(series);
  if (unknown.empty()) return;
  const auto answer = ask(unknown, "Series");
  if (!answer) return;
  const std::lock_guard lock(mutex_);
  if (modalities_.size() + unknown.size() > series_remembered_max) modalities_.clear();
  for (const json& one : *answer) {
    if (const std::string id = id_at(one, "ID"); unknown.contains(id)) modalities_[id] = text_at(one, "MainDicomTags", "Modality");
  }
}

std::set<std::string> StudyPatients::unknown_of(const std::set<std::string>& series) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> unknown;
  for (const std::string& one : series) {
    if (unknown.size() == series_asked_max) break;
    if (!modalities_.contains(one)) unknown.insert(one);
  }
  return unknown;
}

Result<json> StudyPatients::ask(const std::set<std::string>& resources, const char* level) {
  if (!may_ask()) return transient_error("orthanc_slow", "Orthanc took too long before; it is asked again in a while");
  const json question = {{"Resources", resources}, {"Level", level}};
  const std::int64_t begun_boot_ms = clock_.boot_ms();
  const auto text = orthanc_.post("/tools/bulk-content", question.dump(-1, ' ', false, json::error_handler_t::replace));
  if (const std::int64_t now = clock_.boot_ms(); now - begun_boot_ms > patients_slow_ms) {
    const std::lock_guard lock(mutex_);
    rests_until_boot_ms_ = now + patients_rest_ms;
  }
  if (!text) return text.error();
  json answer = json::parse(*text, nullptr, false);
  if (!answer.is_array()) return transient_error("orthanc_answer_unreadable", "/tools/bulk-content: Orthanc's answer is no list");
  return answer;
}

bool StudyPatients::may_ask() {
  const std::lock_guard lock(mutex_);
  return clock_.boot_ms() >= rests_until_boot_ms_;
}

}  // namespace radfm::plugin
