// SPDX-License-Identifier: Apache-2.0
// What all parts of the queue in memory share: finding a job, moving it through the table of states, writing history.
#include "tests/support/memory_queue.h"

#include <algorithm>

namespace radfm::db {
namespace {

constexpr std::int64_t background_behind_ms = 3'600'000;  // db/queue_types.h, Job::due_wall_ms
constexpr std::size_t message_bytes_max = 2'000;

// Between characters of UTF-8: a continuation byte is 10xxxxxx.
std::string cut(const std::string& text) {
  std::size_t length = std::min(text.size(), message_bytes_max);
  while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  return text.substr(0, length);
}

}  // namespace

MemoryQueue::MemoryQueue(std::shared_ptr<MemoryStore> store, const QueueSettings& settings, const Clock& clock, RandomUpTo random)
    : store_(std::move(store)), settings_(settings), clock_(clock), random_(random ? std::move(random) : system_random()) {}

bool arrived_somewhere(const MemoryJob& job) { return std::ranges::any_of(job.deliveries, &Delivery::delivered); }

bool is_begun(const MemoryJob& job) {
  return std::ranges::any_of(job.deliveries, [](const Delivery& each) { return each.send_started || each.delivered; });
}

bool report_arrived(const MemoryJob& job) {
  return std::ranges::any_of(job.deliveries, [](const Delivery& each) { return each.role == report_role && each.delivered; });
}

bool note_stored(const MemoryJob& job) {
  return std::ranges::find(job.outbox, rejection_role, &OutboxObject::role) != job.outbox.end();
}

const OutboxObject* stored_report(const MemoryJob& job) {
  const auto found = std::ranges::find(job.outbox, report_role, &OutboxObject::role);
  return found == job.outbox.end() ? nullptr : &*found;
}

Delivery* find_delivery(MemoryJob& job, const std::string& role, const std::string& destination) {
  const auto found = std::ranges::find_if(
      job.deliveries, [&](const Delivery& each) { return each.role == role && each.destination == destination; });
  return found == job.deliveries.end() ? nullptr : &*found;
}

Result<MemoryJob*> MemoryQueue::held(const Lease& lease) {
  const auto found = store_->jobs.find(lease.job);
  if (found == store_->jobs.end() || !found->second.holding || found->second.holding->token != lease.token) {
    return cancelled_error("lease_lost", "job " + std::to_string(lease.job) + " is no longer this holder's");
  }
  return &found->second;
}

Result<MemoryJob*> MemoryQueue::held(const Lease& lease, JobState state) {
  Result<MemoryJob*> job = held(lease);
  if (job.ok() && (*job)->job.state != state) {
    return permanent_error("wrong_state", "job " + std::to_string(lease.job) + " is " + std::string(to_string((*job)->job.state)) +
                                              ", not " + std::string(to_string(state)));
  }
  return job;
}

Result<MemoryJob*> MemoryQueue::known(JobId id, const AskedBy& by) {
  const auto found = store_->jobs.find(id);
  if (found == store_->jobs.end()) return permanent_error("no_such_job", "there is no job " + std::to_string(id));
  if (by.seen.value_or(version_of(id)) != version_of(id)) return permanent_error("changed_meanwhile", "job " + std::to_string(id) + " has moved on");
  return &found->second;
}

JobVersion MemoryQueue::version_of(JobId id) const {
  JobVersion version = 0;
  for (const Event& event : store_->events) {
    if (event.job == id) version = event.id;
  }
  return version;
}

bool MemoryQueue::overdue(const MemoryJob& job) const {
  const JobState state = job.job.state;
  const bool open = state == JobState::queued || state == JobState::leased || state == JobState::delivering;
  return open && clock_.wall_ms() - job.opened_wall_ms > settings_.overdue_ms;
}

void MemoryQueue::record(JobId job, const std::string& kind, const std::string& detail, const std::string& actor) {
  const auto id = static_cast<std::int64_t>(store_->events.size()) + 1;
  store_->events.push_back({id, job, clock_.wall_ms(), kind, cut(detail), actor});
}

void MemoryQueue::move(MemoryJob& job, JobState to) {
  if (job.job.state != to && !is_legal(job.job.state, to)) broken_invariant("a job would make a step that is not in the table");
  job.job.state = to;
  job.job.updated_wall_ms = clock_.wall_ms();
}

// The holder's time with the job is over, whatever becomes of the job.
void MemoryQueue::leave(MemoryJob& job, const std::string& attempt_end, const Error* error) {
  if (!job.holding) return;
  Attempt& attempt = job.attempts.back();
  attempt.ended_wall_ms = clock_.wall_ms();
  attempt.end = attempt_end;
  if (error != nullptr) {
    attempt.error_class = to_string(error->error_class);
    attempt.error_code = error->code;
    attempt.error_message = cut(error->message);
    job.job.error_code = attempt.error_code;
    job.job.error_message = attempt.error_message;
  }
  job.holding.reset();
}

// What was leased is queued again; what is delivering stays so, without a holder.
void MemoryQueue::put_back(MemoryJob& job) {
  job.waits_until_wall_ms.reset();
  if (job.job.state != JobState::leased) return;
  move(job, JobState::queued);
  show_no_progress(job);
}

void MemoryQueue::show_no_progress(MemoryJob& job) {
  job.job.stage = JobStage::none;
  job.job.progress_done = job.job.progress_of = 0;
  job.text_so_far.clear();
}

std::int64_t MemoryQueue::wait_ms(int failure) const {
  return backoff_ms(failure, settings_.backoff_first_ms, settings_.backoff_max_ms, random_);
}

void MemoryQueue::put_back_to_wait(MemoryJob& job, std::int64_t wait_ms) {
  put_back(job);
  const std::int64_t until = clock_.wall_ms() + wait_ms;
  job.waits_until_wall_ms = until;
  job.job.due_wall_ms = until;
}

std::int64_t MemoryQueue::place_in_lane(Lane lane, std::int64_t wall_ms) const {
  return lane == Lane::background ? wall_ms + background_behind_ms : wall_ms;
}

void MemoryQueue::end(MemoryJob& job, JobState to, const std::string& outcome) {
  move(job, to);
  job.job.outcome = outcome;
  job.job.finished_wall_ms = clock_.wall_ms();
  job.waits_until_wall_ms.reset();
  show_no_progress(job);
}

// As if it had just been made, with its history.
void MemoryQueue::begin_anew(MemoryJob& job) {
  job.job.poison_count = job.job.vanished_count = job.job.transient_count = 0;
  job.job.error_code.clear();
  job.job.error_message.clear();
  open_now(job);
}

void MemoryQueue::open_now(MemoryJob& job) {
  job.job.outcome.clear();
  job.job.finished_wall_ms = 0;
  job.opened_wall_ms = clock_.wall_ms();
  job.job.due_wall_ms = place_in_lane(job.job.lane, job.opened_wall_ms);
  job.waits_until_wall_ms.reset();
}

}  // namespace radfm::db
