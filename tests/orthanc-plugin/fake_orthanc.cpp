// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/orthanc-plugin/fake_orthanc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "core/dicom_time.h"
#include "core/orthanc_identifier.h"
#include "core/wildcard.h"
#include "tests/orthanc-plugin/header_file.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

std::string orthanc_time(std::int64_t wall_ms) {
  return format_da(wall_ms) + "T" + format_tm(wall_ms);
}

Error gone(const std::string& path) {
  return permanent_error(not_found_code, path);
}

// "/changes?since=3&limit=100" -> 3
std::int64_t parameter(const std::string& path, const std::string& name) {
  const std::size_t at = path.find(name + "=");
  return at == std::string::npos ? 0 : std::stoll(path.substr(at + name.size() + 1));
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

std::string between(const std::string& path, const std::string& before) {
  const std::size_t end = path.find('/', before.size());
  return path.substr(before.size(), end == std::string::npos ? end : end - before.size());
}

// What may be asked: known to touch the index only, also over files that kill Orthanc when it opens them.
bool answered_from_the_index(const std::string& path) {
  static const std::string id = "[0-9a-f]{8}(-[0-9a-f]{8}){4}";
  static const std::regex known("/changes\\?(last|since=[0-9]+&limit=[0-9]+)|/studies\\?since=[0-9]+&limit=[0-9]+|/studies/" + id +
                                "(/series|/metadata/4317)?|/(instances|series)/" + id + "/study");
  return std::regex_match(path, known);
}

bool bulk_of_the_index(const std::string& path, const std::string& body) {
  if (path != "/tools/bulk-content") return false;
  const json question = json::parse(body);
  for (const auto& [key, value] : question.items())
    if (key != "Resources" && key != "Level" && key != "Metadata") return false;
  const std::string level = question.value("Level", "");
  return level == "Study" || level == "Series" || level == "Instance";
}

// Identifiers are columns of the index; what else is asked for or wanted may stand in the files only.
bool search_of_the_index(const std::string& path, const std::string& body) {
  if (path != "/tools/find") return false;
  const json question = json::parse(body);
  for (const auto& [key, value] : question.items())
    if (key != "Level" && key != "Query" && key != "CaseSensitive" && key != "Expand" && key != "Limit") return false;
  for (const auto& [tag, value] : question.at("Query").items())
    if (tag != "PatientID" && tag != "PatientName" && tag != "AccessionNumber" && tag != "StudyInstanceUID") return false;
  return question.value("Level", "") == "Study";
}

constexpr const char* patient = "P";

bool is_of_patient(const std::string& tag) {
  return starts_with(tag, "Patient");
}

}  // namespace

std::string FakeOrthanc::id(const std::string& name) {
  return orthanc_identifier(orthanc_key(std::string(patient) + "|" + name));
}

void FakeOrthanc::receive(const std::string& study, const std::string& series, const std::string& sop_uid,
                          const std::string& sop_class, const std::string& remote_aet) {
  const std::string study_id = id(study), series_id = id(study + "|" + series), instance_id = id(study + "|" + series + "|" + sop_uid);
  const bool new_study = studies_.count(study_id) == 0;
  const bool new_series = series_.emplace(series_id, study_id).second;
  Study& row = studies_[study_id];
  if (new_study) row.number = ++studies_made_;
  row.updated_ms = clock_.wall_ms();
  row.stable = false;
  if (instances_.count(instance_id) == 0) {
    row.instances.push_back(instance_id);
    ++row.series[series_id];
  }
  instances_[instance_id] = {study_id, series_id, sop_uid, sop_class, remote_aet};
  if (new_study) log("NewStudy", "Study", study_id, study_id);
  if (new_series) log("NewSeries", "Series", series_id, study_id);
  log("NewInstance", "Instance", instance_id, study_id);
  const std::string file = header_file(patient, study, series, sop_uid);
  stored(instance_id, bytes_of(file), {sop_class, remote_aet, ""});
}

void FakeOrthanc::stable(const std::string& study) {
  studies_.at(id(study)).stable = true;
  log("StableStudy", "Study", id(study), id(study));
}

void FakeOrthanc::log_other(const std::string& type, const std::string& study) {
  log(type, "Study", id(study), id(study));
}

void FakeOrthanc::remove(const std::string& study) {
  const std::string study_id = id(study);
  studies_.erase(study_id);
  std::erase_if(instances_, [&](const auto& known) { return known.second.study == study_id; });
  std::erase_if(series_, [&](const auto& known) { return known.second == study_id; });
  std::erase_if(changes_, [&](const LoggedChange& change) { return change.study == study_id; });
}

void FakeOrthanc::remove_instance(const std::string& study, const std::string& sop_uid) {
  const auto instance = std::find_if(instances_.begin(), instances_.end(), [&](const auto& known) {
    return known.second.study == id(study) && known.second.sop_uid == sop_uid;
  });
  if (instance == instances_.end()) return;
  const std::string instance_id = instance->first;
  Study& row = studies_.at(id(study));
  if (const auto series = row.series.find(instances_.at(instance_id).series); --series->second == 0) row.series.erase(series);
  instances_.erase(instance_id);
  std::erase(row.instances, instance_id);
  std::erase_if(changes_, [&](const LoggedChange& change) { return change.id == instance_id; });
}

void FakeOrthanc::restart() {
  for (auto& [study_id, row] : studies_) row.stable = true;
}

void FakeOrthanc::replace_index() {
  studies_.clear();
  instances_.clear();
  series_.clear();
  changes_.clear();
  kept.clear();
  last_ = 0;
}

void FakeOrthanc::mark(const std::string& study, const std::string& metadata) {
  studies_.at(id(study)).metadata = metadata;
}

void FakeOrthanc::tell(const std::string& study, const std::string& tag, const std::string& value) {
  studies_.at(id(study)).tags[tag] = value;
}

void FakeOrthanc::fail(const std::string& part, int times) {
  failures_[part] = times;
}

void FakeOrthanc::log(const std::string& type, const std::string& level, const std::string& changed,
                      const std::string& study_id) {
  changes_.push_back({++last_, type, level, changed, study_id, orthanc_time(clock_.wall_ms())});
}

bool FakeOrthanc::must_fail(const std::string& request) {
  for (auto& [part, times] : failures_)
    if (times > 0 && request.find(part) != std::string::npos) {
      --times;
      return true;
    }
  return false;
}

Result<std::string> FakeOrthanc::get(const std::string& path) {
  before(path);
  requests.push_back(path);
  if (!answered_from_the_index(path)) ADD_FAILURE() << "may make Orthanc open a stored file: GET " << path;
  if (must_fail(path)) return transient_error("orthanc_unavailable", path + ": told to fail");
  Result<std::string> answer = answer_to(path);
  if (answer) largest_answer_bytes = std::max(largest_answer_bytes, answer->size());
  return answer;
}

Result<std::string> FakeOrthanc::answer_to(const std::string& path) const {
  if (starts_with(path, "/changes")) return changes(path);
  if (starts_with(path, "/studies?")) return studies(path);
  if (starts_with(path, "/instances/")) {
    const auto found = instances_.find(between(path, "/instances/"));
    return found == instances_.end() ? Result<std::string>(gone(path)) : study(found->second.study);
  }
  if (starts_with(path, "/series/")) {
    const auto found = series_.find(between(path, "/series/"));
    return found == series_.end() ? Result<std::string>(gone(path)) : study(found->second);
  }
  const std::string study_id = between(path, "/studies/");
  if (path.find("/metadata/") != std::string::npos) {
    const auto found = studies_.find(study_id);
    if (found == studies_.end() || found->second.metadata.empty()) return gone(path);
    return found->second.metadata;
  }
  return path.find("/series") != std::string::npos ? series_of(study_id) : study(study_id);
}

Result<std::string> FakeOrthanc::post(const std::string& path, const std::string& body) {
  before(path + " " + body);
  requests.push_back(path);
  if (!bulk_of_the_index(path, body) && !search_of_the_index(path, body))
    ADD_FAILURE() << "may make Orthanc open a stored file: POST " << path << " " << body;
  if (must_fail(path + " " + body)) return transient_error("orthanc_unavailable", path + ": told to fail");
  std::string answer = path == "/tools/find" ? find(body) : bulk_content(body);
  largest_answer_bytes = std::max(largest_answer_bytes, answer.size());
  return answer;
}

std::string FakeOrthanc::bulk_content(const std::string& body) const {
  const json question = json::parse(body);
  const auto ids = question.at("Resources").get<std::vector<std::string>>();
  const std::string level = question.at("Level");
  return level == "Study" ? studies_above(ids) : level == "Series" ? series_named(ids) : instances_named(ids);
}

// As Orthanc: wildcards count whatever the question says of case, and an expanded study is one of /studies/{id}.
std::string FakeOrthanc::find(const std::string& body) const {
  const json question = json::parse(body);
  json answer = json::array();
  for (const auto& [study_id, row] : studies_) {
    const std::map<std::string, std::string> tags = tags_of(row);
    bool fits = true;
    for (const auto& [tag, pattern] : question.at("Query").items()) {
      const auto found = tags.find(tag);
      fits = fits && matches_wildcard(pattern.get<std::string>(), found == tags.end() ? "" : found->second);
    }
    if (!fits || answer.size() == question.value("Limit", std::size_t{SIZE_MAX})) continue;
    answer.push_back(question.value("Expand", false) ? json::parse(*study(study_id)) : json(study_id));
  }
  return answer.dump();
}

Result<std::string> FakeOrthanc::kept_text() {
  before("kept_text");
  if (must_fail("kept_text")) return transient_error("orthanc_unavailable", "told to fail");
  return kept;
}

Status FakeOrthanc::keep_text(const std::string& text) {
  before("keep_text");
  if (must_fail("keep_text")) return transient_error("orthanc_unavailable", "told to fail");
  kept = text;
  return {};
}

// As Orthanc: of a study all of its instances; those that are gone left out.
std::string FakeOrthanc::instances_named(const std::vector<std::string>& ids) const {
  std::vector<std::string> named;
  for (const std::string& id : ids) {
    const auto study = studies_.find(id);
    if (study == studies_.end())
      named.push_back(id);
    else
      named.insert(named.end(), study->second.instances.begin(), study->second.instances.end());
  }
  json answer = json::array();
  for (const std::string& instance_id : named) {
    const auto found = instances_.find(instance_id);
    if (found == instances_.end()) continue;
    const Instance& row = found->second;
    answer.push_back({{"ID", instance_id},
                      {"ParentSeries", row.series},
                      {"MainDicomTags", {{"SOPInstanceUID", row.sop_uid}}},
                      {"Metadata", {{"SopClassUid", row.sop_class}, {"RemoteAET", row.remote_aet}}}});
  }
  return answer.dump();
}

// As Orthanc: each study once, those that are gone left out.
std::string FakeOrthanc::studies_above(const std::vector<std::string>& ids) const {
  std::set<std::string> wanted;
  for (const std::string& resource : ids) {
    if (studies_.count(resource) != 0) wanted.insert(resource);
    if (const auto found = series_.find(resource); found != series_.end()) wanted.insert(found->second);
    if (const auto found = instances_.find(resource); found != instances_.end()) wanted.insert(found->second.study);
  }
  json answer = json::array();
  for (const std::string& study_id : wanted) answer.push_back(json::parse(*study(study_id)));
  return answer.dump();
}

Result<std::string> FakeOrthanc::changes(const std::string& path) const {
  json list = json::array();
  const std::int64_t since = parameter(path, "since");
  const auto limit = static_cast<std::size_t>(parameter(path, "limit"));
  bool done = true;
  const bool only_last = path.find("?last") != std::string::npos;
  auto change_at = std::upper_bound(changes_.begin(), changes_.end(), since,
                                    [](std::int64_t after, const LoggedChange& change) { return after < change.sequence; });
  for (; !only_last && change_at != changes_.end(); ++change_at) {
    const LoggedChange& change = *change_at;
    if (list.size() == limit) {
      done = false;
      break;
    }
    list.push_back({{"ChangeType", change.type},
                    {"Date", change.date},
                    {"ID", change.id},
                    {"ResourceType", change.level},
                    {"Seq", change.sequence}});
  }
  const std::int64_t last = list.empty() ? last_ : list.back().at("Seq").get<std::int64_t>();
  return json{{"Changes", list}, {"Done", done}, {"Last", last}}.dump();
}

Result<std::string> FakeOrthanc::studies(const std::string& path) const {
  json list = json::array();
  std::int64_t at = 0;
  const std::int64_t since = parameter(path, "since"), limit = parameter(path, "limit");
  for (const auto& [study_id, row] : studies_)
    if (at++ >= since && static_cast<std::int64_t>(list.size()) < limit) list.push_back(study_id);
  return list.dump();
}

std::map<std::string, std::string> FakeOrthanc::tags_of(const Study& study) const {
  std::map<std::string, std::string> tags = study.tags;
  tags.insert({{"StudyInstanceUID", "1.2.3." + std::to_string(study.number)}, {"StudyDate", format_da(clock_.wall_ms())}, {"PatientBirthDate", "19600101"}});
  return tags;
}

std::vector<std::string> FakeOrthanc::series_ids(const Study& study) {
  std::vector<std::string> ids;
  for (const auto& [series, instances] : study.series) ids.push_back(series);
  return ids;
}

Result<std::string> FakeOrthanc::study(const std::string& study_id) const {
  const auto found = studies_.find(study_id);
  if (found == studies_.end()) return gone("/studies/" + study_id);
  json of_study = json::object(), of_patient = json::object();
  for (const auto& [tag, value] : tags_of(found->second)) (is_of_patient(tag) ? of_patient : of_study)[tag] = value;
  const json answer = {{"ID", study_id},
                       {"ParentPatient", id("patient")},
                       {"IsStable", found->second.stable},
                       {"LastUpdate", orthanc_time(found->second.updated_ms)},
                       {"MainDicomTags", of_study},
                       {"PatientMainDicomTags", of_patient},
                       {"Series", series_ids(found->second)}};
  return answer.dump();
}

// Those that are gone are left out.
std::string FakeOrthanc::series_named(const std::vector<std::string>& ids) const {
  const std::set<std::string> wanted(ids.begin(), ids.end());
  std::set<std::string> studies;
  for (const std::string& series : wanted) {
    if (const auto found = series_.find(series); found != series_.end()) studies.insert(found->second);
  }
  json answer = json::array();
  for (const std::string& study_id : studies) {
    const json of_study = json::parse(*series_of(study_id));
    for (const json& series : of_study)
      if (wanted.contains(series.at("ID").get<std::string>())) answer.push_back(series);
  }
  return answer.dump();
}

Result<std::string> FakeOrthanc::series_of(const std::string& study_id) const {
  if (studies_.count(study_id) == 0) return gone("/studies/" + study_id + "/series");
  std::map<std::string, json> series;
  for (const std::string& instance_id : studies_.at(study_id).instances) {
    const Instance& row = instances_.at(instance_id);
    json& entry = series[row.series];
    if (entry.is_null())
      entry = {{"ID", row.series},
               {"MainDicomTags",
                {{"SeriesInstanceUID", "1.2.4"}, {"Modality", row.sop_class == ct_class ? "CT" : "SR"}}},
               {"Instances", json::array()}};
    entry["Instances"].push_back(instance_id);
  }
  json answer = json::array();
  for (const auto& [series_id, entry] : series) answer.push_back(entry);
  return answer.dump();
}

}  // namespace radfm::plugin
