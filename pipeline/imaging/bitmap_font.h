// SPDX-License-Identifier: Apache-2.0
// A fixed font of 5 x 7 dots for ASCII, so that labels need no font file and come out the same everywhere.
#pragma once

#include <array>
#include <cstdint>

namespace radfm::imaging {

inline constexpr int glyph_width = 5, glyph_height = 7;

// Columns from left to right; bit 0 is the top row. What is no printable ASCII is '?'.
const std::array<std::uint8_t, glyph_width>& glyph(char c);

}  // namespace radfm::imaging
