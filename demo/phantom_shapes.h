// SPDX-License-Identifier: Apache-2.0
// The shapes that a chest is drawn of, in float and without library calls for a pixel: millions of pixels a second.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "demo/phantom_chest.h"
#include "demo/phantom_random.h"

namespace radfm::phantom {

// To 0 and 1, as the processor's minimum and maximum: a branch here is guessed wrong half of the time.
inline float clamped(float value) {
  const float not_below = value > 0.0f ? value : 0.0f;
  return not_below < 1.0f ? not_below : 1.0f;
}

// 1 inside, 0 outside, a straight ramp over `edge_mm` around the border. `inside_mm`: distance to the border, positive
// inside. The ramp keeps the drawing free of stairs at every matrix.
inline float coverage(float inside_mm, float edge_mm) { return clamped(0.5f + inside_mm * (1.0f / edge_mm)); }

// A wave of period 1 between -1 and 1, 1 at 0: a cosine to the eye. `turns` above -1000.
inline float wave(float turns) {
  const float from = turns + 1000.0f, share = from - static_cast<float>(static_cast<int>(from));
  const float slope = 4.0f * std::abs(share - 0.5f) - 1.0f;
  return slope * (1.5f - 0.5f * slope * slope);
}

// A function on [0, end] by straight pieces; behind the end its last value.
class Table {
 public:
  template <class Function>
  Table(float end, Function&& function) : cells_per_unit_(cells / end) {
    for (int i = 0; i <= cells; ++i) values_[static_cast<std::size_t>(i)] = static_cast<float>(function(double(end) * i / cells));
  }
  float operator()(float at) const {
    const float place = std::min(at * cells_per_unit_, cells - 0.001f);
    const int cell = static_cast<int>(place);
    const float low = values_[static_cast<std::size_t>(cell)], high = values_[static_cast<std::size_t>(cell) + 1];
    return low + (high - low) * (place - static_cast<float>(cell));
  }

 private:
  static constexpr int cells = 256;
  float cells_per_unit_;
  std::array<float, cells + 1> values_{};
};

// A term of a rounded shape, |x/a|^n + |y/b|^n <= 1 to the eye for n from 2 to 3, without a power: between t^2 and t^3.
inline float super_term(float t, float exponent) { return t * t * (3.0f - exponent + (exponent - 2.0f) * t); }

// A sum of four uniform numbers: bell-shaped, deviation 1, never beyond 3.5; the same for the same place on every machine.
inline float cheap_normal(Random& random) {
  const std::uint64_t bits = random.next();
  const auto sum = static_cast<int>((bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48));
  return static_cast<float>(sum - 131'070) * (1.0f / 37'837.0f);
}

// Between the chest's millimetres and the pixels of an image of `matrix` each way.
class Placement {
 public:
  Placement(const Exposure& exposure, int matrix)
      : cosine_(float(std::cos(exposure.rotation_degrees * std::numbers::pi / 180.0))),
        sine_(float(std::sin(exposure.rotation_degrees * std::numbers::pi / 180.0))), shift_x_(float(exposure.shift_x_mm)),
        shift_y_(float(exposure.shift_y_mm)), pixel_mm_(float(field_of_view_mm / matrix)), half_(float(field_of_view_mm / 2.0)),
        scale_(float(exposure.scale)), per_scale_(float(1.0 / exposure.scale)) {}
  float pixel_mm() const { return pixel_mm_; }
  float image_mm(int index) const { return (float(index) + 0.5f) * pixel_mm_ - half_; }
  void chest_of(int column, int row, float& x, float& y) const {
    const float moved_x = (image_mm(column) - shift_x_) * per_scale_, moved_y = (image_mm(row) - shift_y_) * per_scale_;
    x = cosine_ * moved_x + sine_ * moved_y;
    y = cosine_ * moved_y - sine_ * moved_x;
  }
  void pixel_of(float x, float y, float& column, float& row) const {
    column = ((cosine_ * x - sine_ * y) * scale_ + shift_x_ + half_) / pixel_mm_ - 0.5f;
    row = ((sine_ * x + cosine_ * y) * scale_ + shift_y_ + half_) / pixel_mm_ - 0.5f;
  }

 private:
  float cosine_, sine_, shift_x_, shift_y_, pixel_mm_, half_, scale_, per_scale_;
};

// The outline of a consolidation: how much larger than its mean radius it is in a direction.
class Lobes {
 public:
  explicit Lobes(const std::array<double, 6>& lobes) {
    for (std::size_t i = 0; i < 3; ++i) {
      cosine_[i] = static_cast<float>(lobes[i] * std::cos(lobes[i + 3]));
      sine_[i] = static_cast<float>(lobes[i] * std::sin(lobes[i + 3]));
    }
  }
  // The point's distance, as that of a round blob.
  float rounded(float dx, float dy) const {
    const float r = std::sqrt(dx * dx + dy * dy);
    if (r < 1e-3f) return r;
    const float c = dx / r, s = dy / r, c2 = c * c - s * s, s2 = 2 * c * s, c3 = c2 * c - s2 * s, s3 = s2 * c + c2 * s,
                c5 = c3 * c2 - s3 * s2, s5 = s3 * c2 + c3 * s2;
    return r / (1.0f + c2 * cosine_[0] - s2 * sine_[0] + c3 * cosine_[1] - s3 * sine_[1] + c5 * cosine_[2] - s5 * sine_[2]);
  }
  // Uneven filling, 0.65 to 1.35: what tells a consolidation from a nodule.
  float texture(float dx, float dy) const {
    return 1.0f + 0.35f * wave(dx / 23.0f + 9.0f * cosine_[0]) * wave(dy / 19.0f + 9.0f * sine_[1]);
  }

 private:
  std::array<float, 3> cosine_{}, sine_{};
};

inline constexpr float soft_edge_mm = 10.0f, nodule_edge_mm = 2.5f;

// Whether a pixel is near enough to a nodule or consolidation to be asked about it.
inline bool is_near(const Finding& finding, float x, float y) {
  const auto reach = static_cast<float>(0.6 * finding.extent_mm) + soft_edge_mm;
  return std::abs(x - static_cast<float>(finding.centre.x_mm)) < reach && std::abs(y - static_cast<float>(finding.centre.y_mm)) < reach;
}

}  // namespace radfm::phantom
