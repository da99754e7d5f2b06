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

// Held while the engine is used; given back at the end of its life.
class EngineSupervisor::Turn {
 public:
  explicit Turn(int semaphore) : semaphore_(semaphore) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    const std::uint64_t one = 1;
    if (taken_ && ::write(semaphore_, &one, sizeof one) != sizeof one) broken_invariant("a turn cannot be given back");
  }
  bool try_take() {
    std::uint64_t count = 0;
    taken_ = ::read(semaphore_, &count, sizeof count) == sizeof count;
    return taken_;
  }
  Status take(int wake_fd) {
    while (!try_take()) {
      pollfd waiting[2] = {{semaphore_, POLLIN, 0}, {wake_fd, POLLIN, 0}};
      if (::poll(waiting, 2, -1) < 0 && errno != EINTR) broken_invariant("a turn cannot be waited for");
      if ((waiting[1].revents & POLLIN) != 0) return cancelled_error("woken", "the wait for the model was interrupted");
    }
    return {};
  }

 private:
  int semaphore_;
  bool taken_ = false;
};

EngineSupervisor::EngineSupervisor(Start start, const Clock& clock)
    : start_(std::move(start)), clock_(clock), turn_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) {
  if (!turn_.valid()) broken_invariant("no event descriptor can be made");
}

bool EngineSupervisor::ready() {
  Turn turn(turn_.get());
  if (turn.try_take()) return alive();
  const std::lock_guard lock(mutex_);
  return facts_.has_value();
}

Result<model::ModelFacts> EngineSupervisor::model(int wake_fd) {
  Turn turn(turn_.get());
  if (!turn.try_take()) {
    {
      const std::lock_guard lock(mutex_);
      if (facts_) return *facts_;
    }
    if (Status taken = turn.take(wake_fd); !taken) return taken.error();
  }
  if (Status warmed = warm(wake_fd); !warmed) return warmed.error();
  return engine_->facts();
}

Result<model::Generated> EngineSupervisor::ask(const Ask& question, model::ModelFacts* answered, int wake_fd) {
  Turn turn(turn_.get());
  if (Status taken = turn.take(wake_fd); !taken) return taken.error();
  // The engine may have died since the prompt was made; the one that takes its place loads the same model directory.
  if (Status warmed = warm(wake_fd); !warmed) return warmed.error();
  *answered = engine_->facts();
  Result<model::Generated> generated = question(*engine_);
  alive();  // a death is known to the others at once
  return generated;
}

bool EngineSupervisor::alive() {
  if (engine_ && !engine_->alive()) {
    log_line(LogLevel::warning, "engine", "process " + std::to_string(engine_->pid()) + " is gone, a new one will be started");
    engine_.reset();
    const std::lock_guard lock(mutex_);
    facts_.reset();
  }
  return engine_.has_value();
}

Status EngineSupervisor::warm(int wake_fd) {
  if (alive()) return {};
  if (wait_ms() > 0) {
    const std::lock_guard lock(mutex_);
    return *last_error_;
  }
  log_line(LogLevel::info, "engine", "loading the model");
  Result<model::EngineClient> started = start_(wake_fd);
  if (!started) return failed(started.error());
  engine_.emplace(std::move(started).value());
  loaded();
  return {};
}

void EngineSupervisor::loaded() {
  backoff_ms_ = 0;
  const model::ModelFacts& facts = engine_->facts();
  log_line(LogLevel::info, "engine", "ready: " + facts.name + " " + facts.version + " on " + facts.device + " in " + facts.dtype +
                                            ", known answer " + facts.known_answer);
  const std::lock_guard lock(mutex_);
  facts_ = facts;
  last_error_.reset();
}

Status EngineSupervisor::failed(const Error& error) {
  if (error.error_class == ErrorClass::cancelled) return error;
  backoff_ms_ = std::clamp(2 * backoff_ms_, engine_backoff_first_ms, engine_backoff_max_ms);
  const Error not_ready =
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
