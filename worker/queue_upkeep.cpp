// SPDX-License-Identifier: Apache-2.0
#include "worker/queue_upkeep.h"

#include "core/log.h"
#include "db/queue_file.h"

namespace radfm::worker {

QueueUpkeep::QueueUpkeep(const Configuration& configuration, const Clock& clock)
    : configuration_(configuration), clock_(clock), thread_([this] { run(); }) {}

QueueUpkeep::~QueueUpkeep() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void QueueUpkeep::run() {
  do purge();
  while (goes_on_after(upkeep_interval));
}

void QueueUpkeep::purge() {
  const int days = configuration_.queue.keep_results_days;
  const Result<int> purged = db::purge_results(configuration_.database.path, days, clock_, [this] { return goes_on_after(upkeep_pause); });
  if (!purged) {
    log_line(LogLevel::warning, "queue", "older results could not be removed, it is tried again in an hour: " + purged.error().message);
  } else if (*purged > 0) {
    log_line(LogLevel::info, "queue",
             "results of " + std::to_string(*purged) + " job(s) that ended more than " + std::to_string(days) + " days ago were removed");
  }
}

bool QueueUpkeep::goes_on_after(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, pause, [this] { return stop_; });
}

}  // namespace radfm::worker
