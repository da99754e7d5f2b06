// SPDX-License-Identifier: Apache-2.0
#include "worker/heartbeat.h"

#include <chrono>

#include "core/log.h"

namespace radfm::worker {
namespace {

constexpr std::int64_t complaint_interval_ms = 60'000;

}  // namespace

Result<int> reclaim_of_the_dead(db::Queue& queue, const Clock& clock, const HolderIsAlive& is_alive) {
  Result<std::vector<std::string>> holders = queue.holders();
  if (!holders) return holders.error();
  std::vector<std::string> dead;
  for (const std::string& holder : *holders) {
    if (!is_alive(holder, clock)) dead.push_back(holder);
  }
  return queue.reclaim(dead);  // also those whose lease ran out
}

Heartbeat::Heartbeat(std::unique_ptr<db::Queue> queue, const QueueSettings& settings, const Clock& clock,
                     Interrupt& interrupt)
    : queue_(std::move(queue)),
      settings_(settings),
      clock_(clock),
      interrupt_(interrupt),
      complained_boot_ms_(clock.boot_ms() - complaint_interval_ms),
      thread_([this] { run(); }) {}

Heartbeat::~Heartbeat() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Heartbeat::hold(const db::Lease& lease) {
  std::lock_guard lock(mutex_);
  lease_ = lease;
}

void Heartbeat::let_go() {
  std::lock_guard lock(mutex_);
  lease_.reset();
}

void Heartbeat::say(const std::string& note) {
  {
    std::lock_guard lock(mutex_);
    if (note_ == note) return;
    note_ = note;
    due_ = true;
  }
  changed_.notify_one();
}

void Heartbeat::beat_now() {
  {
    std::lock_guard lock(mutex_);
    due_ = true;
  }
  changed_.notify_one();
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    changed_.wait_for(lock, std::chrono::milliseconds(settings_.heartbeat_ms), [this] { return stop_ || due_; });
    if (stop_) return;
    due_ = false;
    lock.unlock();
    beat();
    lock.lock();
  }
}

void Heartbeat::beat() {
  std::optional<db::Lease> lease;
  std::string note;
  {
    std::lock_guard lock(mutex_);
    lease = lease_;
    note = note_;
  }
  if (lease) {
    Status beaten = queue_->heartbeat(*lease);
    if (!beaten && beaten.error().error_class == ErrorClass::cancelled) {
      std::lock_guard lock(mutex_);
      if (lease_ && lease_->token == lease->token && lease_->job == lease->job) {
        interrupt_.raise(Interrupt::Reason::lease_lost);
        lease_.reset();
      }
    } else {
      report(beaten, "the lease of the running job cannot be renewed");
    }
  }
  report(queue_->worker_alive(note), "the queue cannot be written");
  Result<int> reclaimed = reclaim_of_the_dead(*queue_, clock_);
  report(reclaimed ? Status() : Status(reclaimed.error()), "jobs of workers that died cannot be taken back");
  if (reclaimed && *reclaimed > 0) {
    log_line(LogLevel::warning, "worker", std::to_string(*reclaimed) + " job(s) of a worker that vanished were taken back");
  }
}

void Heartbeat::report(const Status& status, const char* what) {
  if (status || clock_.boot_ms() - complained_boot_ms_ < complaint_interval_ms) return;
  complained_boot_ms_ = clock_.boot_ms();
  log_line(LogLevel::error, "worker", std::string(what) + ", trying on: " + status.error().message);
}

}  // namespace radfm::worker
