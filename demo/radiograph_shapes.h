// SPDX-License-Identifier: Apache-2.0
// What a ray of a chest radiograph meets, as shares from 0 to 1 at a place in millimetres: for the drawing, and for the maps
// that teach where things are. Without branches, so that a row is drawn several pixels at a time.
#pragma once

#include "demo/phantom_shapes.h"

namespace radfm::phantom {

class RadiographShapes {
 public:
  RadiographShapes(const Anatomy& anatomy, const Finding& finding)
      : finding_(finding), lobes_(finding.lobes), exponent_(float(anatomy.lung_exponent)),
        body_half_width_(float(anatomy.body_half_width_mm)), lung_centre_(float(anatomy.lung_centre_mm)),
        per_lung_half_width_(float(1.0 / anatomy.lung_half_width_mm)), per_lung_half_height_(float(1.0 / anatomy.lung_half_height_mm)),
        lung_slope_(float(anatomy.lung_half_width_mm / anatomy.lung_exponent) / edge_mm), diaphragm_(float(anatomy.diaphragm_mm)),
        heart_y_(float(anatomy.diaphragm_mm - heart_above_diaphragm_mm)), heart_half_width_(float(anatomy.heart_half_width_mm)),
        per_heart_half_width_(float(1.0 / anatomy.heart_half_width_mm)),
        per_heart_half_height_(float(1.0 / anatomy.heart_half_height_mm)),
        fluid_top_(float(anatomy.diaphragm_mm - finding.height_share * 3.0 * anatomy.zone_height_mm())),
        fluid_side_(finding.side == Side::left ? 1.0f : -1.0f) {}

  // Shoulders slope: the outline narrows towards the neck.
  float body(float x, float y) const {
    const float neck = clamped((-110.0f - y) * (1.0f / 60.0f));
    return coverage(body_half_width_ * (1.0f - 0.65f * neck) - std::abs(x), edge_mm);
  }
  // The lung of the place's side, fluid included: a super-ellipse cut by the dome of the diaphragm.
  float lung(float x, float y) const {
    const float outward = std::abs(x) - lung_centre_;
    const float level = super_term(std::abs(outward) * per_lung_half_width_, exponent_) +
                        super_term(std::abs(y) * per_lung_half_height_, exponent_);
    // Lateral angles reach lower than the middle.
    const float dome = diaphragm_ + (x > 0.0f ? float(left_dome_lower_mm) : 0.0f) + float(dome_curve_per_mm) * outward * outward;
    return clamped(0.5f + (1.0f - level) * lung_slope_) * coverage(dome - y, edge_mm);
  }
  float heart(float x, float y) const {
    const float across = (x - float(heart_centre_mm)) * per_heart_half_width_, down = (y - heart_y_) * per_heart_half_height_;
    return coverage((1.0f - across * across - down * down) * 0.5f * heart_half_width_, edge_mm);
  }
  // Nodule or consolidation.
  float blob(float x, float y) const {
    const float dx = x - float(finding_.centre.x_mm), dy = y - float(finding_.centre.y_mm), radius = float(0.5 * finding_.extent_mm);
    if (finding_.kind == Kind::nodule) return coverage(radius - std::sqrt(dx * dx + dy * dy), nodule_edge_mm);
    return coverage(radius - lobes_.rounded(dx, dy), soft_edge_mm) * lobes_.texture(dx, dy);
  }
  // Share of the lung at this place that is under fluid; its surface rises to the side (meniscus).
  float fluid(float x, float y) const {
    const float outward = clamped((std::abs(x) - lung_centre_) * per_lung_half_width_ + 0.2f);
    const float under = coverage(y - fluid_top_ + 14.0f * outward * outward, 6.0f);
    return x * fluid_side_ > 0.0f ? under : 0.0f;
  }
  bool is_blob() const { return finding_.kind == Kind::nodule || finding_.kind == Kind::consolidation; }
  bool is_effusion() const { return finding_.kind == Kind::effusion; }
  const Finding& finding() const { return finding_; }

 private:
  static constexpr float edge_mm = 4.0f;
  Finding finding_;
  Lobes lobes_;
  float exponent_, body_half_width_, lung_centre_, per_lung_half_width_, per_lung_half_height_, lung_slope_, diaphragm_, heart_y_,
      heart_half_width_, per_heart_half_width_, per_heart_half_height_, fluid_top_, fluid_side_;
};

}  // namespace radfm::phantom
