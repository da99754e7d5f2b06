// SPDX-License-Identifier: Apache-2.0
// How many studies a worker fetches and prepares at the same time, each of which costs a reader and its pixels, however many reports
// the model writes together. A job thread has a turn from before it claims until its job asks the model, is only sent, or has ended;
// without one it does not claim, so that what comes next is chosen when it is begun.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace radfm::worker {

// All functions are safe from any thread.
class PreparationTurns {
 public:
  // `freed`: called when a turn is free that somebody has been refused.
  PreparationTurns(int turns, std::function<void()> freed) : free_(turns), freed_(std::move(freed)) {}

  bool take() {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) return --free_, true;
    return !(refused_ = true);
  }
  // `job_was_due`: otherwise nobody else would find one either, and none is called.
  void give_back(bool job_was_due) {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
      if (!refused_ || !job_was_due) return;
      refused_ = false;
    }
    freed_();
  }

 private:
  std::mutex mutex_;  // guards the two below
  int free_;
  bool refused_ = false;
  const std::function<void()> freed_;
};

// A thread's own: held or not.
class PreparationTurn {
 public:
  explicit PreparationTurn(PreparationTurns* turns) : turns_(turns) {}  // null: never refused
  ~PreparationTurn() { give_back(); }
  PreparationTurn(const PreparationTurn&) = delete;
  PreparationTurn& operator=(const PreparationTurn&) = delete;

  bool take() { return held_ = held_ || turns_ == nullptr || turns_->take(); }
  void give_back(bool job_was_due = true) {
    if (std::exchange(held_, false) && turns_ != nullptr) turns_->give_back(job_was_due);
  }

 private:
  PreparationTurns* turns_;
  bool held_ = false;
};

}  // namespace radfm::worker
