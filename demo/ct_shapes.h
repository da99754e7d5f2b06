// SPDX-License-Identifier: Apache-2.0
// What lies at a place of an axial slice, as shares from 0 to 1 that are means over the slice's thickness: for the drawing,
// and for the maps that teach where things are. `y` runs to the back here.
#pragma once

#include "demo/phantom_shapes.h"

namespace radfm::phantom {

class CtShapes {
 public:
  CtShapes(const Anatomy& anatomy, const Finding& finding)
      : anatomy_(anatomy), finding_(finding), lobes_(finding.lobes), exponent_(float(anatomy.lung_exponent)),
        lung_half_depth_(float(0.72 * anatomy.body_half_depth_mm)) {}

  // Before anything is asked of the slice at height z.
  void set_slice(double z_mm, double thickness_mm) {
    z_ = float(z_mm);
    thickness_ = float(thickness_mm);
    const auto end_term = [&](double z) { return super_term(float(std::abs(z) / anatomy_.lung_half_height_mm), exponent_); };
    lung_height_term_ = 0.5f * (end_term(z_mm - thickness_mm / 2) + end_term(z_mm + thickness_mm / 2));
    const float change = std::abs(end_term(z_mm - thickness_mm / 2) - end_term(z_mm + thickness_mm / 2));
    // Where the border moves within the slice, the mean over its thickness is a wider ramp.
    lung_ramp_ = float(anatomy_.lung_exponent * edge_mm / anatomy_.lung_half_width_mm) + change;
    const double heart_z = (z_mm + anatomy_.diaphragm_mm - heart_above_diaphragm_mm) / anatomy_.heart_half_height_mm;
    heart_height_term_ = float(heart_z * heart_z);
    fluid_top_ = lung_half_depth_ * float(1.0 - 2.0 * finding_.height_share);
  }
  // The lung of the place's side, fluid included.
  float lung(float x, float y) const {
    if (lung_height_term_ > 1.3f) return 0.0f;
    const float outward = std::abs(x) - float(anatomy_.lung_centre_mm);
    const float level = super_term(std::abs(outward) / float(anatomy_.lung_half_width_mm), exponent_) +
                        super_term(std::abs(y) / lung_half_depth_, exponent_) + lung_height_term_;
    const float within = clamped(0.5f + (1.0f - level) / lung_ramp_);
    if (within <= 0.0f) return 0.0f;
    const float dome = float(anatomy_.diaphragm_mm) + (x > 0.0f ? float(left_dome_lower_mm) : 0.0f) + float(dome_curve_per_mm) * outward * outward;
    return within * coverage(z_ + dome, thickness_);
  }
  // Front of the chest, two thirds to the patient's left.
  float heart(float x, float y) const {
    if (heart_height_term_ >= 1.2f) return 0.0f;
    const float across = (x - float(heart_centre_mm)) / float(anatomy_.heart_half_width_mm), back = (y + 30.0f) / 40.0f;
    return coverage((1.0f - across * across - back * back - heart_height_term_) * 20.0f, edge_mm);
  }
  float blob(float x, float y) const {
    const float dx = x - float(finding_.centre.x_mm), dy = y - float(finding_.centre.depth_mm), radius = float(0.5 * finding_.extent_mm);
    const bool is_nodule = finding_.kind == Kind::nodule;
    const float flat = is_nodule ? std::sqrt(dx * dx + dy * dy) : lobes_.rounded(dx, dy);
    const float edge = is_nodule ? nodule_edge_mm : soft_edge_mm;
    float sum = 0.0f;
    for (int i = 0; i < samples_in_thickness; ++i) {
      const float dz = z_ + ((float(i) + 0.5f) / samples_in_thickness - 0.5f) * thickness_ + float(finding_.centre.y_mm);
      sum += coverage(radius - std::sqrt(flat * flat + dz * dz), edge);
    }
    return sum / samples_in_thickness * (is_nodule ? 1.0f : 0.75f * lobes_.texture(dx, dy));
  }
  // Fluid lies at the back of a patient on the back.
  float fluid(float x, float y) const {
    if ((finding_.side == Side::left) != (x > 0.0f)) return 0.0f;
    return coverage(y - fluid_top_, edge_mm);
  }
  bool is_blob_near(float x, float y) const {
    if (finding_.kind != Kind::nodule && finding_.kind != Kind::consolidation) return false;
    const float reach = float(0.6 * finding_.extent_mm) + soft_edge_mm;
    return std::abs(z_ + float(finding_.centre.y_mm)) < reach + thickness_ && std::abs(x - float(finding_.centre.x_mm)) < reach &&
           std::abs(y - float(finding_.centre.depth_mm)) < reach;
  }
  bool is_effusion() const { return finding_.kind == Kind::effusion; }
  const Anatomy& anatomy() const { return anatomy_; }

 private:
  static constexpr float edge_mm = 3.0f;
  static constexpr int samples_in_thickness = 5;
  Anatomy anatomy_;
  Finding finding_;
  Lobes lobes_;
  float exponent_, lung_half_depth_, z_ = 0, thickness_ = 1, lung_height_term_ = 0, lung_ramp_ = 1, heart_height_term_ = 0, fluid_top_ = 0;
};

}  // namespace radfm::phantom
