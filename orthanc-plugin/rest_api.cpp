// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rest_api.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "db/job_json.h"
#include "db/queue_file.h"
#include "orthanc-plugin/entity_tag.h"
#include "orthanc-plugin/page_files.h"
#include "orthanc-plugin/report_page.h"
#include "orthanc-plugin/request_origin.h"
#include "orthanc-plugin/rules_answer.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

constexpr const char* html_type = "text/html; charset=utf-8";
constexpr int busy_wait_s = 1;

RestResponse not_found(const std::string& message) {
  return error_response(404, "not_found", message);
}

RestResponse page_file(const std::string& name) {
  for (const PageFile& file : page_files()) {
    if (file.name == name) return {200, std::string(file.content_type), std::string(file.text), ""};
  }
  return not_found("the page has no such file");
}

RestResponse wrong_method(const std::string& allow) {
  RestResponse response =
      error_response(405, "method_not_allowed", "this address answers " + allow + " only");
  response.allow = allow;
  return response;
}

RestResponse not_so_fast(int status, const std::string& code, const std::string& message, int wait_s) {
  RestResponse response = error_response(status, code, message + "; try again in " + std::to_string(wait_s) + " s");
  response.retry_after_s = wait_s;
  return response;
}

// Says which role is missing, and nothing of what is behind the address, not even whether it is there.
RestResponse role_needed(const RestRoute& route, bool named) {
  const std::string message = "this needs the role " + std::string(to_string(route.role)) + ", which access." + to_string(route.role) +
                              " of the node's configuration gives by name; " +
                              (named ? "your user has not got it" : "you are here without the name and password of one of Orthanc's users");
  if (route.endpoint == Endpoint::report || route.endpoint == Endpoint::study)
    return {403, html_type, message_page("role_needed", "Not shown: " + message + "."), ""};
  return error_response(403, "role_needed", message);
}

}  // namespace

RestResponse RestApi::answer(const RestRequest& request) const {
  const auto place = gate_.enter();
  if (!place) return not_so_fast(503, "too_busy", "too many requests are being answered", busy_wait_s);
  if (const auto too_long = refuse_by_size(request)) return *too_long;
  const RouteMatch match = match_route(request.method, request.path);
  if (match.route == nullptr) return match.allow.empty() ? not_found("there is no such page") : wrong_method(match.allow);
  const std::optional<std::string> user = users_.user_of(request);
  const Call call{request, match, user};
  if (const auto refused = refuse(call)) return *refused;
  RestResponse response = dispatch(call);
  if (response.etag.empty() || !is_named(header(request, "if-none-match"), response.etag)) return response;
  return {304, "", "", "", 0, std::move(response.etag)};
}

std::optional<RestResponse> RestApi::refuse(const Call& call) const {
  const RestRoute& route = *call.match.route;
  const bool is_post = call.request.method == "POST";
  if (is_post ? is_foreign_change(call.request) : is_foreign_read(call.request))
    return error_response(403, "foreign_request",
                          is_post
                              ? "this is asked for by the page of this node, or by a program that sends the header X-RadFM: 1 or content type "
                                "application/json; a browser says that it comes from elsewhere, or says nothing of it (a proxy must hand on Host)"
                              : "this is not to be embedded in the page of another site");
  if (!has_role(board_.read().access, call.user, route.role)) return role_needed(route, call.user.has_value());
  if (const int wait_s = gate_.seconds_to_wait(route.cost, call.user.value_or(""), clock_.boot_ms()); wait_s > 0)
    return not_so_fast(429, "too_many_requests", "this user asks too often", wait_s);
  return std::nullopt;
}

RestResponse RestApi::dispatch(const Call& call) const {
  const auto& [request, match, user] = call;
  const std::string part = match.parts.empty() ? std::string() : match.parts.front();
  switch (match.route->endpoint) {
    case Endpoint::page:
      return {200, html_type, std::string(page_html), ""};
    case Endpoint::page_file:
      return page_file(part);
    case Endpoint::openapi:
      return json_response(std::string(page_openapi));
    case Endpoint::health:
      return health();
    case Endpoint::metrics:
      return metrics();
    case Endpoint::report:
      return report(part);
    case Endpoint::study:
      return study(part);
    case Endpoint::status:
      return status(user);
    case Endpoint::jobs:
      return jobs(request);
    case Endpoint::job:
      return job(part);
    case Endpoint::montage:
      return montage(part);
    case Endpoint::job_action:
      return act_on_job(part, match.last, request, actor_named(user));
    case Endpoint::withdraw:
      return withdraw(part, request, actor_named(user));
    case Endpoint::study_report:
      return report_study(part, request.body, actor_named(user));
    case Endpoint::queue_action:
      return act_on_queue(match.last, actor_named(user));
    case Endpoint::rules:
      return rules();
    case Endpoint::rules_test:
      return test_rules(request.body);
    case Endpoint::rules_reload:
      return reload_rules();
  }
  return not_found("there is no such page");
}

RestResponse RestApi::montage(const std::string& id_text) const {
  const auto id = positive_number(id_text);
  if (!id) return bad_parameter("id", "the number of a job");
  const auto queue = open_queue(Access::read);
  if (!queue) return error_response(queue.error());
  const auto png = (*queue)->montage(*id);
  if (!png) return error_response(png.error());
  if (png->empty()) return not_found("there is no picture of job " + std::to_string(*id));
  return {200, "image/png", std::string(png->begin(), png->end()), ""};
}

RestResponse RestApi::act_on_queue(const std::string& action, const std::string& actor) const {
  const auto queue = open_queue(Access::write);
  if (!queue) return error_response(queue.error());
  const Status acted = action == "pause" ? (*queue)->pause(actor) : (*queue)->resume(actor);
  if (!acted) return error_response(acted.error());
  ring_worker();
  return json_response(db::json_text(json{{"paused", action == "pause"}}));
}

namespace {

// Two answers that differ in nothing but the time at which they were asked for are one to If-None-Match.
RestResponse tell(json status) {
  std::string text = db::json_text(status);
  status.erase("now_ms");
  if (status["queue"].is_object()) status["queue"]["worker"].erase("seen_seconds_ago");
  return json_response(std::move(text), weak_entity_tag(db::json_text(status)));
}

}  // namespace

RestResponse RestApi::status(const std::optional<std::string>& user) const {
  const Notices notices = board_.read();
  json roles = json::array();
  for (const Role role : named_roles) {
    if (has_role(notices.access, user, role)) roles.push_back(to_string(role));
  }
  json answer = {{"now_ms", clock_.wall_ms()},
                 {"queue", nullptr},
                 {"pending_studies", nullptr},
                 {"rules", rules_status_json(notices)},
                 {"you", {{"user", user ? json(*user) : json()}, {"roles", std::move(roles)}}},
                 {"plugin",
                  {{"version", RADFM_VERSION},
                   {"configuration_file", notices.configuration_file.filename().string()},
                   {"configuration_mistakes", notices.mistakes},
                   {"trouble", notices.trouble},
                   {"delayed_studies", notices.delayed_studies},
                   {"advice", notices.all_advice()}}}};
  const auto queue = open_queue(Access::read);
  if (!queue) {
    answer["queue_error"] = {{"code", queue.error().code}, {"message", queue.error().message}};
    return tell(std::move(answer));
  }
  const auto state = (*queue)->status();
  if (!state) return error_response(state.error());
  const auto pending = (*queue)->due_studies(std::numeric_limits<std::int64_t>::max(), pending_shown_max);
  if (!pending) return error_response(pending.error());
  answer["queue"] = db::queue_status_json(*state, clock_.wall_ms());
  answer["pending_studies"] = pending->size();
  return tell(std::move(answer));
}

// For a program that asks whether all is well, and may be anybody: which part is not, in one word each.
RestResponse RestApi::health() const {
  json troubles = json::array();
  if (!board_.read().mistakes.empty()) troubles.push_back("configuration");
  const auto queue = open_queue(Access::read);
  const auto state = queue ? (*queue)->status() : Result<db::QueueStatus>(queue.error());
  if (!state)
    troubles.push_back("queue");
  else if (state->worker_seen_wall_ms == 0 || clock_.wall_ms() - state->worker_seen_wall_ms > db::worker_silence_max_ms)
    troubles.push_back("worker");
  RestResponse response = json_response(db::json_text(json{{"well", troubles.empty()}, {"troubles", troubles}}));
  if (!troubles.empty()) response.status = 503;
  return response;
}

Result<db::OpenQueue> RestApi::queue_to_open(Access access) const {
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
  return open;
}

Result<std::unique_ptr<db::Queue>> RestApi::open_queue(Access access) const {
  const auto open = queue_to_open(access);
  return open ? db::open_sqlite_queue(*open, clock_) : Result<std::unique_ptr<db::Queue>>(open.error());
}

void RestApi::ring_worker() const {
  if (const Notices notices = board_.read(); notices.database) db::ring_doorbell(notices.database->doorbell);
}

}  // namespace radfm::plugin
