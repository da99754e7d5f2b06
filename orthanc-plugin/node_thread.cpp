// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/node_thread.h"

#include <exception>
#include <string>

#include "core/log.h"

namespace radfm::plugin {
namespace {

// A storm of images rings for each of them; one look per interval takes them over together.
constexpr std::chrono::milliseconds ring_gather{50};
constexpr std::chrono::milliseconds after_exception{5'000};

}  // namespace

NodeThread::NodeThread(std::function<std::chrono::milliseconds()> step)
    : step_(std::move(step)), thread_([this] { run(); }) {}

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
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    rung_ = false;  // a ring from here on is about something that this round may not see
    lock.unlock();
    std::chrono::milliseconds wait = after_exception;
    try {
      wait = step_();
    } catch (const std::exception& failure) {
      log_line(LogLevel::error, "plugin", std::string("a round failed and is repeated: ") + failure.what());
    }
    lock.lock();
    if (wait.count() > 0) {
      wake_.wait_for(lock, wait, [this] { return rung_ || stopping_; });
      if (rung_) wake_.wait_for(lock, ring_gather, [this] { return stopping_; });
    }
  }
}

}  // namespace radfm::plugin
