// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/index_reading.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/log.h"
#include "core/uid.h"
#include "orthanc-plugin/change_page.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

// Of all instances of these series; what has another form is left out.
std::vector<std::string> instance_ids(std::string_view series_json) {
  const json parsed = json::parse(series_json, nullptr, false);
  std::vector<std::string> ids;
  if (!parsed.is_array()) return ids;
  for (const json& series : parsed) {
    if (!series.is_object()) continue;
    const auto found = series.find("Instances");
    if (found == series.end() || !found->is_array()) continue;
    for (const json& id : *found)
      if (id.is_string() && is_orthanc_id(id.get_ref<const std::string&>())) ids.push_back(id.get<std::string>());
  }
  return ids;
}

Result<std::vector<std::string>> read_instances(OrthancApi& orthanc, const std::vector<std::string>& ids) {
  std::vector<std::string> answers;
  for (std::size_t begin = 0; begin < ids.size(); begin += instances_per_question) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(std::min(instances_per_question, ids.size() - begin));
    const json question = {{"Resources", std::vector<std::string>(first, first + count)}, {"Level", "Instance"}, {"Metadata", true}};
    auto answer = orthanc.post("/tools/bulk-content", question.dump());
    if (!answer) return answer.error();
    answers.push_back(std::move(*answer));
  }
  return answers;
}

std::size_t count_instances(const StudyIndex& index) {
  std::size_t count = index.unusable_instances.size();
  for (const IndexedSeries& series : index.series) count += series.instances.size();
  return count;
}

// What arrived is no longer remembered then; the rest of `ids` stays.
std::vector<InstanceOfSeries> take_known(Arrivals& arrivals, const std::string& orthanc_study_id, std::vector<std::string>& ids) {
  const std::size_t count = ids.size();
  std::vector<InstanceOfSeries> known;
  std::erase_if(ids, [&](const std::string& id) {
    auto arrival = arrivals.take(id);
    if (arrival) known.push_back(std::move(arrival->image));
    return arrival.has_value();
  });
  log_line(LogLevel::info, "queue",
           "study " + orthanc_study_id + ": " + std::to_string(known.size()) + " of " + std::to_string(count) + " images known since they arrived");
  return known;
}

// Orthanc takes `*` and `?` for wildcards and a backslash for "or", whatever it is told.
bool can_be_a_name(std::string_view name) {
  return !name.empty() && name.size() <= study_name_bytes_max && std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '*' || c == '?' || c == '\\';
  });
}

// Orthanc's identifiers of studies with exactly that value, at most two. Answered from the index, as each main tag.
Result<std::vector<std::string>> studies_with(OrthancApi& orthanc, const char* tag, const std::string& value) {
  const json question = {{"Level", "Study"}, {"Query", {{tag, value}}}, {"CaseSensitive", true}, {"Limit", 2}};
  const auto answer = orthanc.post("/tools/find", question.dump());
  if (!answer) return answer.error();
  return parse_id_list(*answer);
}

Result<StudyIndex> read(OrthancApi& orthanc, const std::string& orthanc_study_id, Arrivals* arrivals) {
  const auto study = orthanc.get("/studies/" + orthanc_study_id);
  if (!study) return study.error();
  const auto series = orthanc.get("/studies/" + orthanc_study_id + "/series");
  if (!series) return series.error();
  std::vector<std::string> ids = instance_ids(*series);
  const std::size_t count = ids.size();
  if (count > study_instances_max)
    return permanent_error("study_too_large", "it has " + std::to_string(count) + " instances, more than " +
                                                  std::to_string(study_instances_max) +
                                                  "; split or remove the study");
  std::vector<InstanceOfSeries> known;
  if (arrivals != nullptr) known = take_known(*arrivals, orthanc_study_id, ids);
  const auto instances = read_instances(orthanc, ids);
  if (!instances) return instances.error();
  auto index = parse_study_index(*study, *series, *instances, std::move(known));
  if (index && count_instances(*index) < count)
    return transient_error("study_changing", "instances were deleted while its index was read; it is read again");
  return index;
}

}  // namespace

Result<StudyIndex> read_study_index(OrthancApi& orthanc, const std::string& orthanc_study_id) {
  return read(orthanc, orthanc_study_id, nullptr);
}

Result<StudyIndex> read_study_index(OrthancApi& orthanc, const std::string& orthanc_study_id, Arrivals& arrivals) {
  return read(orthanc, orthanc_study_id, &arrivals);
}

Result<std::string> find_study(OrthancApi& orthanc, std::string_view given) {
  const std::string name(given);
  if (!can_be_a_name(name))
    return permanent_error("bad_request", "study: expected a Study Instance UID, an accession number or Orthanc's identifier of a study, of 1 to " +
                                              std::to_string(study_name_bytes_max) + R"( bytes and without *, ? and \)");
  if (is_orthanc_id(name)) return name;
  std::vector<const char*> tags = {"AccessionNumber"};
  if (Uid::parse(name)) tags.insert(tags.begin(), "StudyInstanceUID");
  for (const char* tag : tags) {
    const auto found = studies_with(orthanc, tag, name);
    if (!found) return found.error();
    if (found->size() == 1) return found->front();
    if (found->size() > 1)
      return permanent_error("study_ambiguous", std::string(tag) == "AccessionNumber"
                                                    ? "several studies have this accession number: give the Study Instance UID"
                                                    : "Orthanc has this Study Instance UID under several patients: give Orthanc's identifier of the study");
  }
  return permanent_error("study_unknown", "Orthanc has no study of this Study Instance UID, accession number or identifier");
}

}  // namespace radfm::plugin
