// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

class DcmItem;

namespace radfm::imaging {

// Part of a picture: columns left to right - 1, rows top to bottom - 1.
struct PictureRegion {
  int left = 0, top = 0, right = 0, bottom = 0;
  int width() const { return right - left; }
  int height() const { return bottom - top; }
};

inline constexpr int ultrasound_region_side_min = 16;  // a smaller one is no picture
inline constexpr unsigned long ultrasound_regions_max = 64;

// What encloses all regions of the Sequence of Ultrasound Regions (PS3.3 C.8.5.5) that show tissue or flow, cut to the
// picture. What lies outside is the machine's frame: names, dates and scales are burned in there. Nothing when the file
// names no usable region.
std::optional<PictureRegion> ultrasound_region(DcmItem& data_set, int rows, int columns);

// The region's pixels out of [rows][columns][channels].
template <class Value>
std::vector<Value> cropped(const std::vector<Value>& pixels, int columns, int channels, const PictureRegion& region) {
  std::vector<Value> out;
  out.reserve(std::size_t(region.width()) * region.height() * channels);
  for (int row = region.top; row < region.bottom; ++row) {
    const auto first = pixels.begin() + (std::ptrdiff_t(row) * columns + region.left) * channels;
    out.insert(out.end(), first, first + std::ptrdiff_t(region.width()) * channels);
  }
  return out;
}

}  // namespace radfm::imaging
