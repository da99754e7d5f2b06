// SPDX-License-Identifier: Apache-2.0
// What an administrator does to jobs and to the queue.
#include <algorithm>

#include "tests/support/memory_queue.h"

namespace radfm::db {
namespace {

Error wrong_state(const Job& job, const std::string& act) {
  return permanent_error("wrong_state", "job " + std::to_string(job.id) + " is " + std::string(to_string(job.state)) + ": no " + act);
}

bool can_be_retried(const Job& job) { return job.state == JobState::dead || job.state == JobState::cancelled; }

}  // namespace

Status MemoryQueue::retry(JobId id, const AskedBy& by) {
  const auto locked = lock();
  const Result<MemoryJob*> job = known(id, by);
  if (!job) return job.error();
  if (!can_be_retried((*job)->job)) return wrong_state((*job)->job, "retry");
  begin_anew(**job);
  move(**job, JobState::queued);
  record(id, "retried", "", by.actor);
  return {};
}

Status MemoryQueue::release_held(JobId id, const AskedBy& by) {
  const auto locked = lock();
  const Result<MemoryJob*> job = known(id, by);
  if (!job) return job.error();
  if ((*job)->job.state != JobState::dead || (*job)->job.held_text.empty()) return wrong_state((*job)->job, "release of a held text");
  begin_anew(**job);
  move(**job, JobState::queued);
  (*job)->job.held_released_by = by.actor;
  record(id, "held_text_released", "", by.actor);
  return {};
}

Result<JobId> MemoryQueue::rerun(JobId id, const AskedBy& by) {
  const auto locked = lock();
  const Result<MemoryJob*> found = known(id, by);
  if (!found) return found.error();
  const Job& old = (*found)->job;
  if (old.state != JobState::done && !can_be_retried(old)) return wrong_state(old, "rerun");
  NewJob next;
  next.identity = old.identity;
  for (const auto& [other_id, each] : store_->jobs) {
    const JobIdentity& other = each.job.identity;
    if (other.study_instance_uid != old.identity.study_instance_uid || other.digest != old.identity.digest) continue;
    next.identity.run = std::max(next.identity.run, other.run);
  }
  ++next.identity.run;
  next.orthanc_study_id = old.orthanc_study_id;
  next.instances = old.instances;
  next.rule_name = old.rule_name;
  next.action = old.action;
  const MemoryJob& made = make_job(next, "");
  record(made.job.id, "enqueued", "rerun of job " + std::to_string(id), by.actor);
  record(id, "rerun", "as job " + std::to_string(made.job.id), by.actor);
  return made.job.id;
}

Status MemoryQueue::cancel(JobId id, const AskedBy& by) {
  const auto locked = lock();
  const Result<MemoryJob*> job = known(id, by);
  if (!job) return job.error();
  if (!is_legal((*job)->job.state, JobState::cancelled)) return wrong_state((*job)->job, "cancel");
  leave(**job, "cancelled", nullptr);
  end(**job, JobState::cancelled, "cancelled");
  record(id, "cancelled", "", by.actor);
  return {};
}

Status MemoryQueue::rush(JobId id, const AskedBy& by) {
  const auto locked = lock();
  const Result<MemoryJob*> found = known(id, by);
  if (!found) return found.error();
  MemoryJob& job = **found;
  if (job.job.state == JobState::done || can_be_retried(job.job)) return wrong_state(job.job, "rush");
  job.job.lane = Lane::stat;
  job.job.due_wall_ms = clock_.wall_ms();
  job.waits_until_wall_ms.reset();
  record(id, "rushed", "", by.actor);
  return {};
}

Status MemoryQueue::pause(const std::string& actor) {
  const auto locked = lock();
  if (store_->paused_by) return {};
  store_->paused_by = actor;
  record(0, "paused", "", actor);
  return {};
}

Status MemoryQueue::resume(const std::string& actor) {
  const auto locked = lock();
  if (!store_->paused_by) return {};
  store_->paused_by.reset();
  record(0, "resumed", "", actor);
  return {};
}

}  // namespace radfm::db
