// SPDX-License-Identifier: Apache-2.0
// How a holder's time with a job ends: finished, failed, given back, or taken away.
#include <algorithm>

#include "tests/support/memory_queue.h"

namespace radfm::db {

Result<int> MemoryQueue::reclaim(const std::vector<std::string>& dead_holders) {
  const auto locked = lock();
  int taken_back = 0;
  for (auto& [id, each] : store_->jobs) {
    if (!each.holding) continue;
    const bool ran_out = each.holding->boot_id != clock_.boot_id() || clock_.boot_ms() >= each.holding->ends_boot_ms;
    if (!ran_out && std::ranges::find(dead_holders, each.holding->holder) == dead_holders.end()) continue;
    const Error error = vanished_error("worker_vanished", "the worker vanished in stage " + std::string(to_string(each.job.stage)));
    leave(each, "reclaimed", &error);
    count_vanished(each, error);
    if (each.job.state != JobState::dead) record(id, "reclaimed", error.message, "worker");
    ++taken_back;
  }
  return taken_back;
}

void MemoryQueue::count_vanished(MemoryJob& job, const Error& error) {
  const int times = ++job.job.vanished_count;
  if (times >= settings_.vanished_limit) {
    bury(job, error);
  } else if (times >= settings_.vanished_backoff_from) {
    put_back_to_wait(job, wait_ms(times - settings_.vanished_backoff_from + 1));
  } else {
    put_back(job);
  }
}

void MemoryQueue::bury(MemoryJob& job, const Error& error) {
  end(job, JobState::dead, "");
  record(job.job.id, "dead", error.code + ": " + error.message, "worker");
}

Status MemoryQueue::finish(const Lease& lease, const std::string& outcome) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease);
  if (!held_job) return held_job.error();
  MemoryJob& job = **held_job;
  const bool sent = outcome == "delivered" || outcome == withdrawn_outcome;
  const bool of_a_stored_result = sent || outcome.starts_with(withheld_prefix);
  if (of_a_stored_result != (job.job.state == JobState::delivering)) {
    return permanent_error("wrong_state", "a job that is " + std::string(to_string(job.job.state)) + " cannot become " + outcome);
  }
  if (job.job.withdrawal.has_value() != (outcome == withdrawn_outcome)) {
    return permanent_error("wrong_state", "a draft is withdrawn when a person has asked for it, and then nothing else");
  }
  const bool note_missing = outcome == withdrawn_outcome && !note_stored(job);
  if (sent && (note_missing || !std::ranges::all_of(job.deliveries, &Delivery::delivered))) {
    return permanent_error("deliveries_open", "not every destination has every object");
  }
  for (OutboxObject& object : job.outbox) {
    if (sent && object.role != report_role) object.dicom.clear();
  }
  leave(job, "done", nullptr);
  job.job.error_code.clear();
  job.job.error_message.clear();
  // A job that is superseded is so whoever noticed it: the study may come back to its images.
  end(job, outcome == "superseded" ? JobState::cancelled : JobState::done, outcome);
  record(lease.job, "done", outcome, "worker");
  return {};
}

Status MemoryQueue::fail(const Lease& lease, const Error& error) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease);
  if (!held_job) return held_job.error();
  MemoryJob& job = **held_job;
  leave(job, "failed", &error);
  switch (error.error_class) {
    case ErrorClass::transient: put_back_to_wait(job, wait_ms(++job.job.transient_count)); break;
    case ErrorClass::poison:
      if (++job.job.poison_count >= settings_.poison_limit) {
        bury(job, error);
      } else {
        put_back_to_wait(job, wait_ms(job.job.poison_count));
      }
      break;
    case ErrorClass::vanished: count_vanished(job, error); break;
    case ErrorClass::permanent: bury(job, error); break;
    case ErrorClass::cancelled: put_back_to_wait(job, settings_.backoff_first_ms); break;
  }
  if (job.job.state != JobState::dead) record(lease.job, "failed", error.code + ": " + error.message, "worker");
  return {};
}

Status MemoryQueue::release(const Lease& lease, const std::string& why) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease);
  if (!held_job) return held_job.error();
  MemoryJob& job = **held_job;
  leave(job, "released", nullptr);
  --job.job.attempts;
  put_back(job);
  record(lease.job, "released", why, "worker");
  return {};
}

}  // namespace radfm::db
