// SPDX-License-Identifier: Apache-2.0
#include "db/job_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/dicom_time.h"
#include "core/rule.h"
#include "core/worker_health.h"

namespace radfm::db {
namespace {

using nlohmann::json;

json time_or_null(std::int64_t wall_ms) {
  return wall_ms > 0 ? json(format_iso_utc(wall_ms)) : json(nullptr);
}

json text_or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

// What the worker noted is JSON; anything else is shown as the text that it is.
json detail_of(const std::string& detail_json) {
  if (detail_json.empty()) return nullptr;
  json parsed = json::parse(detail_json, nullptr, false);
  return parsed.is_discarded() ? json(detail_json) : parsed;
}

json event_json(const Event& event) {
  return {{"id", event.id},
          {"at", time_or_null(event.wall_ms)},
          {"wall_ms", event.wall_ms},
          {"kind", event.kind},
          {"detail", event.detail},
          {"actor", event.actor}};
}

json attempt_json(const Attempt& attempt) {
  json error = nullptr;
  if (!attempt.error_code.empty())
    error = {
        {"class", attempt.error_class}, {"code", attempt.error_code}, {"message", attempt.error_message}};
  return {{"number", attempt.token},
          {"holder", attempt.holder},
          {"started", time_or_null(attempt.started_wall_ms)},
          {"ended", time_or_null(attempt.ended_wall_ms)},
          {"end", attempt.end},
          {"error", error}};
}

json delivery_json(const Delivery& delivery) {
  return {{"role", delivery.role},
          {"destination", delivery.destination},
          {"delivered", delivery.delivered},
          {"tries", delivery.tries},
          {"error", text_or_null(delivery.error)},
          {"predecessor_waits", delivery.predecessor_waits}};
}

bool is_heard(const QueueStatus& status, std::int64_t now_wall_ms) {
  return status.worker_seen_wall_ms > 0 && now_wall_ms - status.worker_seen_wall_ms <= worker_silence_max_ms;
}

json withdrawal_json(const std::optional<Withdrawal>& withdrawal) {
  if (!withdrawal) return nullptr;
  return {{"reason", to_string(withdrawal->reason)},
          {"why", withdrawal->why},
          {"actor", withdrawal->actor},
          {"wall_ms", withdrawal->wall_ms}};
}

}  // namespace

json job_row_json(const Job& job) {
  json error = nullptr;
  if (!job.error_code.empty()) error = {{"code", job.error_code}, {"message", job.error_message}};
  return {{"id", job.id},
          {"version", job.version},
          {"state", to_string(job.state)},
          {"outcome", job.outcome},
          {"study", job.identity.study_instance_uid},
          {"stage", to_string(job.stage)},
          {"progress", {{"done", job.progress_done}, {"of", job.progress_of}}},
          {"attempts", job.attempts},
          {"error", error},
          {"rule", job.rule_name},
          {"lane", to_string(job.lane)},
          {"ahead", job.ahead ? json(*job.ahead) : json(nullptr)},
          {"revision", job.revision},
          {"overdue", job.overdue},
          {"sop_instance_uid", job.uids.sr_sop_instance_uid},
          {"created", time_or_null(job.created_wall_ms)},
          {"updated", time_or_null(job.updated_wall_ms)},
          {"due", time_or_null(job.due_wall_ms)},
          {"finished", time_or_null(job.finished_wall_ms)}};
}

json job_json(const Job& job, const JobHistory& history) {
  json result = job_row_json(job);
  result["orthanc_study"] = job.orthanc_study_id;
  result["digest"] = job.identity.digest;
  result["run"] = job.identity.run;
  result["images"] = job.instances.size();
  result["action"] = to_json(job.action);
  result["counts"] = {
      {"poison", job.poison_count}, {"vanished", job.vanished_count}, {"transient", job.transient_count}};
  result["predecessor"] = text_or_null(job.predecessor_sop_instance_uid);
  result["report_text"] = job.report_text;
  result["detail"] = detail_of(job.detail_json);
  result["montage"] = job.has_montage;
  result["held_text"] = text_or_null(job.held_text);
  result["held_released_by"] = text_or_null(job.held_released_by);
  result["withdrawal"] = withdrawal_json(job.withdrawal);
  result["events"] = json::array();
  for (const Event& event : history.events) result["events"].push_back(event_json(event));
  result["attempt_log"] = json::array();
  for (const Attempt& attempt : history.attempts) result["attempt_log"].push_back(attempt_json(attempt));
  result["deliveries"] = json::array();
  for (const Delivery& delivery : history.deliveries) result["deliveries"].push_back(delivery_json(delivery));
  return result;
}

std::optional<std::int64_t> wait_seconds(const Job& job, const QueueStatus& status, std::int64_t now_wall_ms) {
  if (!job.ahead || status.typical_report_ms <= 0 || status.paused || !is_heard(status, now_wall_ms)) return std::nullopt;
  return (*job.ahead + status.leased) * status.typical_report_ms / 1'000;
}

json queue_status_json(const QueueStatus& status, std::int64_t now_wall_ms) {
  const std::int64_t seen_ms = status.worker_seen_wall_ms;
  const std::int64_t silence_ms = std::max<std::int64_t>(0, now_wall_ms - seen_ms);
  const WorkerHealth health = parse_health_note(status.worker_note);
  json reasons = json::array();
  for (const HealthReason& reason : health.reasons) reasons.push_back({{"code", reason.code}, {"text", reason.text}});
  json worker = {{"seen", time_or_null(seen_ms)},
                 {"seen_seconds_ago", seen_ms > 0 ? json(silence_ms / 1000) : json(nullptr)},
                 {"alive", is_heard(status, now_wall_ms)},
                 {"note", status.worker_note},
                 {"state", to_string(health.state)},
                 {"takes_jobs", health.takes_jobs()},
                 {"reasons", reasons}};
  return {{"paused", status.paused},
          {"paused_by", status.paused_by},
          {"counts",
           {{"queued", status.queued},
            {"leased", status.leased},
            {"delivering", status.delivering},
            {"done", status.done},
            {"dead", status.dead},
            {"cancelled", status.cancelled}}},
          {"oldest_open", time_or_null(status.oldest_open_wall_ms)},
          {"last_delivered", time_or_null(status.last_delivered_wall_ms)},
          {"worker", worker},
          {"plugin_note", status.plugin_note},
          {"typical_report_seconds", status.typical_report_ms > 0 ? json(static_cast<double>(status.typical_report_ms) / 1'000) : json(nullptr)}};
}

std::string json_text(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

}  // namespace radfm::db
