// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/stream_reading.h"

#include "core/result.h"

namespace radfm::model {
namespace {

using Words = std::uint64_t __attribute__((vector_size(16), aligned(8)));
constexpr std::int64_t line = 8;  // words
constexpr std::int64_t prefetch_bytes = 1024;

// `length` words from each of the places that lie `length` apart, summed in registers: additions must not be what is waited for.
template <int streams, bool prefetched>
std::uint64_t sum_of(const std::uint64_t* words, std::int64_t length) {
  Words sums[streams] = {};
  for (std::int64_t i = 0; i < length; i += line)
    for (int s = 0; s < streams; ++s) {
      const auto* const place = reinterpret_cast<const Words*>(words + s * length + i);
      if constexpr (prefetched) __builtin_prefetch(place + prefetch_bytes / 16, 0, 2);  // into the second cache
      sums[s] += (place[0] + place[1]) + (place[2] + place[3]);
    }
  std::uint64_t total = 0;
  for (const Words& sum : sums) total += sum[0] + sum[1];
  return total;
}

template <bool prefetched>
std::uint64_t sum_by(int streams, const std::uint64_t* words, std::int64_t count) {
  switch (streams) {
    case 1:
      return sum_of<1, prefetched>(words, count);
    case 2:
      return sum_of<2, prefetched>(words, count / 2);
    case 4:
      return sum_of<4, prefetched>(words, count / 4);
    case 8:
      return sum_of<8, prefetched>(words, count / 8);
  }
  broken_invariant("memory is read by a number of streams that nobody has written");
}

}  // namespace

std::uint64_t read_streamed(const std::uint64_t* words, std::int64_t count, const ReadingWay& way, int threads) {
  const std::int64_t part = count / threads / 64 * 64;  // whole lines for each of 8 streams
  std::uint64_t total = 0;
#pragma omp parallel for num_threads(threads) schedule(static, 1) reduction(+ : total)
  for (int i = 0; i < threads; ++i) {
    const std::uint64_t* const first = words + i * part;
    total += way.prefetched ? sum_by<true>(way.streams, first, part) : sum_by<false>(way.streams, first, part);
  }
  return total;
}

}  // namespace radfm::model
