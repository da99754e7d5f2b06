// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_chest.h"

#include "demo/phantom_random.h"

namespace radfm::phantom {
namespace {

double side_sign(Side side) { return side == Side::left ? 1.0 : -1.0; }

}  // namespace

Anatomy draw_anatomy(std::uint64_t seed) {
  Random random(seed);
  Anatomy anatomy;
  anatomy.body_half_width_mm = random.between(160, 168);
  anatomy.body_half_depth_mm = random.between(100, 112);
  anatomy.lung_half_width_mm = random.between(45, 52);
  anatomy.lung_half_height_mm = random.between(104, 114);
  anatomy.lung_exponent = random.between(2.2, 2.8);
  anatomy.lung_centre_mm = random.between(68, 74);
  anatomy.diaphragm_mm = random.between(78, 88);
  anatomy.rib_period_mm = random.between(20, 26);
  anatomy.rib_phase = random.unit();
  anatomy.rib_contrast = random.between(0.03, 0.06);
  anatomy.heart_half_width_mm = random.between(56, 64);
  return anatomy;
}

Point nodule_centre_in_radiograph(const Anatomy& anatomy, const Nodule& nodule) {
  const double top = -anatomy.lung_half_height_mm;
  const double third = (anatomy.diaphragm_mm - top) / 3.0;
  const double y = top + third * (static_cast<int>(nodule.zone) + 0.5);
  // Lateral of the middle of the lung: clear of hilum and heart.
  return {side_sign(nodule.side) * (anatomy.lung_centre_mm + 0.25 * anatomy.lung_half_width_mm), y, 0};
}

Point nodule_centre_in_ct(const Anatomy& anatomy, const Nodule& nodule) {
  const Point flat = nodule_centre_in_radiograph(anatomy, nodule);
  return {flat.x_mm, 15.0, -flat.y_mm};
}

}  // namespace radfm::phantom
