// SPDX-License-Identifier: Apache-2.0
// How fast the processor reads its memory, by streams that lie far apart: one stream's prefetching does not fill the bandwidth, too
// many streams lose it again, and which number is best differs from machine to machine. Links no torch.
#pragma once

#include <cstdint>

namespace radfm::model {

struct ReadingWay {
  int streams = 1;          // of each thread
  bool prefetched = false;  // asked for some lines ahead
};
inline constexpr ReadingWay reading_ways[] = {{1, false}, {2, false}, {4, false}, {8, false}, {2, true}, {4, true}, {8, true}};

// Reads `count` words (far more than a cache holds, over the calls) once, by `threads` threads of OpenMP. The sum of what was read,
// so that the reading cannot be left out; up to 64 words a thread are not read.
std::uint64_t read_streamed(const std::uint64_t* words, std::int64_t count, const ReadingWay& way, int threads);

}  // namespace radfm::model
