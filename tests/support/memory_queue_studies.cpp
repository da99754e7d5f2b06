// SPDX-License-Identifier: Apache-2.0
// The plugin's side: changes become pending studies, pending studies become jobs.
#include <algorithm>

#include "tests/support/memory_queue.h"

namespace radfm::db {
namespace {

bool written_before_a_step_back(const MemoryPendingStudy& pending, std::int64_t now_wall_ms) {
  constexpr std::int64_t small_step_ms = 60'000;  // as synchronised clocks make it; a study may wait that long
  return pending.written_wall_ms > now_wall_ms + small_step_ms;
}

}  // namespace

Result<std::optional<std::int64_t>> MemoryQueue::change_cursor() {
  const auto locked = lock();
  return store_->cursor;
}

Status MemoryQueue::take_changes(std::int64_t cursor, const std::vector<PendingStudy>& studies) {
  const auto locked = lock();
  for (const PendingStudy& study : studies) {
    const auto [place, is_new] = store_->pending.try_emplace(study.orthanc_study_id);
    const bool keeps = !is_new && study.sooner && place->second.due_wall_ms <= study.due_wall_ms;
    place->second = {keeps ? place->second.due_wall_ms : study.due_wall_ms, clock_.wall_ms()};
  }
  store_->cursor = cursor;
  return {};
}

Result<std::vector<PendingStudy>> MemoryQueue::due_studies(std::int64_t now_wall_ms, int limit) {
  const auto locked = lock();
  std::vector<PendingStudy> due;
  for (const auto& [study, pending] : store_->pending) {
    if (written_before_a_step_back(pending, now_wall_ms) || pending.due_wall_ms <= now_wall_ms) due.push_back({study, pending.due_wall_ms});
  }
  std::ranges::stable_sort(due, {}, &PendingStudy::due_wall_ms);
  if (due.size() > static_cast<std::size_t>(std::max(limit, 0))) due.resize(static_cast<std::size_t>(std::max(limit, 0)));
  return due;
}

Result<std::optional<std::int64_t>> MemoryQueue::next_due_study_ms() {
  const auto locked = lock();
  std::optional<std::int64_t> next;
  for (const auto& [study, pending] : store_->pending) {
    const bool set_back = written_before_a_step_back(pending, clock_.wall_ms());
    const std::int64_t due = set_back ? std::min(clock_.wall_ms(), pending.due_wall_ms) : pending.due_wall_ms;
    next = std::min(next.value_or(due), due);
  }
  return next;
}

Status MemoryQueue::postpone_study(const std::string& orthanc_study_id, std::int64_t due_wall_ms) {
  const auto locked = lock();
  const auto found = store_->pending.find(orthanc_study_id);
  if (found != store_->pending.end()) found->second = {due_wall_ms, clock_.wall_ms()};
  return {};
}

Result<EnqueueResult> MemoryQueue::settle_study(const std::string& orthanc_study_id, const NewJob& job) {
  const auto locked = lock();
  Result<EnqueueResult> result = enqueue(job, true);
  if (result.ok()) store_->pending.erase(orthanc_study_id);
  return result;
}

Result<std::vector<EnqueueResult>> MemoryQueue::settle_studies(const std::vector<NewJob>& jobs) {
  std::vector<EnqueueResult> results;
  for (const NewJob& job : jobs) results.push_back(*settle_study(job.orthanc_study_id, job));  // here it never fails
  return results;
}

Result<EnqueueResult> MemoryQueue::add(const NewJob& job) {
  const auto locked = lock();
  return enqueue(job, false);
}

Status MemoryQueue::forget_study(const std::string& orthanc_study_id) {
  const auto locked = lock();
  store_->pending.erase(orthanc_study_id);
  return {};
}

Status MemoryQueue::set_plugin_note(const std::string& note) {
  const auto locked = lock();
  store_->plugin_note = note;
  return {};
}

Result<EnqueueResult> MemoryQueue::enqueue(const NewJob& job, bool limit_revisions) {
  if (job.identity.run != 0) broken_invariant("only an administrator's rerun has a run other than 0");
  const auto same = std::ranges::find_if(store_->jobs, [&](const auto& each) { return each.second.job.identity == job.identity; });
  if (same != store_->jobs.end()) {
    meet_again(same->second, job);
    return EnqueueResult::existed;
  }
  supersede_others(job);
  std::string outcome;
  if (!job.skip.empty()) {
    outcome = "skipped: " + job.skip;
  } else if (limit_revisions && revisions_used_up(job.identity.study_instance_uid)) {
    outcome = "skipped: revision_limit";
  }
  MemoryJob& made = make_job(job, outcome);
  record(made.job.id, outcome.empty() ? "enqueued" : "skipped", outcome + " " + job.skip_detail, job.actor);
  return EnqueueResult::created;
}

void MemoryQueue::meet_again(MemoryJob& known, const NewJob& job) {
  const bool superseded = known.job.state == JobState::cancelled && known.job.outcome == "superseded";
  const bool given_up = !superseded && (known.job.state == JobState::cancelled || known.job.state == JobState::dead);
  if (!given_up) supersede_others(job);
  if (!superseded || !job.skip.empty()) return;
  move(known, JobState::queued);
  open_now(known);
  record(known.job.id, "reopened", "", job.actor);
}

// They are of images that are no longer the study's.
void MemoryQueue::supersede_others(const NewJob& job) {
  for (auto& [id, other] : store_->jobs) {
    const bool same_study = other.job.identity.study_instance_uid == job.identity.study_instance_uid;
    const bool not_sent_yet = other.job.state == JobState::queued || other.job.state == JobState::leased;
    if (!same_study || other.job.identity.digest == job.identity.digest || !not_sent_yet) continue;
    leave(other, "cancelled", nullptr);
    end(other, JobState::cancelled, "superseded");
    record(id, "superseded", "", job.actor);
  }
}

bool MemoryQueue::revisions_used_up(const std::string& study_instance_uid) const {
  const auto counts = [&](const auto& each) {
    const Job& job = each.second.job;
    const bool delivered = job.state == JobState::delivering || (job.state == JobState::done && job.outcome == "delivered");
    return job.identity.study_instance_uid == study_instance_uid && job.identity.run == 0 && delivered;
  };
  return std::ranges::count_if(store_->jobs, counts) >= 1 + settings_.automatic_revisions_max;
}

MemoryJob& MemoryQueue::make_job(const NewJob& job, const std::string& outcome) {
  const JobId id = store_->jobs.empty() ? 1 : store_->jobs.rbegin()->first + 1;
  const std::int64_t now = clock_.wall_ms();
  MemoryJob& made = store_->jobs[id];
  made.job.id = id;
  made.job.identity = job.identity;
  made.job.orthanc_study_id = job.orthanc_study_id;
  made.job.instances = job.instances;
  made.job.rule_name = job.rule_name;
  made.job.action = job.action;
  made.job.lane = job.action.lane;
  made.job.uids = result_uids(job.identity);
  made.job.created_wall_ms = made.job.updated_wall_ms = made.opened_wall_ms = now;
  made.job.due_wall_ms = place_in_lane(made.job.lane, now);
  if (!outcome.empty()) end(made, JobState::done, outcome);
  return made;
}

}  // namespace radfm::db
