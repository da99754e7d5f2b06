// SPDX-License-Identifier: Apache-2.0
// What the markers of a JPEG (ITU-T T.81 annex B) or JPEG-LS (T.87 annex C) stream say, before a decoder that
// believes them is let near it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/pixel_format.h"

namespace radfm::imaging {

struct JpegHeader {
  int frame_type =
      0;  // the SOF marker's low byte: 0xC0 baseline, 0xC1 extended, 0xC2, 0xC3 lossless, 0xF7 LS
  int precision = 0, rows = 0, columns = 0, components = 0;
  bool subsampled = false;          // sampling factors differ between components
  bool rgb_component_ids = false;   // components are called 'R', 'G', 'B'
  bool jfif = false;                // APP0 JFIF: three components are YCbCr
  std::optional<int> adobe_colour;  // APP14: 0 none (RGB), 1 YCbCr
  int near = 0;                     // JPEG-LS: largest error of a value
  int scans = 0;
  // Where DC Huffman tables hold symbols that are no number of bits. Some writers leave such symbols unused;
  // DCMTK's decoder would look up behind its tables with them.
  std::vector<std::size_t> wild_symbols;
};

// Each scan walks the whole picture, so that many scans in a small file cost much time.
inline constexpr int jpeg_scans_max = 64;

// Walks the markers of the whole stream. Error: permanent "broken" (no SOI, a marker that ends behind the
// stream, no frame header, more than one, no scan, more scans than the limit).
Result<JpegHeader> read_jpeg_header(std::span<const std::uint8_t> stream);

// Refuses a stream that claims another size than the data set: permanent "broken".
Status same_size(const JpegHeader& header, const PixelFormat& format);

}  // namespace radfm::imaging
