// SPDX-License-Identifier: Apache-2.0
// Which work the kernels share among the threads of OpenMP.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace radfm::kernels {

// So little is read faster than another thread is woken. A thread sanitizer does not see that OpenMP's threads wait for one another
// and would take each result for a race: under it the calling thread works alone.
constexpr bool is_shared_work(std::int64_t bytes) {
#ifdef __SANITIZE_THREAD__
  return bytes < 0;
#else
  return bytes > 65536;
#endif
}

// Work in one row that threads take shares of until none is left: large ones first, so that what a thread reads runs on for a while,
// and small ones in the end, so that none waits long for another. Any number of threads may ask.
class Shares {
 public:
  struct Share {
    std::int64_t begin = 0, end = 0;  // empty: no more work
  };
  Shares(std::int64_t count, int threads) : count_(count), parts_(std::int64_t{3} * threads) {}

  Share next() {
    std::int64_t begin = taken_.load(std::memory_order_relaxed), end = begin;
    do {
      if (begin >= count_) return {};
      end = begin + std::max<std::int64_t>(1, (count_ - begin) / parts_);
    } while (!taken_.compare_exchange_weak(begin, end, std::memory_order_relaxed));
    return {begin, end};
  }

 private:
  const std::int64_t count_, parts_;
  std::atomic<std::int64_t> taken_{0};
};

}  // namespace radfm::kernels
