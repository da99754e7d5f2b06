// SPDX-License-Identifier: Apache-2.0
// Keeps one radfm-engine running: starts it, and starts it anew after its death, with growing waits while it does not load.
// Lives on the job thread, which must outlive the engine (the engine dies with the thread that started it).
#pragma once

#include <functional>
#include <optional>

#include "core/clock.h"
#include "pipeline/model/engine_client.h"

namespace radfm::worker {

inline constexpr std::int64_t engine_backoff_first_ms = 1'000;
inline constexpr std::int64_t engine_backoff_max_ms = 60'000;

class EngineSupervisor {
 public:
  using Start = std::function<Result<model::EngineClient>(int wake_fd)>;
  // `start` starts an engine and waits until its model is loaded. `clock` must outlive it.
  EngineSupervisor(Start start, const Clock& clock) : start_(std::move(start)), clock_(clock) {}

  bool alive();
  // Waits for a loaded model. Before the next try is due the last error is given again at once. Errors are transient
  // "model_not_ready" (the message says why) or cancelled "woken".
  Status warm(int wake_fd);
  std::int64_t wait_ms() const;  // until the next try is due
  model::EngineClient& engine();  // only after warm()

 private:
  Start start_;
  const Clock& clock_;
  std::optional<model::EngineClient> engine_;
  std::optional<Error> last_error_;
  std::int64_t backoff_ms_ = 0, next_try_boot_ms_ = 0;
};

}  // namespace radfm::worker
