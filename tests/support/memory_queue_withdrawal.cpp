// SPDX-License-Identifier: Apache-2.0
// A person takes a draft back; its note goes where the draft may be.
#include <algorithm>

#include "tests/support/memory_queue.h"

namespace radfm::db {

namespace {

// The note took the place of what was not known to have arrived: until there is a new one, it is shown again.
void show_report_at_its_destinations(MemoryJob& job) {
  for (const std::string& destination : job.report_begun_at) {
    if (find_delivery(job, std::string(report_role), destination) != nullptr) continue;
    Delivery delivery;
    delivery.role = report_role;
    delivery.destination = destination;
    delivery.sop_instance_uid = job.job.uids.sr_sop_instance_uid;
    delivery.send_started = true;
    job.deliveries.push_back(std::move(delivery));
  }
}

}  // namespace

Status MemoryQueue::withdraw(JobId id, RejectionReason reason, const std::string& why, const AskedBy& by) {
  const auto locked = lock();
  if (const std::optional<std::string> mistake = mistake_in_why(why)) return permanent_error("withdrawal_without_reason", *mistake);
  const Result<MemoryJob*> found = known(id, by);
  if (!found) return found.error();
  MemoryJob& job = **found;
  const bool under_way = job.job.state == JobState::delivering && job.job.withdrawal;
  const bool withdrawn = job.job.outcome == withdrawn_outcome;
  const bool could_be = job.job.state != JobState::queued && job.job.state != JobState::leased;
  if (!could_be || under_way || withdrawn || job.report_begun_at.empty()) {
    return permanent_error("wrong_state", "job " + std::to_string(id) + " is " + std::string(to_string(job.job.state)) +
                                              " and has no report that could be withdrawn now");
  }
  leave(job, "cancelled", nullptr);
  begin_anew(job);
  move(job, JobState::delivering);
  show_no_progress(job);
  // An earlier withdrawal's note has other words; the new one gets a note of its own.
  std::erase_if(job.outbox, [](const OutboxObject& each) { return each.role == rejection_role; });
  std::erase_if(job.deliveries, [](const Delivery& each) { return each.role == rejection_role; });
  show_report_at_its_destinations(job);
  job.job.withdrawal = Withdrawal{reason, why, by.actor, clock_.wall_ms()};
  record(id, "withdrawn", std::string(to_string(reason)) + ": " + why, by.actor);
  return {};
}

Status MemoryQueue::fill_rejection(const Lease& lease, const OutboxObject& note) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease, JobState::delivering);
  if (!held_job) return held_job.error();
  MemoryJob& job = **held_job;
  if (!job.job.withdrawal) broken_invariant("a note for a draft that nobody withdrew");
  if (note_stored(job)) return {};
  std::erase_if(job.deliveries, [](const Delivery& each) { return !each.delivered; });
  job.outbox.push_back(note);
  for (const std::string& destination : job.report_begun_at) {
    Delivery delivery;
    delivery.role = note.role;
    delivery.destination = destination;
    delivery.sop_instance_uid = note.sop_instance_uid;
    job.deliveries.push_back(std::move(delivery));
  }
  record(lease.job, "rejection_stored", "", "worker");
  return {};
}

}  // namespace radfm::db
