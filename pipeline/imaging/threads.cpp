// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/threads.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <vector>

namespace radfm::imaging {

void share_indices(std::size_t count, std::size_t threads, const std::function<IndexWorker()>& make_worker) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      const IndexWorker work = make_worker();
      for (std::size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  try {
    for (std::size_t i = 1; i < std::min(count, threads); ++i) others.emplace_back(run);
  } catch (const std::system_error&) {  // no memory for another one: those that there are do the work
  }
  run();
  for (auto& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

void for_each_index(std::size_t count, const IndexWorker& work) {
  share_indices(count, usable_threads(), [&] { return work; });
}

}  // namespace radfm::imaging
