// SPDX-License-Identifier: Apache-2.0
// Jobs as JSON: one spelling for the plugin's REST and for `radfmctl ... --json`. No patient data is in a
// job's row but the report's own text, which only job_json() shows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "db/queue_types.h"

namespace radfm::db {

// One row of `queue list --json` and of GET /radfm/api/v1/jobs:
// id, version, state, outcome, study, stage, progress {done, of}, attempts, error {code, message} or null, rule, lane,
// ahead (queued ones before a queued one, or null), revision, overdue, sop_instance_uid, created, updated, due, finished
// (ISO 8601 UTC, or null).
nlohmann::json job_row_json(const Job& job);

// What has happened to a job.
struct JobHistory {
  std::vector<Event> events = {};
  std::vector<Attempt> attempts = {};
  std::vector<Delivery> deliveries = {};
};
// `queue show ID --json` and GET /radfm/api/v1/jobs/{id}: the row and orthanc_study, digest, run, images, action (the copy of the rule's),
// counts {poison, vanished, transient}, predecessor, report_text, detail, montage (true: there is a picture), held_text,
// held_released_by, withdrawal {reason, why, actor, wall_ms} (null: nobody took the draft back), events [...], attempt_log [...],
// deliveries [{role, destination, delivered, tries, error or null, predecessor_waits}].
nlohmann::json job_json(const Job& job, const JobHistory& history);

// When a queued job may be expected to be begun, by what those before it and those in work take as a rule; nothing where that is not known:
// no report was made yet, the queue is paused, no worker is heard.
std::optional<std::int64_t> wait_seconds(const Job& job, const QueueStatus& status, std::int64_t now_wall_ms);

// paused, paused_by, counts {queued, leased, ...}, oldest_open, last_delivered, worker {seen,
// seen_seconds_ago, alive, note}, plugin_note, typical_report_seconds (or null). A worker is alive when it was heard within
// worker_silence_max_ms of `now_wall_ms`.
inline constexpr std::int64_t worker_silence_max_ms = 45'000;
nlohmann::json queue_status_json(const QueueStatus& status, std::int64_t now_wall_ms);

// JSON text that no byte of a job can break: invalid UTF-8 becomes U+FFFD.
std::string json_text(const nlohmann::json& json, int indent = -1);

}  // namespace radfm::db
