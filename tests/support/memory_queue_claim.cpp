// SPDX-License-Identifier: Apache-2.0
// Which job comes next, and who gets it.
#include <algorithm>
#include <tuple>

#include "tests/support/memory_queue.h"

namespace radfm::db {
namespace {

// What is ready to be sent comes first; then lane stat, the earliest due time, the older job.
bool comes_before(const Job& one, const Job& other) {
  const auto place = [](const Job& job) {
    return std::tuple(job.state != JobState::delivering, job.lane != Lane::stat, job.due_wall_ms, job.id);
  };
  return place(one) < place(other);
}

bool waits_to_be_claimed(const MemoryJob& job, Claimable which) {
  if (which == Claimable::stat && job.job.lane != Lane::stat) return false;
  return !job.holding && (job.job.state == JobState::queued || job.job.state == JobState::delivering);
}

}  // namespace

Result<std::optional<std::pair<Job, Lease>>> MemoryQueue::claim(const std::string& holder, Claimable which) {
  using Claimed = std::optional<std::pair<Job, Lease>>;
  const auto locked = lock();
  if (store_->paused_by) return Claimed{};
  MemoryJob* best = nullptr;
  for (auto& [id, each] : store_->jobs) {
    if (!waits_to_be_claimed(each, which) || kept_back(each) || claimable_from_ms(each) > clock_.wall_ms()) continue;
    if (best == nullptr || comes_before(each.job, best->job)) best = &each;
  }
  if (best == nullptr) return Claimed{};

  MemoryJob& taken = *best;
  if (taken.job.state == JobState::queued) {
    const bool only_sent = stored_result_stands(taken);
    if (!only_sent) {
      taken.outbox.clear();
      taken.deliveries.clear();
      taken.job.report_text.clear();
      taken.job.revision = 0;
      taken.job.predecessor_sop_instance_uid.clear();
      taken.job.predecessor_series_instance_uid.clear();
    }
    move(taken, JobState::leased);
    if (only_sent) move(taken, JobState::delivering);
    taken.job.stage = only_sent ? JobStage::delivering : JobStage::none;
  } else {
    show_no_progress(taken);
  }
  taken.waits_until_wall_ms.reset();
  ++taken.job.attempts;
  taken.holding = MemoryHolding{++store_->last_token, holder, clock_.boot_id(), 0};
  extend(*taken.holding, settings_.lease_ms);
  taken.attempts.push_back({taken.job.id, taken.holding->token, holder, clock_.wall_ms(), 0, "", "", "", ""});
  record(taken.job.id, "claimed", holder, "worker");
  Job given = shown(taken);
  given.stage = JobStage::none;
  given.has_montage = given.overdue = false;
  given.held_text.clear();
  given.held_released_by.clear();
  return Claimed{std::pair(std::move(given), Lease{taken.job.id, taken.holding->token})};
}

Result<std::optional<std::int64_t>> MemoryQueue::next_due_job_ms(Claimable which) {
  const auto locked = lock();
  std::optional<std::int64_t> next;
  if (store_->paused_by) return next;
  for (const auto& [id, each] : store_->jobs) {
    if (!waits_to_be_claimed(each, which) || kept_back(each)) continue;
    const std::int64_t from = claimable_from_ms(each);
    next = std::min(next.value_or(from), from);
  }
  return next;
}

bool MemoryQueue::kept_back(const MemoryJob& queued) const {
  if (queued.job.state != JobState::queued) return false;
  return std::ranges::any_of(store_->jobs, [&](const auto& each) {
    const MemoryJob& other = each.second;
    if (other.job.id == queued.job.id || other.job.identity.study_instance_uid != queued.job.identity.study_instance_uid) return false;
    if (other.job.state == JobState::leased) return true;
    const bool waits_for_another = !other.holding && other.waits_until_wall_ms && arrived_somewhere(other);
    return other.job.state == JobState::delivering && !waits_for_another;
  });
}

// No wait is longer than the longest: one that looks so was written before the clock was set back.
std::int64_t MemoryQueue::claimable_from_ms(const MemoryJob& job) const {
  const std::int64_t now = clock_.wall_ms();
  if (!job.waits_until_wall_ms || *job.waits_until_wall_ms - now > settings_.backoff_max_ms) return now;
  return *job.waits_until_wall_ms;
}

// What may be somewhere is never made again under its UID; what was not sent is made again if its place is taken.
bool MemoryQueue::stored_result_stands(const MemoryJob& job) const {
  if (job.outbox.empty()) return false;
  if (job.job.withdrawal || is_begun(job)) return true;
  const Revision next = revision_after(job);
  return next.number == job.job.revision && next.predecessor_sop_instance_uid == job.job.predecessor_sop_instance_uid;
}

void MemoryQueue::extend(MemoryHolding& holding, std::int64_t by_ms) const {
  const std::int64_t end = clock_.boot_ms() + by_ms;
  const bool same_boot = holding.boot_id == clock_.boot_id();
  if (same_boot) holding.ends_boot_ms = std::max(holding.ends_boot_ms, end);  // of another boot: void, whatever it says
}

}  // namespace radfm::db
