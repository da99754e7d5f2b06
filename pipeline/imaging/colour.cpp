// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/colour.h"

#include <algorithm>
#include <cmath>

namespace radfm::imaging {
namespace {

std::uint8_t rounded(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

struct Ybr {
  double y, b, r;  // 0 to 255; chroma around 0
};

Ybr ybr_of(const std::int32_t* pixel, double scale, int bits) {
  const double middle = std::exp2(bits - 1);
  return {pixel[0] * scale, (pixel[1] - middle) * scale, (pixel[2] - middle) * scale};
}

void full_to_rgb(const Ybr& c, std::uint8_t* out) {
  out[0] = rounded(c.y + 1.402 * c.r);
  out[1] = rounded(c.y - 0.344136 * c.b - 0.714136 * c.r);
  out[2] = rounded(c.y + 1.772 * c.b);
}

// Y from 16 to 235, chroma from 16 to 240.
void partial_to_rgb(const Ybr& c, std::uint8_t* out) {
  const double y = 255.0 / 219 * (c.y - 16), b = 255.0 / 224 * c.b, r = 255.0 / 224 * c.r;
  full_to_rgb({y, b, r}, out);
}

}  // namespace

std::vector<std::uint8_t> rgb8(const StoredPixels& stored) {
  if (stored.samples != 3 || stored.values.empty())
    broken_invariant("a grey image was asked for its colours");
  std::vector<std::uint8_t> out(stored.values.size());
  const double scale = 255 / (std::exp2(stored.bits) - 1);
  for (std::size_t i = 0; i < out.size(); i += 3) {
    const std::int32_t* pixel = &stored.values[i];
    if (stored.colour == ColourSpace::rgb) {
      for (std::size_t sample = 0; sample < 3; ++sample) out[i + sample] = rounded(pixel[sample] * scale);
    } else if (stored.colour == ColourSpace::ybr_partial) {
      partial_to_rgb(ybr_of(pixel, scale, stored.bits), &out[i]);
    } else {
      full_to_rgb(ybr_of(pixel, scale, stored.bits), &out[i]);
    }
  }
  return out;
}

std::vector<std::uint8_t> rgb8(const StoredPixels& stored, const Palette& palette) {
  if (stored.samples != 1 || stored.has_reals()) broken_invariant("a colour table was given to other pixels");
  std::vector<std::uint8_t> out;
  out.reserve(stored.values.size() * 3);
  for (const std::int32_t value : stored.values) {
    for (const auto& table : palette) out.push_back(table.at(value));
  }
  return out;
}

}  // namespace radfm::imaging
