// SPDX-License-Identifier: GPL-3.0-or-later
// The one thread of the plugin. Orthanc's callbacks only ring it: they run on Orthanc's own threads, where no
// request to Orthanc and no long work may be done.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace radfm::plugin {

class NodeThread {
 public:
  // `step` is one round of work and answers how long to wait for the next, unless rung; what it throws costs that round.
  // `at_end` runs after the last round, on the same thread. Throws std::system_error when there is no thread to be had.
  explicit NodeThread(std::function<std::chrono::milliseconds()> step, std::function<void()> at_end = {});
  ~NodeThread();  // stops
  NodeThread(const NodeThread&) = delete;
  NodeThread& operator=(const NodeThread&) = delete;

  void ring();  // from any thread; the lock it takes is held for a few instructions only, never during a round
  void stop();  // ends the round that runs, then returns; a second call does nothing

 private:
  void run();

  const std::function<std::chrono::milliseconds()> step_;
  const std::function<void()> at_end_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool rung_ = false, stopping_ = false;  // guarded by mutex_
  std::thread thread_;                    // last: it uses all of the above
};

}  // namespace radfm::plugin
