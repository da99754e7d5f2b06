// SPDX-License-Identifier: Apache-2.0
// What people are shown.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/job.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

bool is_overdue(const JobRow& row, std::int64_t now_wall_ms, std::int64_t overdue_ms) {
  const JobState state = row.job.state;
  const bool open = state == JobState::queued || state == JobState::leased || state == JobState::delivering;
  return open && now_wall_ms - row.opened_wall_ms > overdue_ms;
}

// Few jobs are open or dead: their index finds them. Most are closed: there the newest are read until enough of them fit, and the
// plus keeps SQLite from sorting them all.
std::string states_condition(const std::vector<JobState>& states) {
  const bool most = std::ranges::any_of(states, [](JobState state) { return state == JobState::done || state == JobState::cancelled; });
  std::string condition = most && states.size() > 1 ? " AND +jobs.state IN (" : " AND jobs.state IN (";
  for (std::size_t i = 0; i < states.size(); ++i) condition += std::string(i == 0 ? "'" : ", '") + std::string(to_string(states[i])) + "'";
  return condition + ")";
}

std::string json_text_of(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// ?1 .. ?8 are always bound; the parts that use them are chosen.
std::string where_of(const JobFilter& filter) {
  const auto part = [](bool wanted, const char* condition, const char* nothing) { return wanted ? condition : nothing; };
  std::string where = "(?1 = 0 OR jobs.id < ?1)";
  if (!filter.states.empty()) where += states_condition(filter.states);
  where += part(!filter.study_instance_uid.empty(), " AND jobs.study_instance_uid = ?2", " AND ?2 = ?2");
  where += part(!filter.sr_sop_instance_uid.empty(), " AND jobs.sr_sop_instance_uid = ?3", " AND ?3 = ?3");
  where += part(filter.studies.has_value(), " AND jobs.study_instance_uid IN (SELECT value FROM json_each(?5))", " AND ?5 = ?5");
  where += part(filter.lane.has_value(), " AND jobs.lane = ?6", " AND ?6 = ?6");
  where += part(!filter.rule_name.empty(), " AND jobs.rule_name = ?7", " AND ?7 = ?7");
  where += part(!filter.error_code.empty(), " AND jobs.error_code = ?8", " AND ?8 = ?8");
  return where + " ORDER BY jobs.id DESC LIMIT ?4";
}

}  // namespace

Result<std::vector<Job>> SqliteQueue::list(const JobFilter& filter) {
  return read([&]() -> Result<std::vector<Job>> {
    std::vector<Job> jobs;
    for (JobRow& row : jobs_.select(where_of(filter), filter.before_id, filter.study_instance_uid,
                                    filter.sr_sop_instance_uid, std::clamp(filter.limit, 0, list_limit_max),
                                    json_text_of(filter.studies.value_or(std::vector<std::string>())),
                                    filter.lane ? to_string(*filter.lane) : std::string_view(), filter.rule_name, filter.error_code)) {
      jobs_.load_progress(row.job);
      row.job.report_text.clear();
      if (row.job.revision > 0) row.job.withdrawal = withdrawal_of(row.job.id);
      row.job.overdue = is_overdue(row, clock_.wall_ms(), settings_.overdue_ms);
      row.job.version = version_of(row.job.id);
      jobs.push_back(std::move(row.job));
    }
    const std::map<JobId, std::int64_t> places = places_of(jobs);
    for (Job& job : jobs) {
      if (const auto place = places.find(job.id); place != places.end()) job.ahead = place->second;
    }
    return jobs;
  });
}

Result<std::optional<Job>> SqliteQueue::job(JobId id) {
  return read([&]() -> Result<std::optional<Job>> {
    std::optional<JobRow> row = jobs_.load(id);
    if (!row) return std::optional<Job>();
    // A job that cannot be read any more is still shown; the claim says what is wrong with it.
    [[maybe_unused]] const bool readable = jobs_.load_inputs(row->job);
    jobs_.load_results(row->job);
    jobs_.load_progress(row->job);
    row->job.has_montage = SqliteStatement(*connection_, "SELECT 1 FROM montages WHERE job = ?1", id).step();
    SqliteStatement held(*connection_, "SELECT text, released_by FROM held_texts WHERE job = ?1", id);
    if (held.step()) held.read(row->job.held_text, row->job.held_released_by);
    row->job.withdrawal = withdrawal_of(id);
    row->job.overdue = is_overdue(*row, clock_.wall_ms(), settings_.overdue_ms);
    row->job.version = version_of(id);
    const std::map<JobId, std::int64_t> places = places_of({row->job});
    if (!places.empty()) row->job.ahead = places.begin()->second;
    return std::optional(std::move(row->job));
  });
}

Result<std::vector<std::uint8_t>> SqliteQueue::montage(JobId id) {
  return read([&]() -> Result<std::vector<std::uint8_t>> {
    SqliteStatement statement(*connection_, "SELECT png FROM montages WHERE job = ?1", id);
    std::vector<std::uint8_t> png;
    if (statement.step()) statement.read(png);
    return png;
  });
}

Result<std::string> SqliteQueue::draft_page(JobId id) {
  return read([&]() -> Result<std::string> {
    SqliteStatement statement(*connection_, "SELECT page_json FROM draft_pages WHERE job = ?1", id);
    std::string page_json;
    if (statement.step()) statement.read(page_json);
    return page_json;
  });
}

Result<std::vector<Event>> SqliteQueue::events(JobId id) {
  return read([&]() -> Result<std::vector<Event>> {
    // What was done to it. Who looked at it stands in the audit trail only, and would hide the rest.
    SqliteStatement statement(*connection_,
                              "SELECT id, job, wall_ms, kind, detail, actor FROM events WHERE job = ?1 AND kind <> 'viewed' ORDER BY id",
                              id);
    std::vector<Event> events;
    while (statement.step()) {
      Event& event = events.emplace_back();
      statement.read(event.id, event.job, event.wall_ms, event.kind, event.detail, event.actor);
    }
    return events;
  });
}

Result<std::vector<Attempt>> SqliteQueue::attempts(JobId id) {
  return read([&]() -> Result<std::vector<Attempt>> {
    SqliteStatement statement(*connection_,
                              "SELECT started.job, started.token, started.holder, started.wall_ms, ended.wall_ms, ended.ended_as, "
                              "ended.error_class, ended.error_code, ended.error_message FROM attempts AS started "
                              "LEFT JOIN attempts AS ended ON ended.job = started.job AND ended.token = started.token "
                              "AND ended.edge = 'end' WHERE started.job = ?1 AND started.edge = 'start' ORDER BY started.token",
                              id);
    std::vector<Attempt> attempts;
    while (statement.step()) {
      Attempt& attempt = attempts.emplace_back();
      statement.read(attempt.job, attempt.token, attempt.holder, attempt.started_wall_ms, attempt.ended_wall_ms, attempt.end,
                     attempt.error_class, attempt.error_code, attempt.error_message);
    }
    return attempts;
  });
}

Result<QueueStatus> SqliteQueue::status() {
  return read([&]() -> Result<QueueStatus> {
    QueueStatus status;
    SqliteStatement pause(*connection_, "SELECT actor FROM pause");
    status.paused = pause.step();
    if (status.paused) pause.read(status.paused_by);

    SqliteStatement counts(*connection_, "SELECT state, COUNT(*) FROM jobs GROUP BY state");
    while (counts.step()) {
      std::string state;
      std::int64_t count = 0;
      counts.read(state, count);
      switch (parse_job_state(state).value_or(JobState::dead)) {
        case JobState::queued: status.queued = count; break;
        case JobState::leased: status.leased = count; break;
        case JobState::delivering: status.delivering = count; break;
        case JobState::done: status.done = count; break;
        case JobState::dead: status.dead = count; break;
        case JobState::cancelled: status.cancelled = count; break;
      }
    }
    SqliteStatement oldest(*connection_,
                           "SELECT MIN(opened_wall_ms) FROM jobs WHERE state IN ('queued', 'leased', 'delivering')");
    if (oldest.step()) oldest.read(status.oldest_open_wall_ms);
    SqliteStatement delivered(*connection_, "SELECT MAX(finished_wall_ms) FROM jobs WHERE outcome = 'delivered'");
    if (delivered.step()) delivered.read(status.last_delivered_wall_ms);

    SqliteStatement vitals(*connection_, "SELECT name, note, wall_ms FROM vitals");
    while (vitals.step()) {
      std::string name, note;
      std::int64_t wall_ms = 0;
      vitals.read(name, note, wall_ms);
      if (name == "worker") {
        status.worker_seen_wall_ms = wall_ms;
        status.worker_note = note;
      } else if (name == "plugin") {
        status.plugin_note = note;
      }
    }
    status.typical_report_ms = typical_report_ms();
    return status;
  });
}

}  // namespace radfm::db
