// SPDX-License-Identifier: Apache-2.0
// Threads that do one thing together, again and again: many small operations on few cores run faster side by side, each
// on its own share of a batch, than each operation split over the cores.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace radfm::training {

// To be used by one thread at a time.
class WorkerPool {
 public:
  // `begin` is called first of all in each thread.
  WorkerPool(int workers, std::function<void()> begin);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int workers() const { return static_cast<int>(threads_.size()); }
  // work(0), work(1), ... each in the thread of its number; returns when all are done. What one of them throws is thrown
  // here then.
  void run(const std::function<void(int worker)>& work);

 private:
  void serve(int worker, const std::function<void()>& begin);

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(int)>* work_ = nullptr;
  int round_ = 0, busy_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

}  // namespace radfm::training
