// SPDX-License-Identifier: Apache-2.0
// JPEG 2000 and high-throughput JPEG 2000 through OpenJPEG, one code stream at a time, in memory, without
// threads of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/pixel_format.h"

namespace radfm::imaging {

struct DecodedSamples {
  std::vector<std::int32_t> values;  // [rows][columns][samples]; the colour transformation is undone
  int precision = 8;
};

// A bare code stream or a whole JP2 file around one. The header's Pixel Representation decides on the sign,
// the code stream's precision on the width: values of an unsigned code stream under a signed header are sign
// extended from that width, and the other way round. Errors, all permanent: "broken" (damaged, cut off, or of
// another size than the header says), "unsupported_pixel_format" (subsampled or differing components, more
// than 31 bits).
Result<DecodedSamples> decode_jpeg_2000(std::span<const std::uint8_t> stream, const PixelFormat& format);

}  // namespace radfm::imaging
