// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rest_api.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/uid.h"
#include "db/job_json.h"
#include "db/queue_file.h"
#include "orthanc-plugin/metrics.h"
#include "orthanc-plugin/page_files.h"
#include "orthanc-plugin/withdrawal_request.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

constexpr const char* html_type = "text/html; charset=utf-8";

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return parts;
}

std::optional<std::int64_t> positive_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

RestResponse from_error(const Error& error) {
  int status = 503;
  if (error.code == "no_such_job")
    status = 404;
  else if (error.code == "wrong_state")
    status = 409;
  else if (error.code == "bad_request" || error.code == "withdrawal_without_reason")
    status = 400;
  return error_response(status, error.code, error.message);
}

RestResponse not_found(const std::string& message) {
  return error_response(404, "not_found", message);
}

RestResponse wrong_method(const std::string& allow) {
  RestResponse response =
      error_response(405, "method_not_allowed", "this address answers " + allow + " only");
  response.allow = allow;
  return response;
}

RestResponse bad_parameter(const std::string& name, const std::string& expected) {
  return error_response(400, "bad_parameter", name + ": expected " + expected);
}

bool is_job_action(const std::string& name) {
  return name == "retry" || name == "release" || name == "rerun" || name == "cancel" || name == "rush" ||
         name == "withdraw";
}

// Addresses that only POST may touch.
bool is_action(const std::vector<std::string>& path) {
  if (path.size() < 4 || path[1] != "api" || path[2] != "v1") return false;
  if (path.size() == 4) return path[3] == "pause" || path[3] == "resume";
  return path.size() == 6 && path[3] == "jobs" && is_job_action(path[5]);
}

// The filter, or what is wrong with the parameters.
std::optional<RestResponse> read_filter(const RestRequest& request, db::JobFilter& filter) {
  filter.limit = jobs_per_answer_default;
  for (const auto& [name, value] : request.query) {
    if (name == "state") {
      filter.state = parse_job_state(value);
      if (!filter.state) return bad_parameter(name, "queued, leased, delivering, done, dead or cancelled");
    } else if (name == "study") {
      const auto uid = Uid::parse(value);
      if (!uid) return bad_parameter(name, "a Study Instance UID");
      filter.study_instance_uid = uid->str();
    } else if (name == "limit") {
      const auto number = positive_number(value);
      if (!number || *number > jobs_per_answer_max)
        return bad_parameter(name, "a number from 1 to " + std::to_string(jobs_per_answer_max));
      filter.limit = static_cast<int>(*number);
    } else if (name == "before") {
      const auto number = positive_number(value);
      if (!number) return bad_parameter(name, "the id of a job");
      filter.before_id = *number;
    } else {
      return error_response(400, "bad_parameter",
                            "unknown parameter; there are state, study, limit and before");
    }
  }
  return std::nullopt;
}

}  // namespace

RestResponse RestApi::answer(const RestRequest& request) const {
  const Path path = split(request.path);
  if (path.empty() || path[0] != "radfm") return not_found("there is no such page");
  if (is_action(path)) {
    if (request.method != "POST") return wrong_method("POST");
    if (!is_same_origin(request))
      return error_response(403, "foreign_request",
                            "send the header X-RadFM: 1, or content type application/json");
    return answer_post(request, path);
  }
  return request.method == "GET" ? answer_get(request, path) : wrong_method("GET");
}

RestResponse RestApi::answer_get(const RestRequest& request, const Path& path) const {
  if (path.size() == 1) return {200, html_type, std::string(page_html), ""};
  if (path.size() == 2 && path[1] == "page.css")
    return {200, "text/css; charset=utf-8", std::string(page_css), ""};
  if (path.size() == 2 && path[1] == "page.js")
    return {200, "text/javascript; charset=utf-8", std::string(page_js), ""};
  if (path.size() == 2 && path[1] == "withdraw.js")
    return {200, "text/javascript; charset=utf-8", std::string(page_withdraw), ""};
  if (path.size() == 2 && path[1] == "metrics") return metrics();
  if (path.size() == 3 && path[1] == "report") return report(path[2]);
  if (path.size() == 3 && path[1] == "study") return study(path[2]);
  if (path.size() >= 4 && path[1] == "api" && path[2] == "v1") {
    if (path.size() == 4 && path[3] == "status") return status();
    if (path.size() == 4 && path[3] == "jobs") return jobs(request);
    if (path.size() == 5 && path[3] == "jobs") return job(path[4]);
    if (path.size() == 6 && path[3] == "jobs" && path[5] == "montage.png") return montage(path[4]);
  }
  return not_found("there is no such page");
}

RestResponse RestApi::answer_post(const RestRequest& request, const Path& path) const {
  if (path.size() == 6 && path[5] == "withdraw") return withdraw(path[4], request);
  const std::string actor = actor_of(request);
  return path.size() == 4 ? act_on_queue(path[3], actor) : act_on_job(path[4], path[5], actor);
}

RestResponse RestApi::jobs(const RestRequest& request) const {
  db::JobFilter filter;
  if (const auto mistake = read_filter(request, filter)) return *mistake;
  const auto queue = open_queue(Access::read);
  if (!queue) return from_error(queue.error());
  const auto found = (*queue)->list(filter);
  if (!found) return from_error(found.error());
  json rows = json::array();
  for (const db::Job& job : *found) rows.push_back(db::job_row_json(job));
  return json_response(db::json_text(rows));
}

RestResponse RestApi::job(const std::string& id_text) const {
  const auto id = positive_number(id_text);
  if (!id) return bad_parameter("id", "the number of a job");
  const auto queue = open_queue(Access::read);
  if (!queue) return from_error(queue.error());
  const auto found = (*queue)->job(*id);
  if (!found) return from_error(found.error());
  if (!*found) return error_response(404, "no_such_job", "there is no job " + std::to_string(*id));
  const auto events = (*queue)->events(*id);
  if (!events) return from_error(events.error());
  const auto attempts = (*queue)->attempts(*id);
  if (!attempts) return from_error(attempts.error());
  return json_response(db::json_text(db::job_json(**found, *events, *attempts)));
}

RestResponse RestApi::montage(const std::string& id_text) const {
  const auto id = positive_number(id_text);
  if (!id) return bad_parameter("id", "the number of a job");
  const auto queue = open_queue(Access::read);
  if (!queue) return from_error(queue.error());
  const auto png = (*queue)->montage(*id);
  if (!png) return from_error(png.error());
  if (png->empty()) return not_found("there is no picture of job " + std::to_string(*id));
  return {200, "image/png", std::string(png->begin(), png->end()), ""};
}

RestResponse RestApi::act_on_job(const std::string& id_text, const std::string& action,
                                 const std::string& actor) const {
  const auto id = positive_number(id_text);
  if (!id) return bad_parameter("id", "the number of a job");
  const auto queue = open_queue(Access::write);
  if (!queue) return from_error(queue.error());
  db::JobId result = *id;
  if (action == "rerun") {
    const auto made = (*queue)->rerun(*id, actor);
    if (!made) return from_error(made.error());
    result = *made;
  } else {
    const Status acted = action == "retry"     ? (*queue)->retry(*id, actor)
                         : action == "release" ? (*queue)->release_held(*id, actor)
                         : action == "cancel"  ? (*queue)->cancel(*id, actor)
                                               : (*queue)->rush(*id, actor);
    if (!acted) return from_error(acted.error());
  }
  ring_worker();
  return json_response(db::json_text(json{{"id", result}, {"action", action}}));
}

RestResponse RestApi::withdraw(const std::string& id_text, const RestRequest& request) const {
  const auto id = positive_number(id_text);
  if (!id) return bad_parameter("id", "the number of a job");
  const auto wanted = read_withdrawal_request(request.body);
  if (!wanted) return from_error(wanted.error());
  const auto queue = open_queue(Access::write);
  if (!queue) return from_error(queue.error());
  const Status withdrawn = (*queue)->withdraw(*id, wanted->reason, wanted->why, actor_of(request));
  if (!withdrawn) return from_error(withdrawn.error());
  ring_worker();
  return json_response(db::json_text(json{{"id", *id}, {"action", "withdraw"}}));
}

RestResponse RestApi::act_on_queue(const std::string& action, const std::string& actor) const {
  const auto queue = open_queue(Access::write);
  if (!queue) return from_error(queue.error());
  const Status acted = action == "pause" ? (*queue)->pause(actor) : (*queue)->resume(actor);
  if (!acted) return from_error(acted.error());
  ring_worker();
  return json_response(db::json_text(json{{"paused", action == "pause"}}));
}

RestResponse RestApi::status() const {
  const Notices notices = board_.read();
  json answer = {{"now_ms", clock_.wall_ms()},
                 {"queue", nullptr},
                 {"pending_studies", nullptr},
                 {"plugin",
                  {{"version", RADFM_VERSION},
                   {"configuration_file", notices.configuration_file.filename().string()},
                   {"configuration_mistakes", notices.mistakes},
                   {"trouble", notices.trouble},
                   {"delayed_studies", notices.delayed_studies},
                   {"advice", notices.advice}}}};
  const auto queue = open_queue(Access::read);
  if (!queue) {
    answer["queue_error"] = {{"code", queue.error().code}, {"message", queue.error().message}};
    return json_response(db::json_text(answer));
  }
  const auto state = (*queue)->status();
  if (!state) return from_error(state.error());
  const auto pending = (*queue)->due_studies(std::numeric_limits<std::int64_t>::max(), pending_shown_max);
  if (!pending) return from_error(pending.error());
  answer["queue"] = db::queue_status_json(*state, clock_.wall_ms());
  answer["pending_studies"] = pending->size();
  return json_response(db::json_text(answer));
}

RestResponse RestApi::metrics() const {
  const auto queue = open_queue(Access::read);
  if (!queue) return from_error(queue.error());
  const auto state = (*queue)->status();
  if (!state) return from_error(state.error());
  return {200, "text/plain; version=0.0.4; charset=utf-8",
          metrics_text(*state, clock_.wall_ms(), !board_.read().mistakes.empty()), ""};
}

Result<std::unique_ptr<db::Queue>> RestApi::open_queue(Access access) const {
  const Notices notices = board_.read();
  if (!notices.database)
    return transient_error(
        "no_queue", notices.trouble.empty() ? "the plugin has not opened its queue yet" : notices.trouble);
  db::OpenQueue open;
  open.path = notices.database->path;
  open.settings = notices.queue;
  open.create = false;
  open.read_only = access == Access::read;
  open.busy_limit_ms = rest_busy_limit_ms;
  open.pages_max = db::file_pages_max(*notices.database);
  return db::open_sqlite_queue(open, clock_);
}

void RestApi::ring_worker() const {
  if (const Notices notices = board_.read(); notices.database) db::ring_doorbell(notices.database->doorbell);
}

}  // namespace radfm::plugin
