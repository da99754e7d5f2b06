// SPDX-License-Identifier: GPL-3.0-or-later
// "Report this study": what RestApi does with a study that a person wants a report of.
#include <nlohmann/json.hpp>

#include "core/rule_json.h"
#include "core/uid.h"
#include "db/job_json.h"
#include "db/study_job.h"
#include "orthanc-plugin/index_reading.h"
#include "orthanc-plugin/rest_api.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

bool asks_for_nothing_else(const std::string& body) {
  if (body.empty()) return true;
  const json given = json::parse(body, nullptr, false);
  return given.is_object() && given.empty();
}

// Why each rule does not take the study, beside what the error says.
RestResponse not_due(const Error& error, const RuleDecision& decision) {
  RestResponse response = error_response(error);
  response.body = db::json_text(json{{"error", {{"code", error.code}, {"message", error.message}, {"trials", to_json(decision).at("trials")}}}});
  return response;
}

}  // namespace

Result<StudyIndex> RestApi::index_of(const std::string& study_instance_uid) const {
  const Error unknown = permanent_error("study_unknown", "Orthanc has no study of this Study Instance UID; send it there first");
  const std::lock_guard one_at_a_time(index_);
  const auto id = find_study(orthanc_, study_instance_uid);
  if (!id) return id.error().code == "study_unknown" ? unknown : id.error();
  auto index = read_study_index(orthanc_, *id);
  if (!index) return index.error().code == not_found_code ? unknown : index.error();
  if (index->study_instance_uid != study_instance_uid) return unknown;  // that was an accession number
  return index;
}

RestResponse RestApi::report_study(const std::string& uid_text, const std::string& body, const std::string& actor) const {
  const auto uid = Uid::parse(uid_text);
  if (!uid) return bad_parameter("uid", "a Study Instance UID");
  if (!asks_for_nothing_else(body)) return error_response(permanent_error("bad_request", "the body: expected nothing, or {}"));
  const std::shared_ptr<const std::vector<Rule>> rules = board_.read().rules;
  if (!rules) return error_response(transient_error("no_rules", "no rules are in force yet: /radfm/api/v1/status says what is wrong"));
  const auto index = index_of(uid->str());
  if (!index) return error_response(index.error());
  const auto job = db::job_asked_for(*index, *rules, clock_.wall_ms(), actor);
  if (!job) return not_due(job.error(), decide(*rules, *index, clock_.wall_ms()));
  const auto queue = open_queue(Access::write);
  if (!queue) return error_response(queue.error());
  const auto added = db::add_asked_for(**queue, *job);
  if (!added) return error_response(added.error());
  ring_worker();
  return json_response(db::json_text(json{{"id", added->id ? json(*added->id) : json()},
                                          {"result", added->result == db::EnqueueResult::created ? "queued" : "existed"},
                                          {"rule", job->rule_name}}));
}

}  // namespace radfm::plugin
