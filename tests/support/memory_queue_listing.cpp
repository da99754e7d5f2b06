// SPDX-License-Identifier: Apache-2.0
// What people see.
#include <algorithm>
#include <tuple>

#include "tests/support/memory_queue.h"

namespace radfm::db {
namespace {

bool fits(const Job& job, const JobFilter& filter) {
  const auto names = [](const auto& wanted, const auto& given) { return std::ranges::find(wanted, given) != wanted.end(); };
  return (filter.states.empty() || names(filter.states, job.state)) && (!filter.lane || job.lane == *filter.lane) &&
         (filter.study_instance_uid.empty() || job.identity.study_instance_uid == filter.study_instance_uid) &&
         (!filter.studies || names(*filter.studies, job.identity.study_instance_uid)) &&
         (filter.rule_name.empty() || job.rule_name == filter.rule_name) && (filter.error_code.empty() || job.error_code == filter.error_code) &&
         (filter.sr_sop_instance_uid.empty() || job.uids.sr_sop_instance_uid == filter.sr_sop_instance_uid) &&
         (filter.before_id == 0 || job.id < filter.before_id);
}

// A list is to stay small.
Job without_bulk(const Job& job) {
  Job small = job;
  small.instances.clear();
  small.action = {};
  small.action.lane = job.lane;
  small.report_text.clear();
  small.detail_json.clear();
  small.held_text.clear();
  small.held_released_by.clear();
  return small;
}

}  // namespace

Result<std::vector<Job>> MemoryQueue::list(const JobFilter& filter) {
  const auto locked = lock();
  const auto limit = static_cast<std::size_t>(std::clamp(filter.limit, 0, list_limit_max));
  std::vector<Job> found;
  for (auto each = store_->jobs.rbegin(); each != store_->jobs.rend() && found.size() < limit; ++each) {
    if (!fits(each->second.job, filter)) continue;
    found.push_back(without_bulk(each->second.job));
    found.back().overdue = overdue(each->second);
    found.back().version = version_of(each->first);
    found.back().ahead = ahead_of(each->second);
  }
  return found;
}

Result<std::optional<Job>> MemoryQueue::job(JobId id) {
  const auto locked = lock();
  const auto found = store_->jobs.find(id);
  if (found == store_->jobs.end()) return std::optional<Job>{};
  return std::optional(shown(found->second));
}

Job MemoryQueue::shown(const MemoryJob& job) const {
  Job shown = job.job;
  if (shown.state == JobState::leased) shown.report_text = job.text_so_far;
  shown.has_montage = !job.montage.empty();
  shown.overdue = overdue(job);
  shown.version = version_of(shown.id);
  shown.ahead = ahead_of(job);
  return shown;
}

Result<std::vector<std::uint8_t>> MemoryQueue::montage(JobId id) {
  const auto locked = lock();
  const auto found = store_->jobs.find(id);
  return found == store_->jobs.end() ? std::vector<std::uint8_t>{} : found->second.montage;
}

Result<std::string> MemoryQueue::draft_page(JobId id) {
  const auto locked = lock();
  const auto found = store_->jobs.find(id);
  return found == store_->jobs.end() ? std::string() : found->second.draft_page;
}

Result<std::vector<Event>> MemoryQueue::events(JobId id) {
  const auto locked = lock();
  std::vector<Event> of_job;
  std::ranges::copy_if(store_->events, std::back_inserter(of_job), [&](const Event& each) { return each.job == id; });
  return of_job;
}

Result<std::vector<Attempt>> MemoryQueue::attempts(JobId id) {
  const auto locked = lock();
  const auto found = store_->jobs.find(id);
  return found == store_->jobs.end() ? std::vector<Attempt>{} : found->second.attempts;
}

std::optional<std::int64_t> MemoryQueue::ahead_of(const MemoryJob& job) const {
  const auto place = [](const Job& one) { return std::tuple(one.lane != Lane::stat, one.due_wall_ms, one.id); };
  if (job.job.state != JobState::queued) return std::nullopt;
  return std::ranges::count_if(store_->jobs, [&](const auto& other) {
    return other.second.job.state == JobState::queued && place(other.second.job) < place(job.job);
  });
}

std::int64_t MemoryQueue::typical_report_ms() const {
  std::vector<std::int64_t> took;
  for (auto each = store_->jobs.rbegin(); each != store_->jobs.rend() && took.size() < typical_reports; ++each) {
    if (each->second.job.outcome != "delivered") continue;
    std::int64_t claimed = 0, ms = 0;
    for (const Event& event : store_->events) {
      if (event.job != each->first) continue;
      if (event.kind == "claimed") claimed = event.wall_ms;
      if (event.kind == "result_stored") ms = event.wall_ms - claimed;
    }
    if (ms > 0) took.push_back(ms);
  }
  std::ranges::sort(took);
  return took.empty() ? 0 : took[took.size() / 2];
}

Result<QueueStatus> MemoryQueue::status() {
  const auto locked = lock();
  QueueStatus status;
  status.paused = store_->paused_by.has_value();
  status.paused_by = store_->paused_by.value_or("");
  for (const auto& [id, each] : store_->jobs) {
    switch (each.job.state) {
      case JobState::queued: ++status.queued; break;
      case JobState::leased: ++status.leased; break;
      case JobState::delivering: ++status.delivering; break;
      case JobState::done: ++status.done; break;
      case JobState::dead: ++status.dead; break;
      case JobState::cancelled: ++status.cancelled; break;
    }
    const bool open = each.job.state < JobState::done;
    const std::int64_t oldest = status.oldest_open_wall_ms;
    if (open) status.oldest_open_wall_ms = oldest == 0 ? each.opened_wall_ms : std::min(oldest, each.opened_wall_ms);
    if (each.job.outcome == "delivered") status.last_delivered_wall_ms = std::max(status.last_delivered_wall_ms, each.job.finished_wall_ms);
  }
  status.worker_seen_wall_ms = store_->worker_seen_wall_ms;
  status.worker_note = store_->worker_note;
  status.plugin_note = store_->plugin_note;
  status.typical_report_ms = typical_report_ms();
  return status;
}

}  // namespace radfm::db
