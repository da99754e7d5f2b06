// SPDX-License-Identifier: Apache-2.0
// What administrators do to jobs. Each act is an event with its actor.
#include "core/job.h"
#include "core/uid.h"
#include "db/queue_file.h"
#include "db/sqlite_claim_order.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

bool is_open(JobState state) {
  return state == JobState::queued || state == JobState::leased || state == JobState::delivering;
}

Error wrong_state(const Job& job, std::string_view what, std::string_view needs) {
  return permanent_error("wrong_state", "job " + std::to_string(job.id) + " is " + std::string(to_string(job.state)) + ": only a " +
                                            std::string(needs) + " job can be " + std::string(what));
}

}  // namespace

void SqliteQueue::start_counting_anew(JobRow& row, std::int64_t now) {
  Job& job = row.job;
  job.outcome.clear();
  job.poison_count = job.vanished_count = job.transient_count = 0;
  job.error_code.clear();
  job.error_message.clear();
  row.opened_wall_ms = now;
  job.due_wall_ms = place_in_lane(job.lane, now);
  row.waiting = false;
}

void SqliteQueue::begin_anew(JobRow& row, const std::string& event, const std::string& actor) {
  const std::int64_t now = clock_.wall_ms();
  row.job.state = JobState::queued;
  start_counting_anew(row, now);
  jobs_.save(row, now);
  jobs_.add_event(row.job.id, now, event, "", actor);
}

Status SqliteQueue::retry(JobId id, const AskedBy& by) {
  return write([&]() -> Status {
    Result<JobRow> row = known(id, by);
    if (!row) return row.error();
    const Job& job = row->job;
    if (job.state != JobState::dead && job.state != JobState::cancelled) return wrong_state(job, "retried", "dead or cancelled");
    begin_anew(*row, "retried", by.actor);
    return {};
  });
}

Result<JobId> SqliteQueue::rerun(JobId id, const AskedBy& by) {
  return write([&]() -> Result<JobId> {
    Result<JobRow> row = known(id, by);
    if (!row) return row.error();
    Job& job = row->job;
    if (is_open(job.state)) return wrong_state(job, "run again", "done, dead or cancelled");
    if (!jobs_.load_inputs(job)) {
      return permanent_error("job_unreadable", "job " + std::to_string(id) +
                                                   ": what it was made from cannot be read by this version; add the study again");
    }
    if (Status room = require_room(job.instances.size() * uid_length_max, sixteenths_for_studies); !room) return room.error();
    SqliteStatement statement(*connection_, "SELECT MAX(run) FROM jobs WHERE study_instance_uid = ?1 AND digest = ?2",
                              job.identity.study_instance_uid, job.identity.digest);
    int last_run = 0;
    if (statement.step()) statement.read(last_run);
    NewJob again;
    again.identity = job.identity;
    again.identity.run = last_run + 1;
    again.orthanc_study_id = job.orthanc_study_id;
    again.instances = job.instances;
    again.rule_name = job.rule_name;
    again.action = job.action;
    again.actor = by.actor;
    const std::int64_t now = clock_.wall_ms();
    const JobId new_id = insert_job(again, now, "");
    jobs_.add_event(id, now, "rerun", "as job " + std::to_string(new_id), by.actor);
    jobs_.add_event(new_id, now, "enqueued", "rerun of job " + std::to_string(id), by.actor);
    return new_id;
  });
}

Status SqliteQueue::cancel(JobId id, const AskedBy& by) {
  return write([&]() -> Status {
    Result<JobRow> row = known(id, by);
    if (!row) return row.error();
    if (!is_open(row->job.state)) return wrong_state(row->job, "cancelled", "queued, leased or delivering");
    const std::int64_t now = clock_.wall_ms();
    if (row->held()) jobs_.end_attempt(*row, now, "cancelled");
    row->job.state = JobState::cancelled;
    row->job.outcome = "cancelled";
    jobs_.save(*row, now);
    jobs_.add_event(id, now, "cancelled", "", by.actor);
    return {};
  });
}

Status SqliteQueue::rush(JobId id, const AskedBy& by) {
  return write([&]() -> Status {
    Result<JobRow> row = known(id, by);
    if (!row) return row.error();
    if (!is_open(row->job.state)) return wrong_state(row->job, "rushed", "queued, leased or delivering");
    const std::int64_t now = clock_.wall_ms();
    row->job.lane = Lane::stat;
    row->job.due_wall_ms = now;
    row->waiting = false;
    jobs_.save(*row, now);
    jobs_.add_event(id, now, "rushed", "", by.actor);
    return {};
  });
}

Status SqliteQueue::pause(const std::string& actor) {
  return write([&]() -> Status {
    const std::int64_t now = clock_.wall_ms();
    SqliteStatement(*connection_, "INSERT INTO pause (only_row, actor, wall_ms) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING", actor,
                    now)
        .run();
    if (connection_->changes() == 1) jobs_.add_event(0, now, "paused", "", actor);
    return {};
  });
}

Status SqliteQueue::resume(const std::string& actor) {
  return write([&]() -> Status {
    SqliteStatement(*connection_, "DELETE FROM pause").run();
    if (connection_->changes() == 1) jobs_.add_event(0, clock_.wall_ms(), "resumed", "", actor);
    return {};
  });
}

}  // namespace radfm::db
