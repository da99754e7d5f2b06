// SPDX-License-Identifier: Apache-2.0
// From stored values in any colour space to RGB for display, converted exactly once: decoders leave colours
// as they are coded, and this is the only place that converts.
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/imaging/palette.h"
#include "pipeline/imaging/stored_pixels.h"

namespace radfm::imaging {

// [rows][columns][3] of an RGB or YBR frame, full scale of its bits to 0..255 (PS3.3 C.7.6.3.1.2). Asked for
// a grey or palette frame it stops the program.
std::vector<std::uint8_t> rgb8(const StoredPixels& stored);

// The same of a palette frame.
std::vector<std::uint8_t> rgb8(const StoredPixels& stored, const Palette& palette);

}  // namespace radfm::imaging
