// SPDX-License-Identifier: Apache-2.0
// RLE (PS3.5 annex G): byte planes, each packed by itself.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"

namespace radfm::imaging {

// Whether these bytes begin with a header that can be one: 1 to 15 segments, the first behind the header.
bool is_rle_header(std::span<const std::uint8_t> bytes);

// One frame as little endian cells with interleaved samples. Errors, all permanent: "broken" (offsets outside
// the frame, a segment that unpacks to fewer bytes than pixels, another number of segments than
// samples x bytes of a cell).
Result<std::vector<std::uint8_t>> unpack_rle(std::span<const std::uint8_t> stream, std::size_t pixels,
                                             std::size_t samples, std::size_t bytes_of_cell);

}  // namespace radfm::imaging
