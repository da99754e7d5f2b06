// SPDX-License-Identifier: Apache-2.0
// The plugin's side: the cursor, the studies to be looked at, and how a study becomes a job.
#include "core/job.h"
#include "core/uid.h"
#include "db/queue_file.h"
#include "db/sqlite_claim_order.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

// A pending study that was noted this much later than now was noted before the clock was set back.
constexpr std::int64_t clock_step_ms = 60'000;
constexpr std::size_t pending_row_bytes = 200;  // with its index

void put_pending(SqliteConnection& connection, const PendingStudy& study, std::int64_t now) {
  SqliteStatement(connection,
                  "INSERT INTO pending_studies (orthanc_study_id, due_wall_ms, noted_wall_ms) VALUES (?1, ?2, ?3) "
                  "ON CONFLICT (orthanc_study_id) DO UPDATE SET noted_wall_ms = excluded.noted_wall_ms, "
                  "due_wall_ms = CASE WHEN ?4 THEN MIN(due_wall_ms, excluded.due_wall_ms) ELSE excluded.due_wall_ms END",
                  study.orthanc_study_id, study.due_wall_ms, now, study.sooner)
      .run();
}

void drop_pending(SqliteConnection& connection, const std::string& orthanc_study_id) {
  SqliteStatement(connection, "DELETE FROM pending_studies WHERE orthanc_study_id = ?1", orthanc_study_id).run();
}

}  // namespace

Result<std::optional<std::int64_t>> SqliteQueue::change_cursor() {
  return read([&]() -> Result<std::optional<std::int64_t>> {
    SqliteStatement statement(*connection_, "SELECT sequence FROM change_cursor");
    if (!statement.step()) return std::optional<std::int64_t>();
    std::int64_t sequence = 0;
    statement.read(sequence);
    return std::optional(sequence);
  });
}

Status SqliteQueue::take_changes(std::int64_t cursor, const std::vector<PendingStudy>& studies) {
  return write([&]() -> Status {
    const std::int64_t now = clock_.wall_ms();
    if (Status room = require_room(studies.size() * pending_row_bytes, sixteenths_for_studies); !room) return room;
    for (const PendingStudy& study : studies) put_pending(*connection_, study, now);
    SqliteStatement(*connection_,
                    "INSERT INTO change_cursor (only_row, sequence) VALUES (1, ?1) "
                    "ON CONFLICT (only_row) DO UPDATE SET sequence = excluded.sequence",
                    cursor)
        .run();
    return {};
  });
}

Result<std::vector<PendingStudy>> SqliteQueue::due_studies(std::int64_t now_wall_ms, int limit) {
  return read([&]() -> Result<std::vector<PendingStudy>> {
    SqliteStatement statement(*connection_,
                              "SELECT orthanc_study_id, due_wall_ms FROM pending_studies "
                              "WHERE due_wall_ms <= ?1 OR noted_wall_ms > ?2 ORDER BY due_wall_ms, orthanc_study_id LIMIT ?3",
                              now_wall_ms, now_wall_ms + clock_step_ms, limit);
    std::vector<PendingStudy> studies;
    while (statement.step()) {
      PendingStudy& study = studies.emplace_back();
      statement.read(study.orthanc_study_id, study.due_wall_ms);
    }
    return studies;
  });
}

Result<std::optional<std::int64_t>> SqliteQueue::next_due_study_ms() {
  return read([&]() -> Result<std::optional<std::int64_t>> {
    const std::int64_t now = clock_.wall_ms();
    SqliteStatement statement(*connection_,
                              "SELECT COUNT(*), MIN(CASE WHEN noted_wall_ms > ?2 THEN MIN(due_wall_ms, ?1) ELSE due_wall_ms END) "
                              "FROM pending_studies",
                              now, now + clock_step_ms);
    std::int64_t count = 0, due = 0;
    if (statement.step()) statement.read(count, due);
    return count == 0 ? std::nullopt : std::optional(due);
  });
}

Status SqliteQueue::postpone_study(const std::string& orthanc_study_id, std::int64_t due_wall_ms) {
  return write([&]() -> Status {
    SqliteStatement(*connection_,
                    "UPDATE pending_studies SET due_wall_ms = ?2, noted_wall_ms = ?3 WHERE orthanc_study_id = ?1",
                    orthanc_study_id, due_wall_ms, clock_.wall_ms())
        .run();
    return {};
  });
}

Status SqliteQueue::forget_study(const std::string& orthanc_study_id) {
  return write([&]() -> Status {
    drop_pending(*connection_, orthanc_study_id);
    return {};
  });
}

Status SqliteQueue::set_plugin_note(const std::string& note) {
  return write([&]() -> Status {
    set_vital("plugin", note);
    return {};
  });
}

Result<EnqueueResult> SqliteQueue::settle_study(const std::string& orthanc_study_id, const NewJob& job) {
  if (job.identity.run != 0) broken_invariant("a study that settles makes a job of run 0");
  return write([&]() -> Result<EnqueueResult> {
    drop_pending(*connection_, orthanc_study_id);
    return enqueue(job, true);
  });
}

Result<std::vector<EnqueueResult>> SqliteQueue::settle_studies(const std::vector<NewJob>& jobs) {
  for (const NewJob& job : jobs)
    if (job.identity.run != 0) broken_invariant("a study that settles makes a job of run 0");
  return write([&]() -> Result<std::vector<EnqueueResult>> {
    std::vector<EnqueueResult> results;
    for (const NewJob& job : jobs) {
      drop_pending(*connection_, job.orthanc_study_id);
      const Result<EnqueueResult> result = enqueue(job, true);
      if (!result) return result.error();
      results.push_back(*result);
    }
    return results;
  });
}

Result<EnqueueResult> SqliteQueue::add(const NewJob& job) {
  return write([&]() -> Result<EnqueueResult> { return enqueue(job, false); });
}

Result<EnqueueResult> SqliteQueue::enqueue(const NewJob& job, bool revision_limit) {
  // The write lock is held, so nobody can come between the question and the insert; the UNIQUE constraint is what
  // guarantees it all the same.
  std::vector<JobRow> same = jobs_.select("jobs.study_instance_uid = ?1 AND jobs.digest = ?2 AND jobs.run = ?3",
                                          job.identity.study_instance_uid, job.identity.digest, job.identity.run);
  if (!same.empty()) return meet_again(std::move(same.front()), job);

  if (Status room = require_room(job.instances.size() * uid_length_max, sixteenths_for_studies); !room) return room.error();
  supersede_others(job);
  std::string outcome;
  if (!job.skip.empty()) {
    outcome = "skipped: " + job.skip;
  } else if (revision_limit && revision_limit_reached(job.identity.study_instance_uid)) {
    outcome = "skipped: revision_limit";
  }
  const std::int64_t now = clock_.wall_ms();
  const JobId id = insert_job(job, now, outcome);
  if (outcome.empty()) {
    jobs_.add_event(id, now, "enqueued", job.rule_name.empty() ? "" : "rule " + job.rule_name, job.actor);
  } else {
    jobs_.add_event(id, now, "skipped", job.skip_detail.empty() ? outcome : outcome + ": " + job.skip_detail, job.actor);
  }
  return EnqueueResult::created;
}

Result<EnqueueResult> SqliteQueue::meet_again(JobRow row, const NewJob& job) {
  const bool came_back = row.job.state == JobState::cancelled && row.job.outcome == "superseded";
  const bool stands = row.job.state != JobState::cancelled && row.job.state != JobState::dead;
  // What was begun for images that the study no longer has is not finished; but only if these images have a job.
  if (came_back || stands) supersede_others(job);
  if (came_back && job.skip.empty()) {
    const std::int64_t now = clock_.wall_ms();
    row.job.state = JobState::queued;
    row.job.outcome.clear();
    row.opened_wall_ms = now;
    row.job.due_wall_ms = place_in_lane(row.job.lane, now);
    row.waiting = false;
    jobs_.save(row, now);
    jobs_.add_event(row.job.id, now, "reopened", "the study is back to these images", job.actor);
  }
  return EnqueueResult::existed;
}

void SqliteQueue::supersede_others(const NewJob& job) {
  const std::int64_t now = clock_.wall_ms();
  for (JobRow& row : jobs_.select("jobs.study_instance_uid = ?1 AND jobs.digest <> ?2 AND jobs.state IN ('queued', 'leased')",
                                  job.identity.study_instance_uid, job.identity.digest)) {
    if (row.held()) jobs_.end_attempt(row, now, "cancelled");
    row.job.state = JobState::cancelled;
    row.job.outcome = "superseded";
    jobs_.save(row, now);
    jobs_.add_event(row.job.id, now, "superseded", "the study's images have changed", job.actor);
  }
}

bool SqliteQueue::revision_limit_reached(const std::string& study_instance_uid) {
  SqliteStatement statement(*connection_,
                            "SELECT COUNT(*) FROM jobs WHERE study_instance_uid = ?1 AND run = 0 "
                            "AND (outcome = 'delivered' OR state = 'delivering')",
                            study_instance_uid);
  std::int64_t reports = 0;
  if (statement.step()) statement.read(reports);
  return reports > settings_.automatic_revisions_max;  // the first report is no revision
}

JobId SqliteQueue::insert_job(const NewJob& job, std::int64_t now, const std::string& outcome) {
  JobRow row;
  row.job.identity = job.identity;
  row.job.orthanc_study_id = job.orthanc_study_id;
  row.job.rule_name = job.rule_name;
  row.job.state = outcome.empty() ? JobState::queued : JobState::done;
  row.job.outcome = outcome;
  row.job.lane = job.action.lane;
  row.job.created_wall_ms = row.job.updated_wall_ms = row.opened_wall_ms = now;
  row.job.due_wall_ms = place_in_lane(job.action.lane, now);
  row.job.finished_wall_ms = outcome.empty() ? 0 : now;
  row.job.uids = result_uids(job.identity);
  return jobs_.insert(row, job);
}

}  // namespace radfm::db
