// SPDX-License-Identifier: Apache-2.0
#include <numbers>

#include "demo/phantom_chest.h"
#include "demo/phantom_random.h"
#include "demo/phantom_shapes.h"

namespace radfm::phantom {
namespace {

constexpr double air_hu = -1000, lung_hu = -840, tissue_hu = 40, heart_hu = 48, bone_hu = 420, vessel_hu = 35,
                 nodule_hu = 45, noise_hu = 900;  // noise: Exposure::noise is a share of the full range
constexpr double edge_mm = 3.0;
constexpr int samples_in_thickness = 5;

double blend(double below, double above, double share) { return below + (above - below) * share; }

// Half width of the lung at height z, as share of its greatest: rounded at the apex, cut at the base.
double lung_share(const Anatomy& anatomy, double z) {
  const double level = std::abs(z / anatomy.lung_half_height_mm);
  if (level >= 1.0 || z < -anatomy.diaphragm_mm) return 0.0;
  return std::pow(1.0 - std::pow(level, anatomy.lung_exponent), 1.0 / anatomy.lung_exponent);
}

double lungs(const Anatomy& anatomy, double x, double y, double z) {
  const double share = lung_share(anatomy, z);
  if (share <= 0.05) return 0.0;
  double air = 0;
  for (const double side : {-1.0, 1.0}) {
    air = std::max(air, super_ellipse(x - side * anatomy.lung_centre_mm, y, anatomy.lung_half_width_mm * share,
                                      0.72 * anatomy.body_half_depth_mm * share, anatomy.lung_exponent, edge_mm));
  }
  return air;
}

// Slanted vessels, thinner outwards: what a small nodule must be told from.
double vessels(double x, double y, double z) {
  double found = 0;
  for (int i = 0; i < 14; ++i) {
    const double side = i % 2 == 0 ? -1.0 : 1.0;
    const double slope = 0.35 * ((i / 2) - 3), start = -70.0 + 18.0 * (i / 2);
    const double at_y = -30.0 + 9.0 * (i / 2) + slope * 6.0, along = std::abs(x) - 30.0;
    const double at_z = start + slope * along;
    const double radius = std::max(1.0, 3.6 - 0.04 * along);
    if (x * side < 30.0 || x * side > 105.0) continue;
    found = std::max(found, disc(y - at_y, z - at_z, radius, 2.0));
  }
  return found;
}

double rib_spots(const Anatomy& anatomy, double x, double y, double z) {
  const double angle = std::atan2(y / anatomy.body_half_depth_mm, x / anatomy.body_half_width_mm);
  const double turn = 8.0 * angle + 2.0 * std::numbers::pi * (z / anatomy.rib_period_mm + anatomy.rib_phase);
  const double level = std::hypot(x / anatomy.body_half_width_mm, y / anatomy.body_half_depth_mm);
  return coverage(0.045 - std::abs(level - 0.88), 0.02) * std::clamp(3.0 * std::cos(turn) - 1.8, 0.0, 1.0);
}

double hounsfield(const Anatomy& anatomy, const Nodule& nodule, double x, double y, double z) {
  const double body = super_ellipse(x, y, anatomy.body_half_width_mm, anatomy.body_half_depth_mm, 2.3, edge_mm);
  double value = blend(air_hu, tissue_hu, body);
  const double air = lungs(anatomy, x, y, z);
  value = blend(value, lung_hu, air);
  value = blend(value, vessel_hu, vessels(x, y, z) * air);
  const double heart_z = (z + anatomy.diaphragm_mm - 42.0) / anatomy.heart_half_height_mm;
  if (std::abs(heart_z) < 1.0) {
    const double share = std::sqrt(1.0 - heart_z * heart_z);
    value = blend(value, heart_hu, super_ellipse(x - 0.32 * anatomy.heart_half_width_mm, y + 22.0,
                                                 anatomy.heart_half_width_mm * share, 46.0 * share, 2.0, edge_mm));
  }
  value = blend(value, bone_hu, disc(x, y - 0.62 * anatomy.body_half_depth_mm, 17.0, edge_mm));
  value = blend(value, bone_hu, rib_spots(anatomy, x, y, z));
  if (nodule.diameter_mm > 0) {
    const Point centre = nodule_centre_in_ct(anatomy, nodule);
    const double distance = std::hypot(x - centre.x_mm, y - centre.y_mm, z - centre.z_mm);
    value = blend(value, nodule_hu, coverage(nodule.diameter_mm / 2.0 - distance, 2.0));
  }
  return value;
}

}  // namespace

std::vector<float> draw_ct_slice(const Anatomy& anatomy, const Nodule& nodule, const Exposure& exposure, int matrix,
                                 double z_mm, double thickness_mm) {
  // The slice's place is part of the seed: slices may be drawn in any order.
  Random random(exposure.noise_seed ^ static_cast<std::uint64_t>(std::llround(z_mm * 1000.0)) * 0x9E3779B97F4A7C15ull);
  const double pixel_mm = field_of_view_mm / matrix;
  std::vector<float> pixels;
  pixels.reserve(static_cast<std::size_t>(matrix) * static_cast<std::size_t>(matrix));
  for (int row = 0; row < matrix; ++row) {
    for (int column = 0; column < matrix; ++column) {
      const double x = (column + 0.5) * pixel_mm - field_of_view_mm / 2.0 - exposure.shift_x_mm;
      const double y = (row + 0.5) * pixel_mm - field_of_view_mm / 2.0 - exposure.shift_y_mm;
      double sum = 0;
      for (int i = 0; i < samples_in_thickness; ++i) {
        const double z = z_mm + ((i + 0.5) / samples_in_thickness - 0.5) * thickness_mm;
        sum += hounsfield(anatomy, nodule, x, y, z);
      }
      pixels.push_back(static_cast<float>(sum / samples_in_thickness + exposure.noise * noise_hu * random.normal()));
    }
  }
  return pixels;
}

}  // namespace radfm::phantom
