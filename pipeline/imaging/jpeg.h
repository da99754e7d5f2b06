// SPDX-License-Identifier: Apache-2.0
// JPEG and JPEG-LS through DCMTK's libraries, one code stream at a time, colours as they are coded.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/pixel_format.h"

namespace radfm::imaging {

// Cells of 8 or 16 bits, little endian, samples interleaved, chroma in full.
struct DecodedCells {
  std::vector<std::uint8_t> bytes;
  int bits_of_cell = 8;
  int precision = 8;  // bits that the stream codes
  bool exact = true;  // no value was changed by coding
  ColourSpace colour = ColourSpace::grey;
};

// Baseline, extended, progressive and lossless Huffman coded JPEG of 2 to 16 bits. Three components of a
// lossy stream are what its markers say (Adobe, JFIF, the components' names, subsampling), else what the
// header says: writers call YCbCr "RGB" and the other way round. The header's size must be the stream's: a
// stream that claims more is not decoded. A stream with any damage that the decoder notices is refused, not
// patched up. Errors, all permanent: "broken", "unsupported_pixel_format" (arithmetic or hierarchical
// coding).
Result<DecodedCells> decode_jpeg(std::span<const std::uint8_t> stream, const PixelFormat& format);

// JPEG-LS, lossless and near-lossless, 2 to 16 bits. Errors as above.
Result<DecodedCells> decode_jpeg_ls(std::span<const std::uint8_t> stream, const PixelFormat& format);

}  // namespace radfm::imaging
