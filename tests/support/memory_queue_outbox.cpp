// SPDX-License-Identifier: Apache-2.0
// Finished objects and where they have to go.
#include <algorithm>

#include "tests/support/memory_queue.h"

namespace radfm::db {
namespace {

void remember_that_it_may_be_there(MemoryJob& job, const Delivery& delivery) {
  std::vector<std::string>& begun = job.report_begun_at;
  if (delivery.role != report_role || std::ranges::find(begun, delivery.destination) != begun.end()) return;
  begun.push_back(delivery.destination);
}

}  // namespace

Result<Queue::Revision> MemoryQueue::next_revision(const Lease& lease) {
  const auto locked = lock();
  const Result<MemoryJob*> job = held(lease);
  if (!job) return job.error();
  return revision_after(**job);
}

Queue::Revision MemoryQueue::revision_after(const MemoryJob& job) const {
  const MemoryJob* last = nullptr;
  int used = 0;
  for (const auto& [id, other] : store_->jobs) {
    if (id == job.job.id || other.job.identity.study_instance_uid != job.job.identity.study_instance_uid) continue;
    if (other.job.revision == 0) continue;
    const bool on_its_way = other.job.state == JobState::delivering;
    if (on_its_way || other.job.withdrawal || is_begun(other)) used = std::max(used, other.job.revision);
    if (other.job.withdrawal || !(on_its_way || report_arrived(other))) continue;
    if (last == nullptr || other.job.revision > last->job.revision) last = &other;
  }
  Revision next;
  next.number = used + 1;
  if (last == nullptr) return next;
  next.predecessor_sop_instance_uid = last->job.uids.sr_sop_instance_uid;
  next.predecessor_series_instance_uid = last->job.uids.series_instance_uid;
  const OutboxObject* report = stored_report(*last);
  if (report != nullptr) next.predecessor_sop_class_uid = report->sop_class_uid;
  next.last_input_digest = last->job.input_digest;
  return next;
}

Status MemoryQueue::fill_outbox(const Lease& lease, const Revision& revision, const std::vector<OutboxObject>& objects,
                                const std::vector<std::string>& destinations, const std::string& report_text) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease, JobState::leased);
  if (!held_job) return held_job.error();
  MemoryJob& job = **held_job;
  if (revision_after(job) != revision) {
    return cancelled_error("revision_moved", "another report of the study came between: build it again");
  }
  for (const OutboxObject& object : objects) {
    if (object.role == report_role && object.sop_instance_uid != job.job.uids.sr_sop_instance_uid) {
      return permanent_error("uid_mismatch", "the report bears another UID than the one fixed at enqueue");
    }
  }
  move(job, JobState::delivering);
  job.outbox = objects;
  for (OutboxObject& object : job.outbox) object.destinations.clear();  // the deliveries say where it goes
  job.deliveries.clear();
  for (const OutboxObject& object : objects) {
    for (const std::string& destination : destinations) {
      const std::vector<std::string>& fewer = object.destinations;
      if (!fewer.empty() && std::ranges::find(fewer, destination) == fewer.end()) continue;
      Delivery delivery;
      delivery.role = object.role;
      delivery.destination = destination;
      delivery.sop_instance_uid = object.sop_instance_uid;
      job.deliveries.push_back(std::move(delivery));
    }
  }
  job.job.revision = revision.number;
  job.job.predecessor_sop_instance_uid = revision.predecessor_sop_instance_uid;
  job.job.predecessor_series_instance_uid = revision.predecessor_series_instance_uid;
  job.job.report_text = report_text;
  job.job.stage = JobStage::delivering;
  job.job.progress_done = job.job.progress_of = 0;
  job.job.transient_count = 0;  // the waits of sending begin small again
  record(lease.job, "result_stored", "", "worker");
  return {};
}

Result<std::vector<OutboxObject>> MemoryQueue::outbox(JobId job) {
  const auto locked = lock();
  const auto found = store_->jobs.find(job);
  return found == store_->jobs.end() ? std::vector<OutboxObject>{} : found->second.outbox;
}

Result<std::vector<Delivery>> MemoryQueue::deliveries(JobId job) {
  const auto locked = lock();
  const auto found = store_->jobs.find(job);
  if (found == store_->jobs.end()) return std::vector<Delivery>{};
  std::vector<Delivery> answer = found->second.deliveries;
  for (Delivery& delivery : answer) delivery.predecessor_waits = predecessor_waits(found->second, delivery);
  return answer;
}

bool MemoryQueue::predecessor_waits(const MemoryJob& job, const Delivery& delivery) const {
  return std::ranges::any_of(store_->jobs, [&](const auto& each) {
    const MemoryJob& earlier = each.second;
    if (earlier.job.identity.study_instance_uid != job.job.identity.study_instance_uid) return false;
    if (earlier.job.state != JobState::delivering) return false;
    if (earlier.job.revision == 0 || earlier.job.revision >= job.job.revision) return false;
    return std::ranges::any_of(earlier.deliveries, [&](const Delivery& its) {
      return its.destination == delivery.destination && !its.delivered;
    });
  });
}

Status MemoryQueue::begin_send(const Lease& lease, const std::string& role, const std::string& destination,
                               std::int64_t send_timeout_ms) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease, JobState::delivering);
  if (!held_job) return held_job.error();
  MemoryJob& job = **held_job;
  Delivery* delivery = find_delivery(job, role, destination);
  if (delivery == nullptr || (job.job.withdrawal && role != rejection_role)) {
    return permanent_error("no_such_delivery", role + " is not to be sent to " + destination);
  }
  delivery->send_started = true;
  ++delivery->tries;
  remember_that_it_may_be_there(job, *delivery);
  extend(*job.holding, send_timeout_ms + settings_.lease_ms);
  record(lease.job, "send_begun", role + " to " + destination, "worker");
  return {};
}

Status MemoryQueue::end_send(const Lease& lease, const std::string& role, const std::string& destination, bool delivered,
                             const std::string& error) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease, JobState::delivering);
  if (!held_job) return held_job.error();
  Delivery* delivery = find_delivery(**held_job, role, destination);
  if (delivery == nullptr) return permanent_error("no_such_delivery", role + " is not to be sent to " + destination);
  delivery->delivered = delivery->delivered || delivered;
  if (delivered) remember_that_it_may_be_there(**held_job, *delivery);  // found there, though no send of ours was begun
  delivery->error = delivered ? "" : error;
  (*held_job)->holding->ends_boot_ms = clock_.boot_ms() + settings_.lease_ms;  // what begin_send granted is over
  record(lease.job, delivered ? "sent" : "send_failed", role + " to " + destination, "worker");
  return {};
}

Status MemoryQueue::give_up_send(const Lease& lease, const std::string& role, const std::string& destination, const std::string& why) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease, JobState::delivering);
  if (!held_job) return held_job.error();
  MemoryJob& job = **held_job;
  const Delivery* delivery = find_delivery(job, role, destination);
  if (delivery == nullptr || delivery->delivered || role == report_role || role == rejection_role) {
    return permanent_error("no_such_delivery", role + " to " + destination + " cannot be given up");
  }
  std::erase_if(job.deliveries, [&](const Delivery& each) { return each.role == role && each.destination == destination; });
  record(lease.job, "send_given_up", role + " to " + destination + ": " + why, "worker");
  return {};
}

}  // namespace radfm::db
