// SPDX-License-Identifier: Apache-2.0
// Windowing of grey values: value by value, and, where a frame has fewer stored values than pixels, by a table of what each
// stored value is shown as. Both go through the same arithmetic, so they give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/imaging/grey_scale.h"
#include "pipeline/imaging/stored_pixels.h"

namespace radfm::imaging {

// Modality values that are shown black and white, and those between them in proportion.
struct ShownInterval {
  double low = 0, high = 0;
};

// shown[i] = values[i] * factor + offset within the interval, as 0 to 255.
void show_values(const float* values, std::size_t count, double factor, double offset, const ShownInterval& interval,
                 std::uint8_t* shown);

struct GreyTable {
  std::int32_t lowest = 0;           // stored value of the first entry
  ModalityPixels modality;           // of each stored value
  std::vector<std::uint8_t> shown;   // padding is 0
  // shown_pixels[i] of stored values that the table was made for.
  void look_up(const std::vector<std::int32_t>& stored, std::uint8_t* shown_pixels) const;
  std::size_t entry_of(std::int32_t stored) const { return static_cast<std::size_t>(std::int64_t{stored} - lowest); }
  bool is_padding(std::size_t entry) const { return !modality.is_padding.empty() && modality.is_padding[entry]; }
};

// Nothing for real values, and for those that are so far apart that the table would have more entries than there are pixels.
std::optional<GreyTable> grey_table(const StoredPixels& stored, const GreyScale& grey, const ShownInterval& interval);

}  // namespace radfm::imaging
