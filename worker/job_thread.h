// SPDX-License-Identifier: Apache-2.0
// One of the threads that run jobs, as the worker's other threads see it.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "worker/bell.h"
#include "worker/destinations.h"
#include "worker/engine_supervisor.h"
#include "worker/health.h"
#include "worker/heartbeat.h"
#include "worker/preparation_turns.h"
#include "worker/prior_archives.h"
#include "worker/turn_watch.h"
#include "worker/work_tallies.h"

namespace radfm::worker {

// run() and open_queue() are for the thread itself; all else is safe from any thread.
class JobThread {
 public:
  // What all threads share. Must outlive them.
  struct Shared {
    const Configuration& configuration;
    Health& health;
    WorkTallies& tallies;
    const std::vector<PriorArchive>& archives;
    OpenCommitments& commitments;
    DestinationRests& rests;
  };
  // `claims`, `speaks`: JobLoop::Parts. `preparing` may be null.
  JobThread(const Shared& shared, db::Claimable claims, PreparationTurns* preparing, bool speaks)
      : shared_(shared), claims_(claims), preparing_(preparing), speaks_(speaks) {}

  void rung();                        // there may be something new in the queue
  void may_claim() { bell_.ring(); }  // there may be something that it could not begin before
  void stop();
  void drain();
  void say(const std::string& note);  // with its lease
  std::int64_t silent_ms() const { return turns_.silent_ms(); }

  // Runs jobs until stop() or drain(). Errors: those of opening the queue.
  Status run(EngineSupervisor& engine, const std::filesystem::path& work);
  // Waits while the database may still become usable. cancelled "woken" when the worker stops meanwhile.
  Result<std::unique_ptr<db::Queue>> open_queue();

 private:
  Status run_jobs(EngineSupervisor& engine, const std::filesystem::path& work);
  void let_ring(Heartbeat* heartbeat);

  const Shared shared_;
  const db::Claimable claims_;
  PreparationTurns* const preparing_;
  const bool speaks_;
  SystemClock clock_;
  TurnWatch turns_{clock_};
  Interrupt interrupt_;
  Bell bell_;
  std::mutex mutex_;
  std::string note_;                // guarded by mutex_; the last that was said
  Heartbeat* heartbeat_ = nullptr;  // guarded by mutex_; lives on the thread's stack
};

}  // namespace radfm::worker
