// SPDX-License-Identifier: Apache-2.0
// What the page shows while a job runs: a new stage at once, progress within a stage at most once a second.
#pragma once

#include <string>

#include "core/clock.h"
#include "db/queue.h"
#include "worker/interrupt.h"
#include "worker/turn_watch.h"

namespace radfm::worker {

inline constexpr std::int64_t progress_interval_ms = 1'000;

// One thread. All references must outlive it. A lost lease interrupts the job.
class StageReporter {
 public:
  // Each step and each progress is a turn of the job thread; `turns` may be null.
  StageReporter(db::Queue& queue, db::Lease lease, const Clock& clock, Interrupt& interrupt, TurnWatch* turns = nullptr)
      : queue_(queue), lease_(lease), clock_(clock), interrupt_(interrupt), turns_(turns) {}

  // A step begins: durable before it, since it may cost a process. An error means that the step must not begin.
  Status begin(JobStage stage);
  // Within a step. A queue that cannot be written now is no reason to stop.
  void progress(JobStage stage, int done, int of, const std::string& text_so_far);

 private:
  Status write(JobStage stage, int done, int of, const std::string& text_so_far);

  db::Queue& queue_;
  db::Lease lease_;
  const Clock& clock_;
  Interrupt& interrupt_;
  TurnWatch* turns_;
  JobStage stage_ = JobStage::none;
  std::int64_t written_boot_ms_ = 0;
};

}  // namespace radfm::worker
