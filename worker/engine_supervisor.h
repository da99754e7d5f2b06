// SPDX-License-Identifier: Apache-2.0
// Keeps one radfm-engine running: starts it, and starts it anew after its death, with growing waits while it does not load.
// Any thread asks it; who is answered when is the client's (pipeline/model/engine_client.h). The engine
// dies with the thread that started it, so the threads that ask live as long as the worker.
#pragma once

#include <functional>
#include <memory>
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

  bool ready();  // whether a model is loaded
  // The loaded model's facts; waits until one is loaded.
  Result<model::ModelFacts> model(int wake_fd);
  std::int64_t wait_ms() const;  // until the next try to load it is due

  // `question` is put to the engine at that turn, and to the next one when that died of somebody else's question: each time is paid for
  // by the one that it died of, whose attempt is counted. Where several failed together nobody pays, and each is put again alone: so
  // once at most for a question. `answered` is told which model it was.
  using Ask = std::function<Result<model::Generated>(model::EngineClient& engine, model::EngineTurn turn)>;
  Result<model::Generated> ask(const Ask& question, model::EngineTurn turn, model::ModelFacts* answered, int wake_fd);

 private:
  using Engine = std::shared_ptr<model::EngineClient>;
  class Turn;
  Engine alive();  // the engine that runs, or nothing
  Result<Engine> running(int wake_fd);
  Result<Engine> started(int wake_fd);  // this and the two below: by the thread whose turn it is to start one
  Error failed(const Error& error);
  void loaded(const Engine& engine);

  Start start_;
  const Clock& clock_;
  process::FileDescriptor starting_;  // a semaphore: readable when nobody starts an engine
  std::int64_t backoff_ms_ = 0;

  mutable std::mutex mutex_;
  Engine engine_;  // guarded by mutex_, as all below; whoever asks it holds it too
  std::optional<Error> last_error_;
  std::int64_t next_try_boot_ms_ = 0;
};

}  // namespace radfm::worker
