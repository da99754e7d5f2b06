// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_supervisor.h"

#include <algorithm>

#include "core/log.h"

namespace radfm::worker {

bool EngineSupervisor::alive() {
  if (engine_ && !engine_->alive()) {
    log_line(LogLevel::warning, "engine", "process " + std::to_string(engine_->pid()) + " is gone, a new one will be started");
    engine_.reset();
  }
  return engine_.has_value();
}

Status EngineSupervisor::warm(int wake_fd) {
  if (alive()) return {};
  if (last_error_ && wait_ms() > 0) return *last_error_;
  log_line(LogLevel::info, "engine", "loading the model");
  Result<model::EngineClient> started = start_(wake_fd);
  if (started) {
    engine_.emplace(std::move(started).value());
    last_error_.reset();
    backoff_ms_ = 0;
    const model::ModelFacts& facts = engine_->facts();
    log_line(LogLevel::info, "engine", "ready: " + facts.name + " " + facts.version + " on " + facts.device + " in " + facts.dtype +
                                              ", known answer " + facts.known_answer);
    return {};
  }
  if (started.error().error_class == ErrorClass::cancelled) return started.error();
  backoff_ms_ = std::clamp(2 * backoff_ms_, engine_backoff_first_ms, engine_backoff_max_ms);
  next_try_boot_ms_ = clock_.boot_ms() + backoff_ms_;
  last_error_ = transient_error("model_not_ready", "the model cannot be loaded: " + started.error().code + ": " + started.error().message);
  log_line(LogLevel::error, "engine", last_error_->message);
  return *last_error_;
}

std::int64_t EngineSupervisor::wait_ms() const {
  return last_error_ ? std::max<std::int64_t>(0, next_try_boot_ms_ - clock_.boot_ms()) : 0;
}

model::EngineClient& EngineSupervisor::engine() {
  if (!engine_) broken_invariant("the engine was asked for before it was warm");
  return *engine_;
}

}  // namespace radfm::worker
