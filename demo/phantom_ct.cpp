// SPDX-License-Identifier: Apache-2.0
#include <numbers>

#include "demo/ct_shapes.h"
#include "demo/phantom_chest.h"

namespace radfm::phantom {
namespace {

constexpr float air_hu = -1000, lung_hu = -840, tissue_hu = 40, heart_hu = 48, bone_hu = 420, vessel_hu = 35, finding_hu = 45,
                fluid_hu = 12, range_hu = 1400;  // the chest window's width
constexpr float edge_mm = 3.0f, body_exponent = 2.3f;

float blend(float below, float above, float share) { return below + (above - below) * share; }

float disc(float x, float y, float radius_mm) { return coverage(radius_mm - std::sqrt(x * x + y * y), edge_mm); }

// Slanted vessels, thinner outwards: what a small nodule must be told from. Drawn point by point along each.
class Vessels {
 public:
  explicit Vessels(std::uint64_t seed) {
    Random random(seed);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      Line& line = lines_[i];
      const double step = static_cast<double>(i / 2);
      line.side = i % 2 == 0 ? -1.0f : 1.0f;
      line.slope_z = float(random.between(0.5, 1.2) * (i % 4 < 2 ? 1.0 : -1.0));
      line.slope_y = float(random.between(-0.4, 0.4));
      line.start_z = float(-66.0 + 20.0 * step + random.between(-8, 8));
      line.start_y = float(-22.0 + 8.0 * step + random.between(-8, 8));
    }
  }
  // [row][column] shares.
  std::vector<float> in_slice(const Placement& placement, int matrix, float z, float thickness) const {
    std::vector<float> shares(static_cast<std::size_t>(matrix) * static_cast<std::size_t>(matrix));
    const float step = 0.5f * placement.pixel_mm();
    for (const Line& line : lines_) {
      for (float along = 0; along < 75.0f; along += step) {
        const float radius = 3.4f - 0.025f * along, at_z = line.start_z + line.slope_z * along;
        const float low = std::max(z - thickness / 2, at_z - 1.3f * radius), high = std::min(z + thickness / 2, at_z + 1.3f * radius);
        if (high <= low) continue;
        const float share = (high - low) / thickness * std::min(1.0f, 2.0f * radius / placement.pixel_mm());
        put(placement, matrix, line.side * (30.0f + along), line.start_y + line.slope_y * along, share, shares);
      }
    }
    return shares;
  }

 private:
  struct Line {
    float side, slope_z, slope_y, start_z, start_y;
  };
  static void put(const Placement& placement, int matrix, float x, float y, float share, std::vector<float>& shares) {
    float column = 0, row = 0;
    placement.pixel_of(x, y, column, row);
    if (column < 0 || row < 0 || column >= float(matrix - 1) || row >= float(matrix - 1)) return;
    const int left = int(column), top = int(row);
    const float right_share = column - float(left), low_share = row - float(top);
    for (const int i : {0, 1}) {
      for (const int j : {0, 1}) {
        float& cell = shares[static_cast<std::size_t>((top + i) * matrix + left + j)];
        cell = std::max(cell, share * (i ? low_share : 1 - low_share) * (j ? right_share : 1 - right_share));
      }
    }
  }
  std::array<Line, 14> lines_{};
};

// Bright spots in the chest wall that turn with the height: 0 to 1.
float rib_spots(const Anatomy& anatomy, float x, float y, float turn_cosine, float turn_sine) {
  const float across = x / float(anatomy.body_half_width_mm), back = y / float(anatomy.body_half_depth_mm);
  const float level2 = across * across + back * back;
  if (level2 < 0.66f || level2 > 0.90f) return 0.0f;
  const float level = std::sqrt(level2);
  float c = across / level, s = back / level;
  for (int i = 0; i < 3; ++i) {  // the cosine of 8 angles, by doubling
    const float doubled = c * c - s * s;
    s = 2 * c * s;
    c = doubled;
  }
  return coverage(0.045f - std::abs(level - 0.88f), 0.02f) * clamped(3.0f * (c * turn_cosine - s * turn_sine) - 1.8f);
}

float hounsfield(const CtShapes& shapes, float x, float y, float vessel, float body_level, float turn_cosine, float turn_sine) {
  const Anatomy& anatomy = shapes.anatomy();
  const float body = coverage((1.0f - body_level) * float(anatomy.body_half_depth_mm) / body_exponent, edge_mm);
  if (body <= 0.0f) return air_hu;
  float value = blend(air_hu, tissue_hu, body);
  const float air = shapes.lung(x, y);
  if (air > 0.0f) {
    value = blend(value, lung_hu, air);
    value = blend(value, vessel_hu, vessel * air);
    if (shapes.is_effusion()) value = blend(value, fluid_hu, shapes.fluid(x, y) * air);
  }
  value = blend(value, heart_hu, shapes.heart(x, y));
  if (shapes.is_blob_near(x, y)) value = blend(value, finding_hu, std::min(1.0f, shapes.blob(x, y)));
  if (std::abs(x) < 22.0f) value = blend(value, bone_hu, disc(x, y - float(0.62 * anatomy.body_half_depth_mm), 17.0f));
  return blend(value, bone_hu, rib_spots(anatomy, x, y, turn_cosine, turn_sine));
}

}  // namespace

std::vector<float> draw_ct_slice(const Anatomy& anatomy, const Finding& finding, const Exposure& exposure, int matrix,
                                 double z_mm, double thickness_mm) {
  // The slice's place is part of the seed: slices may be drawn in any order.
  Random random(exposure.noise_seed ^ static_cast<std::uint64_t>(std::llround(z_mm * 1000.0)) * 0x9E3779B97F4A7C15ull);
  const double z = z_mm - exposure.shift_z_mm;
  CtShapes shapes(anatomy, finding);
  shapes.set_slice(z, thickness_mm);
  const Placement placement(exposure, matrix);
  const std::vector<float> vessels = Vessels(anatomy.vessel_seed).in_slice(placement, matrix, float(z), float(thickness_mm));
  const double turn = 2.0 * std::numbers::pi * (z / anatomy.rib_period_mm + anatomy.rib_phase);
  const auto turn_cosine = float(std::cos(turn)), turn_sine = float(std::sin(turn));
  const auto gain = float(exposure.gain), offset = float(exposure.offset) * range_hu, noise = float(exposure.noise) * range_hu;
  std::vector<float> pixels(vessels.size());
  std::size_t i = 0;
  for (int row = 0; row < matrix; ++row) {
    for (int column = 0; column < matrix; ++column, ++i) {
      float x = 0, y = 0;
      placement.chest_of(column, row, x, y);
      const float level = super_term(std::abs(x) / float(anatomy.body_half_width_mm), body_exponent) +
                          super_term(std::abs(y) / float(anatomy.body_half_depth_mm), body_exponent);
      const float value = hounsfield(shapes, x, y, vessels[i], level, turn_cosine, turn_sine);
      pixels[i] = air_hu + (value - air_hu) * gain + offset + noise * cheap_normal(random);
    }
  }
  return pixels;
}

}  // namespace radfm::phantom
