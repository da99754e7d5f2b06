// SPDX-License-Identifier: GPL-3.0-or-later
// What RestApi answers about jobs, and does to them.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "db/job_json.h"
#include "orthanc-plugin/entity_tag.h"
#include "orthanc-plugin/rest_api.h"
#include "orthanc-plugin/study_search.h"
#include "orthanc-plugin/withdrawal_request.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

template <class Value>
json value_or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json();
}

// The list of this one job, or of none: where the filter does not fit it, the next older one is no answer.
Result<std::vector<db::Job>> only(db::Queue& queue, db::JobFilter filter, db::JobId id) {
  if (filter.before_id == 0 || filter.before_id > id) filter.before_id = id + 1;
  filter.limit = 1;
  auto jobs = queue.list(filter);
  if (jobs) std::erase_if(*jobs, [&](const db::Job& job) { return job.id != id; });
  return jobs;
}

// A number as people write that of a job.
std::optional<db::JobId> job_number(const std::string& text) {
  const auto number = text.starts_with('0') ? std::nullopt : positive_number(text);
  return number && *number < std::numeric_limits<db::JobId>::max() ? number : std::nullopt;
}

json patient_json(const std::map<std::string, StudyPatient>& patients, const db::Job& job) {
  const auto found = patients.find(job.orthanc_study_id);
  return found == patients.end() ? json() : to_json(found->second);
}

Result<db::JobHistory> history_of(db::Queue& queue, db::JobId id) {
  auto events = queue.events(id);
  if (!events) return events.error();
  auto attempts = queue.attempts(id);
  if (!attempts) return attempts.error();
  auto deliveries = queue.deliveries(id);
  if (!deliveries) return deliveries.error();
  return db::JobHistory{std::move(*events), std::move(*attempts), std::move(*deliveries)};
}

// The job that the act leads to: itself, but for a rerun.
Result<db::JobId> act(db::Queue& queue, db::JobId id, const std::string& action, const db::AskedBy& by) {
  if (action == "rerun") return queue.rerun(id, by);
  const Status acted = action == "retry"     ? queue.retry(id, by)
                       : action == "release" ? queue.release_held(id, by)
                       : action == "cancel"  ? queue.cancel(id, by)
                                             : queue.rush(id, by);
  if (!acted) return acted.error();
  return id;
}

}  // namespace

Result<std::vector<db::Job>> RestApi::jobs_found(db::Queue& queue, JobsQuery query) const {
  if (query.find.empty()) return queue.list(query.filter);
  if (const auto number = job_number(query.find)) {
    const auto named = only(queue, {}, *number);
    if (!named) return named.error();
    if (!named->empty()) return only(queue, query.filter, *number);
  }
  auto studies = search_studies(orthanc_, clock_, query.find);
  if (!studies) return studies.error();
  query.filter.studies = std::move(*studies);
  return queue.list(query.filter);
}

RestResponse RestApi::jobs(const RestRequest& request) const {
  const auto query = read_jobs_query(request.query);
  if (!query) return error_response(query.error());
  const auto queue = open_queue(Access::read);
  if (!queue) return error_response(queue.error());
  const auto found = jobs_found(**queue, *query);
  if (!found) return error_response(found.error());
  const auto state = (*queue)->status();
  if (!state) return error_response(state.error());
  std::map<std::string, StudyPatient> patients;
  if (query->patients) {
    std::set<std::string> studies;
    for (const db::Job& job : *found) studies.insert(job.orthanc_study_id);
    patients = patients_.of(studies);
  }
  json rows = json::array();
  for (const db::Job& job : *found) {
    json row = db::job_row_json(job);
    row["wait_seconds"] = value_or_null(db::wait_seconds(job, *state, clock_.wall_ms()));
    if (query->patients) row["patient"] = patient_json(patients, job);
    rows.push_back(std::move(row));
  }
  std::string text = db::json_text(rows);
  std::string etag = entity_tag(text);
  return json_response(std::move(text), std::move(etag));
}

RestResponse RestApi::job(const std::string& id_text) const {
  const auto id = positive_number(id_text);
  if (!id) return bad_parameter("id", "the number of a job");
  const auto queue = open_queue(Access::read);
  if (!queue) return error_response(queue.error());
  const auto found = (*queue)->job(*id);
  if (!found) return error_response(found.error());
  if (!*found) return error_response(404, "no_such_job", "there is no job " + std::to_string(*id));
  const db::Job& job = **found;
  // Read after the job: what happens in between is shown with the older version, and an act on it is refused.
  const auto history = history_of(**queue, *id);
  if (!history) return error_response(history.error());
  const auto state = (*queue)->status();
  if (!state) return error_response(state.error());
  json answer = db::job_json(job, *history);
  answer["wait_seconds"] = value_or_null(db::wait_seconds(job, *state, clock_.wall_ms()));
  answer["patient"] = patient_json(patients_.of({job.orthanc_study_id}), job);
  std::string text = db::json_text(answer);
  std::string etag = job_entity_tag(job.version, text);
  return json_response(std::move(text), std::move(etag));
}

RestResponse RestApi::act_on_job(const std::string& id_text, const std::string& action, const RestRequest& request,
                                 const std::string& actor) const {
  const auto id = positive_number(id_text);
  if (!id) return bad_parameter("id", "the number of a job");
  const auto seen = seen_version(header(request, "if-match"));
  if (!seen) return error_response(seen.error());
  const auto queue = open_queue(Access::write);
  if (!queue) return error_response(queue.error());
  const auto result = act(**queue, *id, action, db::AskedBy(actor, *seen));
  if (!result) return error_response(result.error());
  ring_worker();
  return json_response(db::json_text(json{{"id", *result}, {"action", action}}));
}

RestResponse RestApi::withdraw(const std::string& id_text, const RestRequest& request, const std::string& actor) const {
  const auto id = positive_number(id_text);
  if (!id) return bad_parameter("id", "the number of a job");
  const auto seen = seen_version(header(request, "if-match"));
  if (!seen) return error_response(seen.error());
  const auto wanted = read_withdrawal_request(request.body);
  if (!wanted) return error_response(wanted.error());
  const auto queue = open_queue(Access::write);
  if (!queue) return error_response(queue.error());
  const Status withdrawn = (*queue)->withdraw(*id, wanted->reason, wanted->why, db::AskedBy(actor, *seen));
  if (!withdrawn) return error_response(withdrawn.error());
  ring_worker();
  return json_response(db::json_text(json{{"id", *id}, {"action", "withdraw"}}));
}

}  // namespace radfm::plugin
