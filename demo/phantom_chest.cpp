// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_chest.h"

#include "demo/phantom_random.h"

namespace radfm::phantom {

Anatomy draw_anatomy(std::uint64_t seed) {
  Random random(seed);
  Anatomy anatomy;
  anatomy.body_half_width_mm = random.between(160, 168);
  anatomy.body_half_depth_mm = random.between(100, 112);
  anatomy.lung_half_width_mm = random.between(48.5, 54);
  anatomy.lung_half_height_mm = random.between(106, 115);
  anatomy.lung_exponent = random.between(2.2, 2.8);
  anatomy.lung_centre_mm = random.between(72, 76);
  anatomy.diaphragm_mm = random.between(80, 90);
  anatomy.rib_period_mm = random.between(20, 26);
  anatomy.rib_phase = random.unit();
  anatomy.rib_contrast = random.between(0.02, 0.05);
  anatomy.heart_half_width_mm = random.between(0.40, 0.47) * anatomy.chest_width_mm() / 2.0;
  anatomy.vessel_seed = random.next();
  return anatomy;
}

Point usual_place(const Anatomy& anatomy, Side side, Zone zone) {
  const double y = anatomy.lung_top_mm() + anatomy.zone_height_mm() * (static_cast<int>(zone) + 0.5);
  const double x = anatomy.lung_centre_mm + 0.25 * anatomy.lung_half_width_mm;
  return {side == Side::left ? x : -x, y, 25.0};
}

Finding nodule(const Anatomy& anatomy, Side side, Zone zone, double diameter_mm) {
  Finding finding;
  finding.kind = diameter_mm > 0 ? Kind::nodule : Kind::none;
  finding.side = side;
  finding.extent_mm = diameter_mm;
  finding.centre = usual_place(anatomy, side, zone);
  return finding;
}

}  // namespace radfm::phantom
