// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/node_thread.h"

#include <algorithm>
#include <exception>
#include <string>

#include "core/log.h"

namespace radfm::plugin {
namespace {

// The first ring after a while is answered at once, but for what rings with it; while studies arrive without end, one look
// in a second takes them over together. Each look costs the disk that Orthanc writes to.
constexpr std::chrono::milliseconds ring_gather{50};
constexpr std::chrono::milliseconds between_rung_rounds{1'000};
constexpr std::chrono::milliseconds after_exception{5'000};

// Of a process that is not ours: nothing leaves, also when the memory is so short that not even a line can be logged.
template <class Work>
void contained(const Work& work) noexcept {
  try {
    work();
  } catch (const std::exception& failure) {
    try {
      log_line(LogLevel::error, "plugin", std::string("a round failed and is repeated: ") + failure.what());
    } catch (...) {
    }
  } catch (...) {
  }
}

}  // namespace

NodeThread::NodeThread(std::function<std::chrono::milliseconds()> step, std::function<void()> at_end)
    : step_(std::move(step)), at_end_(std::move(at_end)), thread_([this] { run(); }) {}

NodeThread::~NodeThread() {
  stop();
}

void NodeThread::ring() {
  {
    const std::lock_guard lock(mutex_);
    rung_ = true;
  }
  wake_.notify_one();
}

void NodeThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void NodeThread::run() {
  using Clock = std::chrono::steady_clock;
  auto next_rung_round = Clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (rung_) next_rung_round = Clock::now() + between_rung_rounds;
    rung_ = false;  // a ring from here on is about something that this round may not see
    lock.unlock();
    std::chrono::milliseconds wait = after_exception;
    contained([&] { wait = step_(); });
    lock.lock();
    if (wait.count() > 0) {
      wake_.wait_for(lock, wait, [this] { return rung_ || stopping_; });
      if (rung_)
        wake_.wait_until(lock, std::max(Clock::now() + ring_gather, next_rung_round), [this] { return stopping_; });
    }
  }
  lock.unlock();
  if (at_end_) contained(at_end_);
}

}  // namespace radfm::plugin
