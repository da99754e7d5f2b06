// SPDX-License-Identifier: Apache-2.0
// Wakes the job thread: somebody rang, the time is up, or the worker stops. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace radfm::worker {

class Bell {
 public:
  void ring() {
    {
      std::lock_guard lock(mutex_);
      rung_ = true;
    }
    changed_.notify_one();
  }
  // Until it is rung (a ring before the call counts) or `timeout_ms` have passed.
  void wait(std::int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

}  // namespace radfm::worker
