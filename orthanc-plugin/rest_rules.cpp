// SPDX-License-Identifier: GPL-3.0-or-later
// The rules at the REST interface: which are in force, what they would do with a study, and that they are read anew.
#include <nlohmann/json.hpp>

#include "core/dicom_time.h"
#include "core/rule_json.h"
#include "db/job_json.h"
#include "orthanc-plugin/index_reading.h"
#include "orthanc-plugin/rest_api.h"
#include "orthanc-plugin/rules_answer.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

constexpr int index_busy_wait_s = 1;

// Of the questions to Orthanc about one study.
RestResponse not_answered(const Error& error) {
  if (error.code != not_found_code) return error_response(error);
  return error_response(permanent_error("study_unknown", "the study is not in Orthanc (any more)"));
}

}  // namespace

RestResponse RestApi::rules() const {
  return json_response(db::json_text(rules_json(board_.read())));
}

RestResponse RestApi::test_rules(const std::string& body) const {
  const auto name = read_rules_question(body);
  if (!name) return not_answered(name.error());
  const auto in_force = configuration_.now();
  if (!in_force) return error_response(transient_error("no_rules", "no rules are in force yet: /radfm/api/v1/status says what is wrong"));
  const std::unique_lock one_at_a_time(index_, std::try_to_lock);
  if (!one_at_a_time) {
    RestResponse busy = error_response(503, "too_busy", "another study is being looked at; try again in " + std::to_string(index_busy_wait_s) + " s");
    busy.retry_after_s = index_busy_wait_s;
    return busy;
  }
  const auto id = find_study(orthanc_, *name);
  if (!id) return not_answered(id.error());
  const auto index = read_study_index(orthanc_, *id);
  if (!index) return not_answered(index.error());
  json answer = to_json(decide(in_force->rules, *index, clock_.wall_ms()));
  answer["study"] = index->study_instance_uid;
  answer["patient"] = nullptr;
  if (const auto patients = patients_.of({*id}); patients.contains(*id)) answer["patient"] = to_json(patients.at(*id));
  return json_response(db::json_text(answer));
}

RestResponse RestApi::reload_rules() const {
  const ConfigurationInForce::Reading reading = configuration_.read_now();
  if (reading.mistakes.empty())
    return json_response(db::json_text(json{{"rules", reading.rules}, {"read_at", format_iso_utc(reading.read_wall_ms)}}));
  const std::string goes_on = reading.read_wall_ms == 0 ? "nothing is in force, and new studies wait"
                                                        : "what was read at " + format_iso_utc(reading.read_wall_ms) + " stays in force (" +
                                                              std::to_string(reading.rules) + " rules)";
  const json body = {{"error",
                      {{"code", "configuration_refused"},
                       {"message", "the configuration has mistakes and was not taken: " + goes_on},
                       {"mistakes", reading.mistakes}}}};
  RestResponse refused = json_response(db::json_text(body));
  refused.status = 409;
  return refused;
}

}  // namespace radfm::plugin
