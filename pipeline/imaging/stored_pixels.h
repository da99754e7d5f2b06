// SPDX-License-Identifier: Apache-2.0
// Stored values of one frame (PS3.5 8.1.1): decompressed, upper bits cut off, sign extended.
#pragma once

#include <cstdint>
#include <vector>

namespace radfm::imaging {

// What the samples of a pixel are. Grey says nothing about MONOCHROME1 or 2: inversion comes later.
enum class ColourSpace { grey, palette, rgb, ybr_full, ybr_partial };

// The values of one frame, before Modality LUT, palette and colour conversion. Exactly one of `values` and
// `reals` is filled, [rows][columns][samples].
struct StoredPixels {
  int rows = 0, columns = 0;
  std::vector<std::int32_t> values;
  // Float and Double Float Pixel Data (as they are: not-a-number and infinity can be among them), and
  // unsigned values of 32 bits.
  std::vector<double> reals;
  int samples = 1;  // 1 or 3
  ColourSpace colour = ColourSpace::grey;
  int bits = 16;  // of one sample: colour values use 0 to 2^bits - 1
  bool has_reals() const { return !reals.empty(); }
};

}  // namespace radfm::imaging
