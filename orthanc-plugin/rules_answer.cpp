// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rules_answer.h"

#include <nlohmann/json.hpp>

#include "core/dicom_time.h"
#include "core/rule_json.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

json read_at(const Notices& notices) {
  return notices.rules ? json(format_iso_utc(notices.rules_read_wall_ms)) : json();
}

}  // namespace

json rules_status_json(const Notices& notices) {
  return {{"in_force", notices.rules ? notices.rules->size() : 0}, {"read_at", read_at(notices)}, {"refused", notices.mistakes}};
}

json rules_json(const Notices& notices) {
  json rules = json::array();
  if (notices.rules)
    for (const Rule& rule : *notices.rules) rules.push_back(to_json(rule));
  return {{"file", notices.configuration_file.filename().string()},
          {"read_at", read_at(notices)},
          {"refused", notices.mistakes},
          {"rules", std::move(rules)}};
}

Result<std::string> read_rules_question(const std::string& body) {
  const json given = json::parse(body, nullptr, false);  // refuses what is no UTF-8
  const auto study = given.is_object() ? given.find("study") : given.end();
  if (!given.is_object() || given.size() != 1 || study == given.end() || !study->is_string())
    return permanent_error("bad_request", R"(expected the JSON object {"study": "..."} as UTF-8: a Study Instance UID, an accession number or )"
                                          "Orthanc's identifier");
  return study->get<std::string>();
}

}  // namespace radfm::plugin
