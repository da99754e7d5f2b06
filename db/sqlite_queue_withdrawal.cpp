// SPDX-License-Identifier: Apache-2.0
// Drafts that people take back, and the note that follows them.
#include "core/job.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

Error cannot_be_withdrawn(const Job& job, const std::string& why) {
  return permanent_error("wrong_state", "job " + std::to_string(job.id) + " cannot be withdrawn: " + why);
}

}  // namespace

bool SqliteQueue::was_sent(JobId job) {
  return SqliteStatement(*connection_, "SELECT 1 FROM deliveries WHERE job = ?1 AND ((role = ?2 AND (send_started = 1 OR delivered = 1)) OR role = ?3)", job,
                         report_role, rejection_role)
      .step();
}

std::optional<Withdrawal> SqliteQueue::withdrawal_of(JobId job) {
  SqliteStatement statement(*connection_, "SELECT reason, why, actor, wall_ms FROM withdrawals WHERE job = ?1", job);
  if (!statement.step()) return std::nullopt;
  Withdrawal withdrawal;
  std::string reason;
  statement.read(reason, withdrawal.why, withdrawal.actor, withdrawal.wall_ms);
  const std::optional<RejectionReason> known_reason = parse_rejection_reason(reason);
  if (!known_reason) broken_invariant("the queue holds a withdrawal for an unknown reason");  // the schema's CHECK allows no other
  withdrawal.reason = *known_reason;
  return withdrawal;
}

Status SqliteQueue::withdraw(JobId id, RejectionReason reason, const std::string& why, const AskedBy& by) {
  if (const std::optional<std::string> mistake = mistake_in_why(why)) {
    return permanent_error("withdrawal_without_reason",
                           "why the draft is withdrawn stands in the note that the archives get; expected " + *mistake);
  }
  return write([&]() -> Status {
    Result<JobRow> row = known(id, by);
    if (!row) return row.error();
    Job& job = row->job;
    const bool begun = withdrawal_of(id).has_value();
    if (job.outcome == withdrawn_outcome) return cannot_be_withdrawn(job, "it is withdrawn already");
    if (begun && job.state == JobState::delivering) return cannot_be_withdrawn(job, "it is being withdrawn");
    if (job.state == JobState::queued || job.state == JobState::leased || !was_sent(id)) {
      return cannot_be_withdrawn(job, "nobody was sent its report; cancel it instead if it is still open");
    }
    if (SqliteStatement(*connection_, "SELECT 1 FROM outbox WHERE job = ?1 AND role = ?2 AND length(dicom) = 0", id, report_role).step()) {
      return permanent_error("results_purged", "job " + std::to_string(id) +
                                                   " cannot be withdrawn: its draft was removed after queue.keep_results_days, and the note "
                                                   "is made of it. Reject it by hand where it is stored, SOP Instance UID " +
                                                   job.uids.sr_sop_instance_uid);
    }
    const std::int64_t now = clock_.wall_ms();
    if (row->held()) jobs_.end_attempt(*row, now, "cancelled");
    SqliteStatement(*connection_,
                    "INSERT INTO withdrawals (job, reason, why, actor, wall_ms) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (job) DO UPDATE "
                    "SET reason = excluded.reason, why = excluded.why, actor = excluded.actor, wall_ms = excluded.wall_ms",
                    id, to_string(reason), why, by.actor, now)
        .run();
    // The note took the place of sends whose end nobody knows. Without them the next note would not go there.
    SqliteStatement(*connection_,
                    "INSERT INTO deliveries (job, role, destination, send_started) SELECT job, ?2, destination, 1 FROM deliveries "
                    "WHERE job = ?1 AND role = ?3 ON CONFLICT DO NOTHING",
                    id, report_role, rejection_role)
        .run();
    // A note of an earlier try that was given up says something else now. Nobody has it, or it would be refused as another's.
    SqliteStatement(*connection_, "DELETE FROM outbox WHERE job = ?1 AND role = ?2", id, rejection_role).run();
    job.state = JobState::delivering;
    row->holder.clear();
    start_counting_anew(*row, now);
    jobs_.save(*row, now);
    set_progress(id, JobStage::none, 0, 0, "");
    jobs_.add_event(id, now, "withdrawn", std::string(to_string(reason)) + ": " + why, by.actor);
    return {};
  });
}

Status SqliteQueue::fill_rejection(const Lease& lease, const OutboxObject& note) {
  if (note.role != rejection_role) broken_invariant("a withdrawal sends nothing but its note");
  return write([&]() -> Status {
    Result<JobRow> row = held(lease, JobState::delivering);
    if (!row) return row.error();
    if (!withdrawal_of(lease.job)) broken_invariant("a note for a draft that nobody withdrew");
    if (SqliteStatement(*connection_, "SELECT 1 FROM outbox WHERE job = ?1 AND role = ?2", lease.job, rejection_role).step()) return {};
    insert_outbox(lease.job, note);
    SqliteStatement(*connection_,
                    "INSERT INTO deliveries (job, role, destination) SELECT job, ?2, destination FROM deliveries "
                    "WHERE job = ?1 AND role = ?3 AND (send_started = 1 OR delivered = 1) ORDER BY rowid",
                    lease.job, rejection_role, report_role)
        .run();
    SqliteStatement(*connection_, "DELETE FROM deliveries WHERE job = ?1 AND role <> ?2 AND delivered = 0", lease.job, rejection_role).run();
    jobs_.add_event(lease.job, clock_.wall_ms(), "rejection_stored", note.sop_instance_uid, worker_actor);
    return {};
  });
}

}  // namespace radfm::db
