// SPDX-License-Identifier: Apache-2.0
// Keeps one radfm-engine running: starts it, and starts it anew after its death, with growing waits while it does not load.
// It answers one question after the other, for whichever thread asks; waiting for one's turn can be interrupted. The engine
// dies with the thread that started it, so the threads that ask live as long as the worker.
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "core/clock.h"
#include "pipeline/model/engine_client.h"

namespace radfm::worker {

inline constexpr std::int64_t engine_backoff_first_ms = 1'000;
inline constexpr std::int64_t engine_backoff_max_ms = 60'000;

// All functions are safe from any thread. Errors are transient "model_not_ready" (the message says why) or cancelled "woken",
// when `wake_fd` became readable; before the next try is due, the last error is given again at once.
class EngineSupervisor {
 public:
  using Start = std::function<Result<model::EngineClient>(int wake_fd)>;
  // `start` starts an engine and waits until its model is loaded. `clock` must outlive it.
  EngineSupervisor(Start start, const Clock& clock);

  // Whether a model is loaded, as far as is known without waiting for one's turn.
  bool ready();
  // The loaded model's facts; waits until one is loaded, but not for an answer to somebody else.
  Result<model::ModelFacts> model(int wake_fd);
  std::int64_t wait_ms() const;  // until the next try to load it is due

  // Asks the engine when it is this thread's turn. `answered` is told which model it was.
  using Ask = std::function<Result<model::Generated>(model::EngineClient& engine)>;
  Result<model::Generated> ask(const Ask& question, model::ModelFacts* answered, int wake_fd);

 private:
  class Turn;
  Status warm(int wake_fd);  // the four below: by the thread whose turn it is
  bool alive();
  Status failed(const Error& error);
  void loaded();

  Start start_;
  const Clock& clock_;
  process::FileDescriptor turn_;  // a semaphore: readable when it is nobody's turn
  std::optional<model::EngineClient> engine_;
  std::int64_t backoff_ms_ = 0;

  mutable std::mutex mutex_;
  std::optional<model::ModelFacts> facts_;  // guarded by mutex_, as all below; of the engine that runs
  std::optional<Error> last_error_;
  std::int64_t next_try_boot_ms_ = 0;
};

}  // namespace radfm::worker
