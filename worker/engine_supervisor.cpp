// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_supervisor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "core/log.h"

namespace radfm::worker {

// Held while an engine is started; given back at the end of its life.
class EngineSupervisor::Turn {
 public:
  explicit Turn(int semaphore) : semaphore_(semaphore) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    const std::uint64_t one = 1;
    if (taken_ && ::write(semaphore_, &one, sizeof one) != sizeof one) broken_invariant("a turn cannot be given back");
  }
  Status take(int wake_fd) {
    for (std::uint64_t count = 0; ::read(semaphore_, &count, sizeof count) != sizeof count;) {
      pollfd waiting[2] = {{semaphore_, POLLIN, 0}, {wake_fd, POLLIN, 0}};
      if (::poll(waiting, 2, -1) < 0 && errno != EINTR) broken_invariant("a turn cannot be waited for");
      if ((waiting[1].revents & POLLIN) != 0) return cancelled_error("woken", "the wait for the model was interrupted");
    }
    taken_ = true;
    return {};
  }

 private:
  int semaphore_;
  bool taken_ = false;
};

EngineSupervisor::EngineSupervisor(Start start, const Clock& clock)
    : start_(std::move(start)), clock_(clock), starting_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) {
  if (!starting_.valid()) broken_invariant("no event descriptor can be made");
}

bool EngineSupervisor::ready() { return alive() != nullptr; }

Result<model::ModelFacts> EngineSupervisor::model(int wake_fd) {
  const Result<Engine> engine = running(wake_fd);
  if (!engine) return engine.error();
  return (*engine)->facts();
}

Result<model::Generated> EngineSupervisor::ask(const Ask& question, model::EngineTurn turn, model::ModelFacts* answered, int wake_fd) {
  for (;;) {
    // The engine may have died since the prompt was made; the one that takes its place loads the same model directory.
    const Result<Engine> engine = running(wake_fd);
    if (!engine) return engine.error();
    *answered = (*engine)->facts();
    Result<model::Generated> generated = question(**engine, turn);
    alive();  // a death is known to the others at once
    if (generated) return generated;
    if (generated.error().code == model::failed_together_code) {
      log_line(LogLevel::warning, "engine", generated.error().message);
      turn = model::EngineTurn::alone;
    } else if (generated.error().code != model::engine_lost_code) {
      return generated;
    }
  }
}

EngineSupervisor::Engine EngineSupervisor::alive() {
  const std::lock_guard lock(mutex_);
  if (engine_ && !engine_->alive()) {
    log_line(LogLevel::warning, "engine", "process " + std::to_string(engine_->pid()) + " is gone, a new one will be started");
    engine_.reset();
  }
  return engine_;
}

Result<EngineSupervisor::Engine> EngineSupervisor::running(int wake_fd) {
  if (Engine engine = alive()) return engine;
  Turn turn(starting_.get());
  if (Status taken = turn.take(wake_fd); !taken) return taken.error();
  if (Engine engine = alive()) return engine;
  return started(wake_fd);
}

Result<EngineSupervisor::Engine> EngineSupervisor::started(int wake_fd) {
  if (wait_ms() > 0) {
    const std::lock_guard lock(mutex_);
    return *last_error_;
  }
  log_line(LogLevel::info, "engine", "loading the model");
  Result<model::EngineClient> started = start_(wake_fd);
  if (!started) return failed(started.error());
  const Engine engine = std::make_shared<model::EngineClient>(std::move(started).value());
  loaded(engine);
  return engine;
}

void EngineSupervisor::loaded(const Engine& engine) {
  backoff_ms_ = 0;
  const model::ModelFacts& facts = engine->facts();
  log_line(LogLevel::info, "engine", "ready: " + facts.name + " " + facts.version + " on " + facts.device + " in " + facts.dtype +
                                            ", known answer " + facts.known_answer);
  const std::lock_guard lock(mutex_);
  engine_ = engine;
  last_error_.reset();
}

Error EngineSupervisor::failed(const Error& error) {
  if (error.error_class == ErrorClass::cancelled) return error;
  backoff_ms_ = std::clamp(2 * backoff_ms_, engine_backoff_first_ms, engine_backoff_max_ms);
  Error not_ready =
      transient_error("model_not_ready", "the model cannot be loaded: " + error.code + ": " + error.message);
  log_line(LogLevel::error, "engine", not_ready.message);
  const std::lock_guard lock(mutex_);
  next_try_boot_ms_ = clock_.boot_ms() + backoff_ms_;
  last_error_ = not_ready;
  return not_ready;
}

std::int64_t EngineSupervisor::wait_ms() const {
  const std::lock_guard lock(mutex_);
  return last_error_ ? std::max<std::int64_t>(0, next_try_boot_ms_ - clock_.boot_ms()) : 0;
}

}  // namespace radfm::worker
