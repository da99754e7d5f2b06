// SPDX-License-Identifier: Apache-2.0
// A drawn chest: anatomy, finding, exposure. Pure functions of their arguments; safe from any thread. No DICOM here.
//
// Coordinates are millimetres from the middle of the chest: x to the patient's left (image right), y to the patient's
// feet in radiographs and to the back in CT slices, z to the head.
#pragma once

#include <cstdint>
#include <vector>

namespace radfm::phantom {

inline constexpr double field_of_view_mm = 360.0;  // always: this is what gives a pixel its size

// What stays the same in every image of one patient.
struct Anatomy {
  double body_half_width_mm = 165, body_half_depth_mm = 105;
  double lung_half_width_mm = 48, lung_half_height_mm = 110, lung_exponent = 2.5;
  double lung_centre_mm = 71;             // of each lung, beside the middle
  double diaphragm_mm = 84;               // y of the domes; the left one is 8 mm lower
  double rib_period_mm = 23, rib_phase = 0, rib_contrast = 0.045;
  double heart_half_width_mm = 62, heart_half_height_mm = 58;  // enlarged from about 85
};
Anatomy draw_anatomy(std::uint64_t seed);

enum class Side { right, left };             // the patient's
enum class Zone { upper, middle, lower };    // thirds of the lung's height

struct Nodule {
  Side side = Side::right;
  Zone zone = Zone::lower;
  double diameter_mm = 20;  // 0: no nodule
  double contrast = 0.24;   // radiograph, of the full range
};
struct Point {
  double x_mm = 0, y_mm = 0, z_mm = 0;
};
// Where the nodule's centre is in radiographs (x, y) and in CT (x, y, z).
Point nodule_centre_in_radiograph(const Anatomy& anatomy, const Nodule& nodule);
Point nodule_centre_in_ct(const Anatomy& anatomy, const Nodule& nodule);

// What differs from image to image of one patient.
struct Exposure {
  std::uint64_t noise_seed = 0;
  double noise = 0.012;       // deviation, of the full range
  double gain = 1.0, offset = 0.02, gamma = 1.0;
  double shift_x_mm = 0, shift_y_mm = 0, rotation_degrees = 0;
  bool marker = true;         // an "L" at the top right
};

// [row][column], 0 black (air) to 1 white; `matrix` pixels each way over the field of view. Posterior-anterior view as
// it is hung: the patient's left is at the image's right.
std::vector<float> draw_radiograph(const Anatomy& anatomy, const Nodule& nodule, const Exposure& exposure, int matrix);

// One axial slice in Hounsfield units, [row][column]; rows go to the back, columns to the patient's left. Averaged over
// `thickness_mm`, so that a nodule cannot fall between slices.
std::vector<float> draw_ct_slice(const Anatomy& anatomy, const Nodule& nodule, const Exposure& exposure, int matrix,
                                 double z_mm, double thickness_mm);

}  // namespace radfm::phantom
