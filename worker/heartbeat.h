// SPDX-License-Identifier: Apache-2.0
// Keeps the lease of the running job alive from a thread of its own (the job thread may be in a long wait), says that
// this worker lives, and takes back the jobs of workers that died.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/clock.h"
#include "core/configuration.h"
#include "db/queue.h"
#include "worker/interrupt.h"

namespace radfm::worker {

class Heartbeat {
 public:
  // Starts the thread, which owns `queue` from here on. `clock` and `interrupt` must outlive it.
  Heartbeat(std::unique_ptr<db::Queue> queue, const QueueSettings& settings, const Clock& clock, Interrupt& interrupt);
  ~Heartbeat();  // stops and joins

  // From any thread.
  void hold(const db::Lease& lease);  // beats for it until let_go()
  void let_go();                      // afterwards no interruption for that lease comes any more
  void say(const std::string& note);  // the worker's note (core/worker_health.h)
  void beat_now();                    // somebody rang: perhaps the job was cancelled

 private:
  void run();
  void beat();
  void report(const Status& status, const char* what);

  std::unique_ptr<db::Queue> queue_;
  const QueueSettings settings_;
  const Clock& clock_;
  Interrupt& interrupt_;
  std::int64_t complained_boot_ms_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<db::Lease> lease_;  // guarded by mutex_, as all below
  std::string note_ = "starting";
  bool due_ = true, stop_ = false;
  std::thread thread_;  // last: it uses all of the above
};

using HolderIsAlive = std::function<bool(const std::string& holder, const Clock& clock)>;
// Takes back what workers that died held. Returns how many jobs.
Result<int> reclaim_of_the_dead(db::Queue& queue, const Clock& clock, const HolderIsAlive& is_alive = db::holder_is_alive);

}  // namespace radfm::worker
