// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/rle.h"

#include <algorithm>
#include <cstring>

namespace radfm::imaging {
namespace {

constexpr std::size_t header_bytes = 64, segments_max = 15;

std::uint32_t u32_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 16 | static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

Error damaged() {
  return permanent_error("broken", "the RLE compressed pixel data is damaged; send the image again");
}

// G.3.1: n below 128: n + 1 bytes as they are; above: 257 - n times the next byte; 128 says nothing. Bytes go
// to every `stride`-th place. False: the segment ends before `count` bytes are there.
bool unpack_segment(std::span<const std::uint8_t> segment, std::uint8_t* out, std::size_t count,
                    std::size_t stride) {
  std::size_t done = 0, at = 0;
  while (done < count) {
    if (at >= segment.size()) return false;
    const std::size_t n = segment[at++];
    if (n == 128) continue;
    const std::size_t length = std::min(n < 128 ? n + 1 : 257 - n, count - done);
    if (n < 128) {
      if (segment.size() - at < length) return false;
      for (std::size_t i = 0; i < length; ++i) out[(done + i) * stride] = segment[at + i];
      at += n + 1;
    } else {
      if (at >= segment.size()) return false;
      for (std::size_t i = 0; i < length; ++i) out[(done + i) * stride] = segment[at];
      ++at;
    }
    done += length;
  }
  return true;
}

}  // namespace

bool is_rle_header(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < header_bytes) return false;
  const std::uint32_t segments = u32_at(bytes, 0);
  if (segments < 1 || segments > segments_max || u32_at(bytes, 4) != header_bytes) return false;
  for (std::size_t i = 1; i < segments_max; ++i) {
    const std::uint32_t offset = u32_at(bytes, 4 + 4 * i);
    if (i < segments ? offset <= u32_at(bytes, 4 * i) : offset != 0) return false;
  }
  return true;
}

Result<std::vector<std::uint8_t>> unpack_rle(std::span<const std::uint8_t> stream, std::size_t pixels,
                                             std::size_t samples, std::size_t bytes_of_cell) {
  const std::size_t planes = samples * bytes_of_cell;
  if (stream.size() < header_bytes || u32_at(stream, 0) != planes || planes > segments_max) return damaged();
  std::vector<std::uint8_t> cells(pixels * planes);
  for (std::size_t plane = 0; plane < planes; ++plane) {
    const std::size_t begin = u32_at(stream, 4 + 4 * plane);
    const std::size_t end = plane + 1 < planes ? u32_at(stream, 8 + 4 * plane) : stream.size();
    if (begin < header_bytes || begin > end || end > stream.size()) return damaged();
    // G.2: of each sample the most significant byte comes first.
    const std::size_t sample = plane / bytes_of_cell, byte = bytes_of_cell - 1 - plane % bytes_of_cell;
    std::uint8_t* first = cells.data() + sample * bytes_of_cell + byte;
    if (!unpack_segment(stream.subspan(begin, end - begin), first, pixels, planes)) return damaged();
  }
  return cells;
}

}  // namespace radfm::imaging
