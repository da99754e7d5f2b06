// SPDX-License-Identifier: Apache-2.0
// A job thread: waits for Orthanc and for the model, claims, runs, and waits for the next bell. A worker has as many as the model
// answers together, others, so that a study is prepared meanwhile, and one that claims lane stat only, so that such a study is begun
// whatever the others do; each has its own of everything but the engine.
#pragma once

#include <memory>

#include "worker/bell.h"
#include "worker/engine_drafting.h"
#include "worker/health.h"
#include "worker/heartbeat.h"
#include "worker/job_runner.h"
#include "worker/preparation_turns.h"

namespace radfm::worker {

using orthanc::Orthanc;

inline constexpr std::int64_t orthanc_probe_interval_ms = 1'000;
inline constexpr std::int64_t trouble_wait_ms = 1'000;  // between tries while the queue cannot be used

class JobLoop {
 public:
  struct Parts {
    const Configuration& configuration;
    const Clock& clock;
    db::Queue& queue;
    Orthanc& orthanc;
    EngineSupervisor& engine;
    Drafting& drafting;
    FindDestination find_destination;
    Heartbeat& heartbeat;
    Interrupt& interrupt;
    Bell& bell;
    const std::vector<PriorArchive>& archives;
    std::filesystem::path work_directory;
    Health& health;
    TurnWatch& turns;
    db::Claimable claims = db::Claimable::all;
    bool speaks = true;  // what each of a worker's threads meets (Orthanc is away) is logged by one
    PreparationTurns* preparing = nullptr;  // null: it prepares whenever it likes
  };
  explicit JobLoop(Parts parts);

  void run();           // until the interrupt says that the worker stops or takes no more jobs
  std::int64_t turn();  // one round; how long to wait before the next one

 private:
  bool ends() const;
  bool model_answers();
  bool orthanc_answers();
  bool only_sending_is_due();
  std::int64_t wait_for_next_job_ms();
  void complain(const Error& error);

  JobEnd run_claimed(const db::Job& job, const db::Lease& lease);

  Parts parts_;
  PreparationTurn preparation_;
  JobRunner runner_;
  bool probe_orthanc_ = true;
  std::string last_complaint_;
  std::int64_t complained_boot_ms_ = 0;
};

}  // namespace radfm::worker
