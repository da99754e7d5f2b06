// SPDX-License-Identifier: Apache-2.0
// The colour tables of PALETTE COLOR images (PS3.3 C.7.6.3.1.5, C.7.9), plain and segmented.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"

class DcmItem;

namespace radfm::imaging {

// One of the three tables. Values below the first mapped one get the first entry, those behind the last one
// the last.
struct PaletteTable {
  int first_mapped = 0;
  std::vector<std::uint16_t> entries;  // at least one
  int bits = 8;                        // entries use 0 to 2^bits - 1
  std::uint8_t at(std::int32_t stored) const;
};

using Palette = std::array<PaletteTable, 3>;  // red, green, blue

inline constexpr std::size_t palette_entries_max = 65'536;

// Reads all three tables. Error: permanent "broken" (a table is missing, has fewer entries than it says, or
// segments that cannot be).
Result<Palette> read_palette(DcmItem& data_set);

// A segmented table (C.7.9.2) as `count` entries: discrete, linear and indirect segments out of units of
// `unit_bytes` (1 or 2). Error: permanent "broken" (an unknown segment, one that ends behind the units or
// refers to itself or another indirect one, more or fewer entries than `count`).
Result<std::vector<std::uint16_t>> expand_segments(std::span<const std::uint16_t> units, std::size_t count,
                                                   int unit_bytes = 2);

}  // namespace radfm::imaging
