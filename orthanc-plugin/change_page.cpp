// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/change_page.h"

#include <nlohmann/json.hpp>

#include "core/orthanc_identifier.h"
#include "core/study_index.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

Error strange_answer(const char* what) {
  return transient_error("orthanc_answer", std::string("Orthanc's answer about ") + what +
                                               " is not what its REST API promises; asked again");
}

std::string text_field(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::int64_t> number_field(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

// Metadata, attachment and patient changes, what anonymisation logs, and that a series is stable, add no image to a study.
std::optional<ChangeKind> kind_of(const std::string& change_type) {
  if (change_type == "NewInstance") return ChangeKind::instance_arrived;
  if (change_type == "NewSeries") return ChangeKind::series_arrived;
  if (change_type == "NewStudy") return ChangeKind::study_arrived;
  if (change_type == "StableStudy") return ChangeKind::study_stable;
  return std::nullopt;
}

Result<StudyState> study_state(const json& study) {
  if (!study.is_object()) return strange_answer("a study");
  StudyState state;
  state.orthanc_id = text_field(study, "ID");
  if (!is_orthanc_id(state.orthanc_id)) return strange_answer("a study");
  state.last_update_ms = parse_last_update_ms(text_field(study, "LastUpdate"));
  const auto stable = study.find("IsStable");
  state.is_stable = stable != study.end() && stable->is_boolean() && stable->get<bool>();
  return state;
}

}  // namespace

Result<ChangePage> parse_change_page(std::string_view text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return strange_answer("changes");
  const auto last = number_field(parsed, "Last");
  const auto done = parsed.find("Done");
  const auto changes = parsed.find("Changes");
  if (!last || done == parsed.end() || !done->is_boolean() || changes == parsed.end() || !changes->is_array())
    return strange_answer("changes");
  ChangePage page;
  page.last = *last;
  page.done = done->get<bool>();
  for (const json& entry : *changes) {
    if (!entry.is_object()) return strange_answer("changes");
    const std::int64_t sequence = number_field(entry, "Seq").value_or(0);
    if (page.first == 0) page.first = sequence;
    const auto kind = kind_of(text_field(entry, "ChangeType"));
    std::string id = text_field(entry, "ID");
    if (kind && is_orthanc_id(id))
      page.changes.push_back({sequence, *kind, std::move(id), parse_last_update_ms(text_field(entry, "Date"))});
  }
  return page;
}

Result<StudyState> parse_study_state(std::string_view text) {
  return study_state(json::parse(text, nullptr, false));
}

Result<std::vector<StudyState>> parse_study_states(std::string_view text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_array()) return strange_answer("studies");
  std::vector<StudyState> states;
  for (const json& entry : parsed) {
    const auto state = study_state(entry);
    if (!state) return state.error();
    states.push_back(*state);
  }
  return states;
}

Result<std::vector<std::string>> parse_id_list(std::string_view text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_array()) return strange_answer("its studies");
  std::vector<std::string> ids;
  for (const json& entry : parsed)
    if (entry.is_string() && is_orthanc_id(entry.get_ref<const std::string&>()))
      ids.push_back(entry.get<std::string>());
  return ids;
}

bool is_orthanc_id(std::string_view text) {
  return parse_orthanc_identifier(text).has_value();
}

}  // namespace radfm::plugin
