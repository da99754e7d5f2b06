// SPDX-License-Identifier: Apache-2.0
// How fast the processor's memory can be read. A token of the language model reads every weight once, so that this figure
// bounds the tokens a second, whatever the program does.
#pragma once

#include <cstdint>
#include <memory>

namespace radfm::model {

inline constexpr std::int64_t bandwidth_buffer_bytes = std::int64_t{1} << 30;  // larger than any cache
// Places that one thread reads beside one another: one stream's prefetching does not fill a memory's bandwidth, and which
// number does differs from machine to machine.
inline constexpr int bandwidth_streams[] = {1, 2, 4, 8};

// A buffer on large pages where the system gives them; one user at a time.
class BandwidthBuffer {
 public:
  BandwidthBuffer();
  ~BandwidthBuffer();
  BandwidthBuffer(const BandwidthBuffer&) = delete;
  BandwidthBuffer& operator=(const BandwidthBuffer&) = delete;

  // Reads all of it once with `threads` threads, each in `streams` far-apart places of its own part.
  void read(int threads, int streams) const;

 private:
  std::int64_t* words_ = nullptr;
};

}  // namespace radfm::model
