// SPDX-License-Identifier: Apache-2.0
// How an attempt ends: finished, failed by its error's class, or handed back.
#include "core/job.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {

Status SqliteQueue::finish(const Lease& lease, const std::string& outcome) {
  if (outcome.empty()) broken_invariant("a job is finished with an outcome");
  return write([&]() -> Status {
    const bool delivered = outcome == "delivered" || outcome == withdrawn_outcome;
    const bool was_sending = delivered || outcome.starts_with(withheld_prefix);
    Result<JobRow> row = held(lease, was_sending ? JobState::delivering : JobState::leased);
    if (!row) return row.error();
    const bool withdrawn = outcome == withdrawn_outcome;
    if (withdrawal_of(lease.job).has_value() != withdrawn) {
      const std::string why = withdrawn ? ": nobody has withdrawn its draft" : ": its draft was withdrawn";
      return permanent_error("wrong_state", "job " + std::to_string(lease.job) + why + ", so it cannot be called " + outcome);
    }
    if (delivered) {
      // The note's deliveries are open as long as there is no note.
      SqliteStatement statement(*connection_,
                                "SELECT (SELECT COUNT(*) FROM deliveries WHERE job = ?1 AND delivered = 0) + "
                                "(?2 AND NOT EXISTS (SELECT 1 FROM outbox WHERE job = ?1 AND role = ?3))",
                                lease.job, withdrawn, rejection_role);
      std::int64_t missing = 0;
      if (statement.step()) statement.read(missing);
      if (missing != 0) {
        return permanent_error("deliveries_open", "job " + std::to_string(lease.job) + ": " + std::to_string(missing) +
                                                      " deliveries are not done, so it cannot be called " + outcome);
      }
    }
    if (delivered) {
      // Pages are megabytes, and a delivered job sends nothing again: of its objects only the report's bytes are kept.
      SqliteStatement(*connection_, "UPDATE outbox SET dicom = x'' WHERE job = ?1 AND role <> 'sr'", lease.job).run();
    }
    const std::int64_t now = clock_.wall_ms();
    jobs_.end_attempt(*row, now, "done");
    // As settle_study() leaves it: a study that comes back to these images finds the job and opens it again.
    row->job.state = outcome == "superseded" ? JobState::cancelled : JobState::done;
    row->job.outcome = outcome;
    row->job.error_code.clear();
    row->job.error_message.clear();
    jobs_.save(*row, now);
    jobs_.add_event(lease.job, now, "done", outcome, worker_actor);
    return {};
  });
}

// Back into the queue, or, with its result in the outbox, still to be delivered but in nobody's hands.
void SqliteQueue::put_back(JobRow& row, std::int64_t wait_ms) {
  const std::int64_t now = clock_.wall_ms();
  if (row.job.state == JobState::leased) row.job.state = JobState::queued;
  row.holder.clear();
  if (wait_ms > 0) {
    row.waiting = true;
    row.job.due_wall_ms = now + wait_ms;
  }  // else it keeps its place in the order
  jobs_.save(row, now);
}

void SqliteQueue::bury(JobRow& row, const Error& error, std::string_view ended_as) {
  const std::int64_t now = clock_.wall_ms();
  jobs_.end_attempt(row, now, ended_as, &error);
  row.job.state = JobState::dead;
  row.job.error_code = error.code;
  row.job.error_message = cut_message(error.message);
  jobs_.save(row, now);
  jobs_.add_event(row.job.id, now, "dead", error.code + ": " + error.message, worker_actor);
}

void SqliteQueue::count_vanished(JobRow& row, const Error& error, std::string_view ended_as) {
  const std::int64_t now = clock_.wall_ms();
  row.job.vanished_count += 1;
  row.job.error_code = error.code;
  row.job.error_message = cut_message(error.message);
  if (row.job.vanished_count >= settings_.vanished_limit) return bury(row, error, ended_as);
  jobs_.end_attempt(row, now, ended_as, &error);
  const int beyond = row.job.vanished_count - settings_.vanished_backoff_from + 1;
  put_back(row, beyond > 0 ? wait_ms(beyond) : 0);
  jobs_.add_event(row.job.id, now, std::string(ended_as), error.message, worker_actor);
}

Status SqliteQueue::fail(const Lease& lease, const Error& error) {
  return write([&]() -> Status {
    Result<JobRow> held_row = held(lease);
    if (!held_row) return held_row.error();
    JobRow& row = *held_row;
    row.job.error_code = error.code;
    row.job.error_message = cut_message(error.message);
    std::int64_t wait = 0;
    switch (error.error_class) {
      case ErrorClass::permanent:
        bury(row, error);
        return {};
      case ErrorClass::vanished:
        count_vanished(row, error, "failed");
        return {};
      case ErrorClass::poison:
        row.job.poison_count += 1;
        if (row.job.poison_count >= settings_.poison_limit) {
          bury(row, error);
          return {};
        }
        wait = wait_ms(row.job.poison_count);
        break;
      case ErrorClass::transient:
        row.job.transient_count += 1;
        wait = wait_ms(row.job.transient_count);
        break;
      case ErrorClass::cancelled:  // still ours, so nobody cancelled the job itself: the attempt was given up
        wait = settings_.backoff_first_ms;
        break;
    }
    const std::int64_t now = clock_.wall_ms();
    jobs_.end_attempt(row, now, "failed", &error);
    put_back(row, wait);
    jobs_.add_event(lease.job, now, "failed",
                    error.code + ": " + error.message + " (tried again in " + std::to_string(wait) + " ms)", worker_actor);
    return {};
  });
}

Status SqliteQueue::release(const Lease& lease, const std::string& why) {
  return write([&]() -> Status {
    Result<JobRow> row = held(lease);
    if (!row) return row.error();
    const std::int64_t now = clock_.wall_ms();
    jobs_.end_attempt(*row, now, "released");
    row->job.attempts -= 1;
    put_back(*row, 0);
    jobs_.add_event(lease.job, now, "released", why, worker_actor);
    return {};
  });
}

}  // namespace radfm::db
