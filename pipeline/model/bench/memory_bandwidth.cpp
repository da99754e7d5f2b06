// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/memory_bandwidth.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include "core/result.h"

namespace radfm::model {
namespace {

constexpr std::int64_t large_page_bytes = std::int64_t{2} << 20;
constexpr std::int64_t words_of_all = bandwidth_buffer_bytes / 8;

using Line = std::int64_t __attribute__((vector_size(64)));

// The streams lie one behind the other, `lines` each. Summed in registers: the additions must not be what is waited for.
template <int streams>
std::int64_t sum_of(const Line* first, std::int64_t lines) {
  Line sums[streams] = {};
  for (std::int64_t i = 0; i < lines; ++i)
    for (int stream = 0; stream < streams; ++stream) sums[stream] += first[stream * lines + i];
  std::int64_t total = 0;
  for (const Line& sum : sums)
    for (int i = 0; i < 8; ++i) total += sum[i];
  return total;
}

std::int64_t sum_of(const Line* first, std::int64_t lines, int streams) {
  switch (streams) {
    case 1:
      return sum_of<1>(first, lines);
    case 2:
      return sum_of<2>(first, lines / 2);
    case 4:
      return sum_of<4>(first, lines / 4);
    case 8:
      return sum_of<8>(first, lines / 8);
    default:
      broken_invariant("a number of streams that is not measured");
  }
}

}  // namespace

BandwidthBuffer::BandwidthBuffer() {
  words_ = static_cast<std::int64_t*>(std::aligned_alloc(large_page_bytes, bandwidth_buffer_bytes));
  if (!words_) throw std::bad_alloc();
  ::madvise(words_, bandwidth_buffer_bytes, MADV_HUGEPAGE);  // where there are none, small ones serve
  for (std::int64_t i = 0; i < words_of_all; ++i) words_[i] = 1;
}

BandwidthBuffer::~BandwidthBuffer() {
  std::free(words_);
}

void BandwidthBuffer::read(int threads, int streams) const {
  const std::int64_t lines = bandwidth_buffer_bytes / 64 / threads / 8 * 8;  // of each thread
  std::atomic<std::int64_t> total = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < threads; ++i)
      readers.emplace_back([&, i] { total += sum_of(reinterpret_cast<const Line*>(words_) + i * lines, lines, streams); });
  }
  if (total != lines * threads * 8) broken_invariant("a buffer of ones does not sum to its length");
}

}  // namespace radfm::model
