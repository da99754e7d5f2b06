// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_chest.h"
#include "demo/radiograph_shapes.h"

namespace radfm::phantom {
namespace {

// Brightness, as share of the full range, of what a ray meets.
constexpr float soft_tissue = 0.58f, lung_air = -0.40f, mediastinum = 0.14f, spine = 0.08f, heart_in_air = 0.28f,
                heart_in_tissue = 0.07f, clavicle = 0.08f, abdomen = 0.06f, fluid_share = 0.95f;
constexpr float sharp_edge_mm = 2.5f;

float clavicles(float x, float y) {
  const float line = -92.0f - 0.12f * std::abs(x);
  return coverage(6.0f - std::abs(y - line), sharp_edge_mm) * coverage(120.0f - std::abs(x), 10.0f) *
         coverage(std::abs(x) - 12.0f, 6.0f);
}

// The letter L, 14 mm high.
float marker(float x, float y) {
  const float left = 145.0f, top = -168.0f;
  const bool stem = x >= left && x < left + 3.0f && y >= top && y < top + 14.0f;
  const bool foot = x >= left && x < left + 9.0f && y >= top + 11.0f && y < top + 14.0f;
  return stem || foot ? 1.0f : 0.0f;
}

class Brightness {
 public:
  Brightness(const Anatomy& anatomy, const Finding& finding)
      : shapes_(anatomy, finding), body_half_width_(float(anatomy.body_half_width_mm)),
        per_body_half_width_(float(1.0 / anatomy.body_half_width_mm)), diaphragm_(float(anatomy.diaphragm_mm)),
        rib_contrast_(float(anatomy.rib_contrast)), rib_phase_(float(anatomy.rib_phase)), per_rib_(float(1.0 / anatomy.rib_period_mm)) {}

  // `count` places from (x, y) on, each a step further.
  void row(float x, float y, float step_x, float step_y, int count, float* out) const {
    if (shapes_.is_effusion()) {
      for (int i = 0; i < count; ++i) out[i] = chest(x + float(i) * step_x, y + float(i) * step_y, true);
    } else {
      for (int i = 0; i < count; ++i) out[i] = chest(x + float(i) * step_x, y + float(i) * step_y, false);
    }
    if (!shapes_.is_blob()) return;
    const auto contrast = float(shapes_.finding().contrast);
    for (int i = 0; i < count; ++i) {
      const float at_x = x + float(i) * step_x, at_y = y + float(i) * step_y;
      if (is_near(shapes_.finding(), at_x, at_y)) out[i] += contrast * shapes_.blob(at_x, at_y);
    }
  }

 private:
  // Into the loops above, or they are not done several pixels at a time.
  [[gnu::always_inline]] float chest(float x, float y, bool effusion) const {
    const float inside = shapes_.body(x, y);
    float air = shapes_.lung(x, y);
    if (effusion) air *= 1.0f - fluid_share * shapes_.fluid(x, y);
    float value = soft_tissue + ribs(x, y) + abdomen * coverage(y - diaphragm_, 20.0f) + clavicle * clavicles(x, y);
    value += mediastinum * coverage(26.0f - std::abs(x), 10.0f) + spine * coverage(17.0f - std::abs(x), sharp_edge_mm);
    return value * inside + lung_air * air + (heart_in_tissue + (heart_in_air - heart_in_tissue) * air) * shapes_.heart(x, y);
  }
  float ribs(float x, float y) const {
    const float outward = std::abs(x) * per_body_half_width_;
    const float bright = clamped(wave((y - 45.0f * outward * outward) * per_rib_ + rib_phase_));
    return rib_contrast_ * bright * coverage(0.95f * body_half_width_ - std::abs(x), 10.0f) * coverage(115.0f - std::abs(y), 20.0f);
  }

  RadiographShapes shapes_;
  float body_half_width_, per_body_half_width_, diaphragm_, rib_contrast_, rib_phase_, per_rib_;
};

}  // namespace

std::vector<float> draw_radiograph(const Anatomy& anatomy, const Finding& finding, const Exposure& exposure, int matrix) {
  Random random(exposure.noise_seed);
  const Brightness brightness(anatomy, finding);
  const Table film(1.0f, [&](double value) { return exposure.offset + exposure.gain * std::pow(value, exposure.gamma); });
  const Placement placement(exposure, matrix);
  // The same dose gives a finer pixel more noise.
  const auto noise = float(exposure.noise * matrix / 128.0);
  const auto shading_x = float(exposure.shading_x / field_of_view_mm), shading_y = float(exposure.shading_y / field_of_view_mm);
  std::vector<float> pixels(static_cast<std::size_t>(matrix) * static_cast<std::size_t>(matrix));
  std::vector<float> drawn(static_cast<std::size_t>(matrix));
  float* out = pixels.data();
  for (int row = 0; row < matrix; ++row) {
    float x = 0, y = 0, next_x = 0, next_y = 0;
    placement.chest_of(0, row, x, y);
    placement.chest_of(1, row, next_x, next_y);
    brightness.row(x, y, next_x - x, next_y - y, matrix, drawn.data());
    const float image_y = placement.image_mm(row);
    for (int column = 0; column < matrix; ++column) {
      const float image_x = placement.image_mm(column);
      float value = film(clamped(drawn[static_cast<std::size_t>(column)])) + shading_x * image_x + shading_y * image_y + noise * cheap_normal(random);
      if (exposure.marker && image_y < -150.0f) value = std::max(value, marker(image_x, image_y));
      *out++ = clamped(value);
    }
  }
  return pixels;
}

}  // namespace radfm::phantom
