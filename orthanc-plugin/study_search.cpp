// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/study_search.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/uid.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

Error unreadable() {
  return transient_error("orthanc_answer_unreadable", "/tools/find: Orthanc's answer has not the expected form");
}

// Expanded, since the queue knows studies by their UID: still an answer of the index alone.
std::string question(const char* attribute, const std::string& text) {
  const json asked = {{"Level", "Study"},
                      {"Query", {{attribute, "*" + text + "*"}}},
                      {"CaseSensitive", false},
                      {"Expand", true},
                      {"Limit", db::filter_studies_max + 1}};
  return asked.dump(-1, ' ', false, json::error_handler_t::replace);
}

Status add_found(const std::string& answer, std::set<std::string>& studies) {
  const json found = json::parse(answer, nullptr, false);
  if (!found.is_array()) return unreadable();
  for (const json& study : found) {
    const json& tags = study.is_object() ? study.value("MainDicomTags", json::object()) : json();
    if (!tags.is_object()) return unreadable();
    const auto named = tags.find("StudyInstanceUID");
    if (named == tags.end() || !named->is_string()) continue;
    if (const auto uid = Uid::parse(named->get<std::string>())) studies.insert(uid->str());  // no job is of another one
  }
  return {};
}

}  // namespace

bool can_be_searched(const std::string& text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  return !text.empty() && text.size() <= search_bytes_max && text.find('\\') == std::string::npos && std::ranges::none_of(text, is_control);
}

Result<std::vector<std::string>> search_studies(OrthancApi& orthanc, const Clock& clock, const std::string& text) {
  std::set<std::string> studies;
  // De-identifiers write UIDs with letters, as any name is written; but each has a dot.
  if (const auto uid = Uid::parse(text); uid && text.find('.') != std::string::npos) studies.insert(uid->str());
  const std::int64_t begun_boot_ms = clock.boot_ms();
  for (const char* attribute : {"PatientID", "PatientName", "AccessionNumber"}) {
    if (clock.boot_ms() - begun_boot_ms > search_ms_max)
      return transient_error("orthanc_slow", "Orthanc takes long to search; try again, or search for more of it");
    const auto answer = orthanc.post("/tools/find", question(attribute, text));
    if (!answer) return answer.error();
    if (const Status readable = add_found(*answer, studies); !readable) return readable.error();
    if (studies.size() > db::filter_studies_max)
      return permanent_error("search_too_wide", "more than " + std::to_string(db::filter_studies_max) +
                                                    " studies in Orthanc fit: search for more of the name, identifier or accession number");
  }
  return std::vector<std::string>(studies.begin(), studies.end());
}

}  // namespace radfm::plugin
