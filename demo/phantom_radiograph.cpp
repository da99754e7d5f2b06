// SPDX-License-Identifier: Apache-2.0
#include <numbers>

#include "demo/phantom_chest.h"
#include "demo/phantom_random.h"
#include "demo/phantom_shapes.h"

namespace radfm::phantom {
namespace {

// Brightness, as share of the full range, of what a ray meets.
constexpr double soft_tissue = 0.60, lung_air = -0.40, mediastinum = 0.16, spine = 0.10, heart = 0.30, clavicle = 0.10,
                 abdomen = 0.08;
constexpr double edge_mm = 4.0, sharp_edge_mm = 2.5;

double body(const Anatomy& anatomy, double x, double y) {
  // Shoulders slope: the outline narrows towards the neck.
  const double neck = std::clamp((-110.0 - y) / 60.0, 0.0, 1.0);
  const double half_width = anatomy.body_half_width_mm * (1.0 - 0.65 * neck);
  return coverage(half_width - std::abs(x), edge_mm);
}

// How much of the ray is lung: both super-ellipses, cut by the domes of the diaphragm.
double lungs(const Anatomy& anatomy, double x, double y) {
  double air = 0;
  for (const double side : {-1.0, 1.0}) {
    const double from_centre = x - side * anatomy.lung_centre_mm;
    const double dome = anatomy.diaphragm_mm + (side > 0 ? 8.0 : 0.0) +
                        0.012 * from_centre * from_centre;  // lateral angles reach lower than the middle
    air = std::max(air, super_ellipse(from_centre, y, anatomy.lung_half_width_mm, anatomy.lung_half_height_mm,
                                      anatomy.lung_exponent, edge_mm) *
                            coverage(dome - y, edge_mm));
  }
  return air;
}

double ribs(const Anatomy& anatomy, double x, double y) {
  const double outward = std::abs(x) / anatomy.body_half_width_mm;
  const double slanted = y - 45.0 * outward * outward;
  const double wave = std::cos(2.0 * std::numbers::pi * (slanted / anatomy.rib_period_mm + anatomy.rib_phase));
  const double cage = coverage(0.95 * anatomy.body_half_width_mm - std::abs(x), 10.0) * coverage(115.0 - std::abs(y), 20.0);
  return anatomy.rib_contrast * std::max(0.0, wave) * cage;
}

double clavicles(double x, double y) {
  const double line = -92.0 - 0.12 * std::abs(x);
  return clavicle * coverage(6.0 - std::abs(y - line), sharp_edge_mm) * coverage(120.0 - std::abs(x), 10.0) *
         coverage(std::abs(x) - 12.0, 6.0);
}

// To the patient's left: two thirds of the heart lie there.
double heart_shadow(const Anatomy& anatomy, double x, double y) {
  const double centre_x = 0.32 * anatomy.heart_half_width_mm, centre_y = anatomy.diaphragm_mm - 42.0;
  return super_ellipse(x - centre_x, y - centre_y, anatomy.heart_half_width_mm, anatomy.heart_half_height_mm, 2.0, edge_mm);
}

// The letter L, 14 mm high.
double marker(double x, double y) {
  const double left = 145.0, top = -168.0;
  const bool stem = x >= left && x < left + 3.0 && y >= top && y < top + 14.0;
  const bool foot = x >= left && x < left + 9.0 && y >= top + 11.0 && y < top + 14.0;
  return stem || foot ? 1.0 : 0.0;
}

double brightness(const Anatomy& anatomy, const Nodule& nodule, double x, double y) {
  const double inside = body(anatomy, x, y);
  const double air = lungs(anatomy, x, y);
  const double shadow = heart_shadow(anatomy, x, y);
  double value = soft_tissue * inside + lung_air * air + ribs(anatomy, x, y) * inside + clavicles(x, y) * inside;
  value += mediastinum * coverage(26.0 - std::abs(x), 10.0) * inside;
  value += spine * coverage(17.0 - std::abs(x), sharp_edge_mm) * inside;
  value += heart * shadow * std::max(air, 0.25) + abdomen * coverage(y - anatomy.diaphragm_mm, 20.0) * inside;
  if (nodule.diameter_mm > 0) {
    const Point centre = nodule_centre_in_radiograph(anatomy, nodule);
    value += nodule.contrast * disc(x - centre.x_mm, y - centre.y_mm, nodule.diameter_mm / 2.0, sharp_edge_mm);
  }
  return value;
}

}  // namespace

std::vector<float> draw_radiograph(const Anatomy& anatomy, const Nodule& nodule, const Exposure& exposure, int matrix) {
  Random random(exposure.noise_seed);
  const double angle = exposure.rotation_degrees * std::numbers::pi / 180.0;
  const double pixel_mm = field_of_view_mm / matrix;
  std::vector<float> pixels;
  pixels.reserve(static_cast<std::size_t>(matrix) * static_cast<std::size_t>(matrix));
  for (int row = 0; row < matrix; ++row) {
    for (int column = 0; column < matrix; ++column) {
      const double image_x = (column + 0.5) * pixel_mm - field_of_view_mm / 2.0;
      const double image_y = (row + 0.5) * pixel_mm - field_of_view_mm / 2.0;
      const double moved_x = image_x - exposure.shift_x_mm, moved_y = image_y - exposure.shift_y_mm;
      const double x = std::cos(angle) * moved_x + std::sin(angle) * moved_y;
      const double y = -std::sin(angle) * moved_x + std::cos(angle) * moved_y;
      double value = std::clamp(brightness(anatomy, nodule, x, y), 0.0, 1.0);
      value = exposure.offset + exposure.gain * std::pow(value, exposure.gamma) + exposure.noise * random.normal();
      if (exposure.marker) value = std::max(value, marker(image_x, image_y));
      pixels.push_back(static_cast<float>(std::clamp(value, 0.0, 1.0)));
    }
  }
  return pixels;
}

}  // namespace radfm::phantom
