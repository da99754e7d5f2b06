// SPDX-License-Identifier: Apache-2.0
// What the queue's file needs while the node runs: once an hour, results that are older than queue.keep_results_days are removed
// (db/queue_file.h). On a thread of its own, which no job waits for. The object belongs to one thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/clock.h"
#include "core/configuration.h"

namespace radfm::worker {

inline constexpr std::chrono::milliseconds upkeep_interval = std::chrono::hours(1);
inline constexpr std::chrono::milliseconds upkeep_pause{50};  // between two transactions: the jobs go first

class QueueUpkeep {
 public:
  // Begins at once. `configuration` and `clock` must outlive it.
  QueueUpkeep(const Configuration& configuration, const Clock& clock);
  QueueUpkeep(const QueueUpkeep&) = delete;
  QueueUpkeep& operator=(const QueueUpkeep&) = delete;
  ~QueueUpkeep();  // within one short transaction

 private:
  void run();
  void purge();
  bool goes_on_after(std::chrono::milliseconds pause);  // false at once when it is to end

  const Configuration& configuration_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;   // guarded by mutex_
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace radfm::worker
