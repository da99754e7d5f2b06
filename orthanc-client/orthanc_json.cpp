// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/orthanc_json.h"

#include <nlohmann/json.hpp>

namespace radfm::orthanc {
namespace {

using nlohmann::json;

Error bad_answer(std::string_view what) {
  return transient_error("orthanc_bad_answer", "Orthanc's answer to " + std::string(what) + " has not the expected form");
}

json parse(std::string_view text) { return json::parse(text, nullptr, /*allow_exceptions=*/false); }

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

bool is_orthanc_id(std::string_view text) {
  if (text.size() != 44) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (at % 9 == 8 ? c != '-' : !digit) return false;
  }
  return true;
}

std::string bulk_content_request(const std::string& orthanc_study_id) {
  return json({{"Resources", {orthanc_study_id}}, {"Level", "Instance"}, {"Metadata", true}}).dump();
}

Result<std::vector<std::string>> parse_lookup(std::string_view text, std::string_view level) {
  const json answer = parse(text);
  if (!answer.is_array()) return bad_answer("/tools/lookup");
  std::vector<std::string> found;
  for (const json& entry : answer) {
    if (!entry.is_object()) return bad_answer("/tools/lookup");
    if (text_at(entry, "Type") == level) found.push_back(text_at(entry, "ID"));
  }
  return found;
}

Result<std::vector<PatientStudy>> parse_patient_studies(std::string_view text) {
  const json answer = parse(text);
  if (!answer.is_array()) return bad_answer("/patients/{id}/studies");
  std::vector<PatientStudy> studies;
  for (const json& entry : answer) {
    if (!entry.is_object()) return bad_answer("/patients/{id}/studies");
    const json none = json::object();
    const auto study = entry.find("MainDicomTags");
    const auto patient = entry.find("PatientMainDicomTags");
    const json& tags = study != entry.end() && study->is_object() ? *study : none;
    const json& patient_tags = patient != entry.end() && patient->is_object() ? *patient : none;
    studies.push_back({.orthanc_id = text_at(entry, "ID"),
                       .study_instance_uid = text_at(tags, "StudyInstanceUID"),
                       .study_date = text_at(tags, "StudyDate"),
                       .study_time = text_at(tags, "StudyTime"),
                       .patient_id = text_at(patient_tags, "PatientID")});
  }
  return studies;
}

Result<Orthanc::Stored> parse_stored(std::string_view text) {
  const json answer = parse(text);
  if (!answer.is_object()) return bad_answer("POST /instances");
  const std::string status = text_at(answer, "Status");
  if (status == "Success") return Orthanc::Stored::success;
  if (status == "AlreadyStored") return Orthanc::Stored::already_stored;
  // "FilteredOut": a plugin or script of this Orthanc refuses incoming instances.
  if (status == "FilteredOut") {
    return permanent_error("orthanc_refused_object", "a filter of Orthanc (ReceivedInstanceFilter) refused the draft report");
  }
  return bad_answer("POST /instances");
}

}  // namespace radfm::orthanc
