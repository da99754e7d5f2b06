// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/threads.h"

#include <atomic>
#include <system_error>
#include <vector>

namespace radfm::imaging {

void run_on_threads(std::size_t threads, const std::function<void()>& work) {
  std::vector<std::thread> others;
  try {
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
  } catch (const std::system_error&) {  // no memory for another one: those that there are do the work
  }
  work();
  for (auto& other : others) other.join();
}

void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  run_on_threads(std::min<std::size_t>(count, usable_threads()), [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  });
}

}  // namespace radfm::imaging
