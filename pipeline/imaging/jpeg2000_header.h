// SPDX-License-Identifier: Apache-2.0
// What the markers of a JPEG 2000 code stream (ITU-T T.800 annex A) say, before a decoder that believes them
// is let near it: a few bytes can ask for gigabytes.
#pragma once

#include <cstdint>
#include <span>

#include "core/result.h"

namespace radfm::imaging {

struct Jpeg2000Header {
  std::int64_t rows = 0, columns = 0;
  int components = 0;
  int precision = 0;             // of the first component
  bool is_signed = false;        // of the first component
  bool equal_components = true;  // same precision and sign, none subsampled
  bool reversible = true;        // every part of it uses the integer wavelet
};

// What one image may ask of the decoder. Images of 16384 x 3072 pixels in three components stay below with
// tiles of 64 x 64 or more, precincts of 128 x 128 or more, code blocks of 16 x 16 or more.
struct Jpeg2000Limits {
  std::int64_t tiles_max = 16'384, precincts_max = 262'144, packets_max = 4'194'304,
               code_blocks_max = 1'048'576;
};

// The code stream inside a JP2 file's boxes (annex I), or the bytes themselves when they are no JP2 file.
std::span<const std::uint8_t> code_stream_of(std::span<const std::uint8_t> bytes);

// Walks the main header and those of all tile parts. Error: permanent "broken" (not a code stream, a marker
// that ends behind it, a limit that is passed).
Result<Jpeg2000Header> read_jpeg_2000_header(std::span<const std::uint8_t> stream,
                                             const Jpeg2000Limits& limits = {});

}  // namespace radfm::imaging
