// SPDX-License-Identifier: Apache-2.0
// The outbox: finished objects and where they still have to go.
#include <algorithm>

#include "core/job.h"
#include "db/queue_file.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

Error no_such_delivery(JobId job) {
  return permanent_error("no_such_delivery", "job " + std::to_string(job) + ": it has no such object or destination");
}

bool goes_to(const OutboxObject& object, const std::string& destination) {
  return object.destinations.empty() || std::ranges::find(object.destinations, destination) != object.destinations.end();
}

}  // namespace

// What follows the study's last report, be it delivered or on its way.
Queue::Revision SqliteQueue::revision_after(const Job& job) {
  Revision revision;
  // A report that may be somewhere has its number for good.
  SqliteStatement numbers(*connection_,
                          "SELECT MAX(revision) FROM jobs WHERE study_instance_uid = ?1 AND id <> ?2 AND (outcome IN ('delivered', 'withdrawn') "
                          "OR state = 'delivering' OR EXISTS (SELECT 1 FROM deliveries WHERE job = jobs.id AND (send_started = 1 OR delivered = 1)) "
                          "OR EXISTS (SELECT 1 FROM withdrawals WHERE job = jobs.id))",
                          job.identity.study_instance_uid, job.id);
  int last_number = 0;
  if (numbers.step()) numbers.read(last_number);
  revision.number = last_number + 1;
  const std::vector<JobRow> last =
      jobs_.select("jobs.study_instance_uid = ?1 AND jobs.id <> ?2 AND (jobs.outcome = 'delivered' OR jobs.state = 'delivering' "
                   "OR EXISTS (SELECT 1 FROM deliveries WHERE job = jobs.id AND role = 'sr' AND delivered = 1)) "
                   "AND NOT EXISTS (SELECT 1 FROM withdrawals WHERE job = jobs.id) ORDER BY jobs.revision DESC LIMIT 1",
                   job.identity.study_instance_uid, job.id);
  if (last.empty()) return revision;
  const Job& before = last.front().job;
  revision.predecessor_sop_instance_uid = before.uids.sr_sop_instance_uid;
  revision.predecessor_series_instance_uid = before.uids.series_instance_uid;
  SqliteStatement sent(*connection_, "SELECT sop_class_uid FROM outbox WHERE job = ?1 AND sop_instance_uid = ?2", before.id,
                       before.uids.sr_sop_instance_uid);
  if (sent.step()) sent.read(revision.predecessor_sop_class_uid);
  revision.last_input_digest = before.input_digest;
  return revision;
}

Result<Queue::Revision> SqliteQueue::next_revision(const Lease& lease) {
  return read([&]() -> Result<Revision> {
    const Result<JobRow> row = held(lease);
    if (!row) return row.error();
    return revision_after(row->job);
  });
}

Status SqliteQueue::fill_outbox(const Lease& lease, const Revision& revision, const std::vector<OutboxObject>& objects,
                                const std::vector<std::string>& destinations, const std::string& report_text) {
  if (objects.empty() || destinations.empty()) broken_invariant("a result has objects and somewhere to go");
  return write([&]() -> Status {
    Result<JobRow> row = held(lease, JobState::leased);
    if (!row) return row.error();
    Job& job = row->job;
    if (!(revision == revision_after(job))) {
      return cancelled_error("revision_moved", "job " + std::to_string(lease.job) +
                                                   ": another report of the study was delivered meanwhile; build this one again");
    }
    for (const OutboxObject& object : objects) {
      if (object.role == report_role && object.sop_instance_uid != job.uids.sr_sop_instance_uid) {
        return permanent_error("uid_mismatch", "job " + std::to_string(lease.job) +
                                                   ": the report does not bear the UID that was fixed when it was enqueued");
      }
    }
    forget_outbox(lease.job);
    std::size_t bytes = report_text.size();
    for (const OutboxObject& object : objects) bytes += object.dicom.size();
    if (Status room = require_room(bytes, sixteenths_for_results); !room) return room;
    for (const OutboxObject& object : objects) {
      insert_outbox(lease.job, object);
      for (const std::string& destination : destinations) {
        if (!goes_to(object, destination)) continue;
        SqliteStatement(*connection_, "INSERT INTO deliveries (job, role, destination) VALUES (?1, ?2, ?3)", lease.job,
                        object.role, destination)
            .run();
      }
    }
    SqliteStatement(*connection_,
                    "INSERT INTO job_results (job, report_text) VALUES (?1, ?2) "
                    "ON CONFLICT (job) DO UPDATE SET report_text = excluded.report_text",
                    lease.job, report_text)
        .run();
    const std::int64_t now = clock_.wall_ms();
    job.state = JobState::delivering;
    job.revision = revision.number;
    job.predecessor_sop_instance_uid = revision.predecessor_sop_instance_uid;
    job.predecessor_series_instance_uid = revision.predecessor_series_instance_uid;
    job.transient_count = 0;  // waits for a destination begin small again
    jobs_.save(*row, now);
    set_progress(lease.job, JobStage::delivering, 0, 0, "");
    jobs_.add_event(lease.job, now, "result_stored", "revision " + std::to_string(revision.number), worker_actor);
    return {};
  });
}

// A job that an administrator retried may still have its result. One that may be somewhere is never made anew under the same
// UID; another one is good as long as its place in the study's row of revisions is free. Then the model is not asked again.
// `row` is leased to the new holder.
bool SqliteQueue::resume_delivery(JobRow& row) {
  Job& job = row.job;
  if (job.revision == 0) return false;
  const Revision next = revision_after(job);
  const bool stored = SqliteStatement(*connection_, "SELECT 1 FROM outbox WHERE job = ?1", job.id).step();
  const bool is_begun =
      SqliteStatement(*connection_, "SELECT 1 FROM deliveries WHERE job = ?1 AND (send_started = 1 OR delivered = 1)", job.id).step();
  const bool in_its_place = job.revision == next.number && job.predecessor_sop_instance_uid == next.predecessor_sop_instance_uid;
  const bool good = stored && (in_its_place || is_begun || withdrawal_of(job.id));
  if (good) {
    job.state = JobState::delivering;
    set_progress(job.id, JobStage::delivering, 0, 0, "");
  } else {
    forget_outbox(job.id);
    SqliteStatement(*connection_, "UPDATE job_results SET report_text = '' WHERE job = ?1", job.id).run();
    job.revision = 0;
    job.predecessor_sop_instance_uid.clear();
    job.predecessor_series_instance_uid.clear();
  }
  jobs_.save(row, clock_.wall_ms());
  return good;
}

void SqliteQueue::insert_outbox(JobId job, const OutboxObject& object) {
  SqliteStatement(*connection_, "INSERT INTO outbox (job, role, sop_class_uid, sop_instance_uid, dicom) VALUES (?1, ?2, ?3, ?4, ?5)", job,
                  object.role, object.sop_class_uid, object.sop_instance_uid, object.dicom)
      .run();
}

void SqliteQueue::forget_outbox(JobId job) {
  SqliteStatement(*connection_, "DELETE FROM outbox WHERE job = ?1", job).run();  // deliveries go with it
}

Result<std::vector<OutboxObject>> SqliteQueue::outbox(JobId job) {
  return read([&]() -> Result<std::vector<OutboxObject>> {
    SqliteStatement statement(*connection_,
                              "SELECT role, sop_class_uid, sop_instance_uid, dicom FROM outbox WHERE job = ?1 ORDER BY rowid",
                              job);
    std::vector<OutboxObject> objects;
    while (statement.step()) {
      OutboxObject& object = objects.emplace_back();
      statement.read(object.role, object.sop_class_uid, object.sop_instance_uid, object.dicom);
    }
    return objects;
  });
}

Result<std::vector<Delivery>> SqliteQueue::deliveries(JobId job) {
  return read([&]() -> Result<std::vector<Delivery>> {
    SqliteStatement statement(*connection_,
                              "SELECT deliveries.role, destination, sop_instance_uid, send_started, delivered, tries, error, "
                              "EXISTS (SELECT 1 FROM jobs AS ours JOIN jobs AS earlier USING (study_instance_uid) "
                              "JOIN deliveries AS waits ON waits.job = earlier.id WHERE ours.id = ?1 "
                              "AND earlier.state = 'delivering' AND earlier.revision < ours.revision "
                              "AND waits.destination = deliveries.destination AND waits.delivered = 0) "
                              "FROM deliveries JOIN outbox USING (job, role) WHERE deliveries.job = ?1 ORDER BY deliveries.rowid",
                              job);
    std::vector<Delivery> deliveries;
    while (statement.step()) {
      Delivery& delivery = deliveries.emplace_back();
      statement.read(delivery.role, delivery.destination, delivery.sop_instance_uid, delivery.send_started,
                     delivery.delivered, delivery.tries, delivery.error, delivery.predecessor_waits);
    }
    return deliveries;
  });
}

Status SqliteQueue::begin_send(const Lease& lease, const std::string& role, const std::string& destination,
                               std::int64_t send_timeout_ms) {
  return write([&]() -> Status {
    Result<JobRow> row = held(lease, JobState::delivering);
    if (!row) return row.error();
    if (role != rejection_role && withdrawal_of(lease.job)) return no_such_delivery(lease.job);  // only its note is sent any more
    SqliteStatement(*connection_,
                    "UPDATE deliveries SET send_started = 1, tries = tries + 1 WHERE job = ?1 AND role = ?2 AND destination = ?3",
                    lease.job, role, destination)
        .run();
    if (connection_->changes() != 1) return no_such_delivery(lease.job);
    const std::int64_t now = clock_.wall_ms();
    row->lease_until_boot_ms =
        std::max(row->lease_until_boot_ms, clock_.boot_ms() + std::max<std::int64_t>(send_timeout_ms, 0) + settings_.lease_ms);
    jobs_.save(*row, now);
    jobs_.add_event(lease.job, now, "send_begun", role + " to " + destination, worker_actor);
    return {};
  });
}

Status SqliteQueue::end_send(const Lease& lease, const std::string& role, const std::string& destination, bool delivered,
                             const std::string& error) {
  return write([&]() -> Status {
    Result<JobRow> row = held(lease, JobState::delivering);
    if (!row) return row.error();
    // What a destination has, it has: a later failure does not take that back.
    SqliteStatement(*connection_,
                    "UPDATE deliveries SET delivered = MAX(delivered, ?4), error = ?5 "
                    "WHERE job = ?1 AND role = ?2 AND destination = ?3",
                    lease.job, role, destination, delivered, delivered ? std::string() : cut_message(error))
        .run();
    if (connection_->changes() != 1) return no_such_delivery(lease.job);
    const std::int64_t now = clock_.wall_ms();
    row->lease_until_boot_ms = clock_.boot_ms() + settings_.lease_ms;  // what begin_send granted is over
    jobs_.save(*row, now);
    jobs_.add_event(lease.job, now, delivered ? "sent" : "send_failed",
                    role + " to " + destination + (error.empty() ? "" : ": " + error), worker_actor);
    return {};
  });
}

Status SqliteQueue::give_up_send(const Lease& lease, const std::string& role, const std::string& destination, const std::string& why) {
  if (role == report_role || role == rejection_role) broken_invariant("neither the report nor the note that withdraws it is given up");
  return write([&]() -> Status {
    if (Result<JobRow> row = held(lease, JobState::delivering); !row) return row.error();
    SqliteStatement(*connection_, "DELETE FROM deliveries WHERE job = ?1 AND role = ?2 AND destination = ?3 AND delivered = 0",
                    lease.job, role, destination)
        .run();
    if (connection_->changes() != 1) return no_such_delivery(lease.job);
    jobs_.add_event(lease.job, clock_.wall_ms(), "send_given_up", role + " to " + destination + ": " + why, worker_actor);
    return {};
  });
}

}  // namespace radfm::db
