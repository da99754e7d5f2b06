// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_jobs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "db/sqlite_audit.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

constexpr std::string_view columns =
    "jobs.id, jobs.study_instance_uid, jobs.digest, jobs.run, jobs.orthanc_study_id, jobs.rule_name, jobs.state, "
    "jobs.outcome, jobs.lane, jobs.created_wall_ms, jobs.opened_wall_ms, jobs.updated_wall_ms, jobs.due_wall_ms, "
    "jobs.waiting, jobs.finished_wall_ms, jobs.attempts, jobs.poison_count, jobs.vanished_count, jobs.transient_count, "
    "jobs.series_instance_uid, jobs.sr_sop_instance_uid, jobs.revision, jobs.predecessor_sop_instance_uid, "
    "jobs.predecessor_series_instance_uid, jobs.error_code, jobs.error_message, jobs.input_digest, jobs.token, "
    "jobs.holder, jobs.lease_boot_id, jobs.lease_until_boot_ms";

bool is_open(JobState state) {
  return state == JobState::queued || state == JobState::leased || state == JobState::delivering;
}

}  // namespace

std::string cut_message(std::string_view text) {
  if (text.size() <= message_bytes_max) return std::string(text);
  std::size_t end = message_bytes_max;
  // Not inside a character: UTF-8 continuation bytes are 10xxxxxx.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end));
}

std::string JobTable::select_text(std::string_view where) {
  return "SELECT " + std::string(columns) + " FROM jobs WHERE " + std::string(where);
}

void JobTable::read_row(SqliteStatement& statement, JobRow& row) {
  Job& job = row.job;
  std::string state, lane;
  statement.read(job.id, job.identity.study_instance_uid, job.identity.digest, job.identity.run, job.orthanc_study_id,
                 job.rule_name, state, job.outcome, lane, job.created_wall_ms, row.opened_wall_ms, job.updated_wall_ms,
                 job.due_wall_ms, row.waiting, job.finished_wall_ms, job.attempts, job.poison_count, job.vanished_count,
                 job.transient_count, job.uids.series_instance_uid, job.uids.sr_sop_instance_uid, job.revision,
                 job.predecessor_sop_instance_uid, job.predecessor_series_instance_uid, job.error_code, job.error_message,
                 job.input_digest, row.token, row.holder, row.lease_boot_id, row.lease_until_boot_ms);
  const std::optional<JobState> known_state = parse_job_state(state);
  const std::optional<Lane> known_lane = parse_lane(lane);
  // The schema's CHECKs allow nothing else.
  if (!known_state || !known_lane) broken_invariant("the queue holds a job of an unknown state or lane");
  job.state = row.stored_state = *known_state;
  job.lane = job.action.lane = *known_lane;
}

std::optional<JobRow> JobTable::load(JobId id) {
  std::vector<JobRow> rows = select("jobs.id = ?1", id);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

JobId JobTable::insert(const JobRow& row, const NewJob& origin) {
  const Job& job = row.job;
  if (job.state != JobState::queued && !(job.state == JobState::done && is_legal(JobState::queued, JobState::done))) {
    broken_invariant("a job begins queued, or done when no report is due");
  }
  SqliteStatement(connection_,
                  "INSERT INTO jobs (study_instance_uid, digest, run, orthanc_study_id, rule_name, state, outcome, lane, "
                  "created_wall_ms, opened_wall_ms, updated_wall_ms, due_wall_ms, finished_wall_ms, series_instance_uid, "
                  "sr_sop_instance_uid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                  job.identity.study_instance_uid, job.identity.digest, job.identity.run, job.orthanc_study_id,
                  job.rule_name, to_string(job.state), job.outcome, to_string(job.lane), job.created_wall_ms,
                  row.opened_wall_ms, job.updated_wall_ms, job.due_wall_ms, job.finished_wall_ms,
                  job.uids.series_instance_uid, job.uids.sr_sop_instance_uid)
      .run();
  const JobId id = connection_.last_insert_id();
  const auto replace = nlohmann::json::error_handler_t::replace;
  SqliteStatement(connection_, "INSERT INTO job_inputs (job, instances_json, action_json) VALUES (?1, ?2, ?3)", id,
                  nlohmann::json(origin.instances).dump(-1, ' ', false, replace),
                  to_json(origin.action).dump(-1, ' ', false, replace))
      .run();
  return id;
}

void JobTable::save(JobRow& row, std::int64_t now_wall_ms) {
  Job& job = row.job;
  const bool moved = job.state != row.stored_state;
  if (moved && !is_legal(row.stored_state, job.state)) {
    broken_invariant("a job cannot go from " + std::string(to_string(row.stored_state)) + " to " +
                     std::string(to_string(job.state)));
  }
  if (!is_open(job.state) || job.state == JobState::queued) row.holder.clear();
  if (row.holder.empty()) {
    row.lease_boot_id.clear();
    row.lease_until_boot_ms = 0;
  }
  if (moved) job.finished_wall_ms = is_open(job.state) ? 0 : now_wall_ms;
  job.updated_wall_ms = now_wall_ms;
  SqliteStatement statement(
      connection_,
      "UPDATE jobs SET state = ?1, outcome = ?2, lane = ?3, opened_wall_ms = ?4, updated_wall_ms = ?5, due_wall_ms = ?6, "
      "waiting = ?7, finished_wall_ms = ?8, attempts = ?9, poison_count = ?10, vanished_count = ?11, transient_count = ?12, "
      "revision = ?13, predecessor_sop_instance_uid = ?14, predecessor_series_instance_uid = ?15, error_code = ?16, "
      "error_message = ?17, input_digest = ?18, token = ?19, holder = ?20, lease_boot_id = ?21, lease_until_boot_ms = ?22 "
      "WHERE id = ?23 AND state = ?24",
      to_string(job.state), job.outcome, to_string(job.lane), row.opened_wall_ms, job.updated_wall_ms, job.due_wall_ms,
      row.waiting, job.finished_wall_ms, job.attempts, job.poison_count, job.vanished_count, job.transient_count,
      job.revision, job.predecessor_sop_instance_uid, job.predecessor_series_instance_uid, job.error_code,
      job.error_message, job.input_digest, row.token, row.holder, row.lease_boot_id, row.lease_until_boot_ms, job.id,
      to_string(row.stored_state));
  statement.run();
  if (connection_.changes() != 1) broken_invariant("a job's row changed inside its own transaction");
  row.stored_state = job.state;
}

bool JobTable::load_inputs(Job& job) {
  SqliteStatement statement(connection_, "SELECT instances_json, action_json FROM job_inputs WHERE job = ?1", job.id);
  if (!statement.step()) return false;
  std::string instances_text, action_text;
  statement.read(instances_text, action_text);
  const nlohmann::json instances = nlohmann::json::parse(instances_text, nullptr, false);
  const nlohmann::json action_json = nlohmann::json::parse(action_text, nullptr, false);
  if (!instances.is_array() || action_json.is_discarded()) return false;
  job.instances.clear();
  for (const nlohmann::json& uid : instances) {
    if (!uid.is_string()) return false;
    job.instances.push_back(uid.get<std::string>());
  }
  Result<RuleAction> action = rule_action_from_json(action_json);
  if (!action) return false;
  job.action = std::move(*action);
  return true;
}

void JobTable::load_results(Job& job) {
  SqliteStatement statement(connection_, "SELECT report_text, detail_json FROM job_results WHERE job = ?1", job.id);
  if (statement.step()) statement.read(job.report_text, job.detail_json);
}

void JobTable::load_progress(Job& job) {
  if (job.state != JobState::leased && job.state != JobState::delivering) return;
  SqliteStatement statement(connection_, "SELECT stage, done, of_total, text_so_far FROM progress WHERE job = ?1", job.id);
  if (!statement.step()) return;
  int stage = 0;
  std::string text_so_far;
  statement.read(stage, job.progress_done, job.progress_of, text_so_far);
  if (stage >= 0 && stage <= static_cast<int>(JobStage::delivering)) job.stage = static_cast<JobStage>(stage);
  if (job.state == JobState::leased) job.report_text = text_so_far;
}

void JobTable::add_event(JobId job, std::int64_t wall_ms, std::string_view kind, std::string_view detail,
                         std::string_view actor) {
  append_event(connection_, {0, job, wall_ms, std::string(kind), cut_message(detail), std::string(actor)});
}

void JobTable::start_attempt(const JobRow& row, std::int64_t wall_ms) {
  SqliteStatement(connection_, "INSERT INTO attempts (job, token, edge, wall_ms, holder) VALUES (?1, ?2, 'start', ?3, ?4)",
                  row.job.id, row.token, wall_ms, row.holder)
      .run();
}

void JobTable::end_attempt(const JobRow& row, std::int64_t wall_ms, std::string_view ended_as, const Error* error) {
  SqliteStatement(connection_,
                  "INSERT INTO attempts (job, token, edge, wall_ms, ended_as, error_class, error_code, error_message) "
                  "VALUES (?1, ?2, 'end', ?3, ?4, ?5, ?6, ?7)",
                  row.job.id, row.token, wall_ms, ended_as,
                  error == nullptr ? std::string_view() : to_string(error->error_class),
                  error == nullptr ? std::string_view() : std::string_view(error->code),
                  error == nullptr ? std::string() : cut_message(error->message))
      .run();
}

}  // namespace radfm::db
