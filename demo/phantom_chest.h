// SPDX-License-Identifier: Apache-2.0
// A drawn chest: anatomy, finding, exposure. Pure functions of their arguments; safe from any thread. No DICOM here.
//
// Coordinates are millimetres from the middle of the chest: x to the patient's left (image right), y to the patient's
// feet, depth to the back. A CT slice at height z shows y = -z, its rows go to the back.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace radfm::phantom {

inline constexpr double field_of_view_mm = 360.0;  // always: this is what gives a pixel its size

// What stays the same in every image of one patient; only the heart may change between studies.
struct Anatomy {
  double body_half_width_mm = 165, body_half_depth_mm = 105;
  double lung_half_width_mm = 50, lung_half_height_mm = 110, lung_exponent = 2.5;
  double lung_centre_mm = 73;             // of each lung, beside the middle
  double diaphragm_mm = 84;               // y of the domes; the left one is 8 mm lower
  double rib_period_mm = 23, rib_phase = 0, rib_contrast = 0.04;
  double heart_half_width_mm = 54, heart_half_height_mm = 58;
  std::uint64_t vessel_seed = 0;          // CT

  double chest_width_mm() const { return 2.0 * (lung_centre_mm + lung_half_width_mm); }  // inner, from rib to rib
  double lung_top_mm() const { return -lung_half_height_mm; }
  double zone_height_mm() const { return (diaphragm_mm + lung_half_height_mm) / 3.0; }
};
Anatomy draw_anatomy(std::uint64_t seed);

inline constexpr double left_dome_lower_mm = 8.0, heart_centre_mm = 22.0, heart_above_diaphragm_mm = 42.0,
                        dome_curve_per_mm = 0.012;

enum class Kind { none, nodule, consolidation, effusion };
enum class Side { right, left };           // the patient's
enum class Zone { upper, middle, lower };  // thirds of the lung's height
enum class Size { small, moderate, large };

struct Point {
  double x_mm = 0, y_mm = 0, depth_mm = 0;
};

// One finding as it is drawn. A nodule is a sharp disc or sphere. A consolidation is a soft, uneven, lobed blob that lies
// wholly inside the lung. A pleural effusion is fluid at the base of a radiograph, along the back of a CT.
struct Finding {
  Kind kind = Kind::none;
  Side side = Side::right;
  double extent_mm = 0;        // diameter of a nodule or consolidation
  double height_share = 0;     // of an effusion: of the lung's height in a radiograph, of its depth in a CT
  Point centre;                // of a nodule or consolidation
  double contrast = 0.30;      // radiograph, of the full range; in CT all findings are dense
  std::array<double, 6> lobes{};  // consolidation: amplitudes of 2, 3 and 5 lobes, then their phases
};
// Where a finding of this side and zone stands when nothing else asks for another place: the middle of the zone, lateral of
// the middle of the lung, behind the heart's depth.
Point usual_place(const Anatomy& anatomy, Side side, Zone zone);
Finding nodule(const Anatomy& anatomy, Side side, Zone zone, double diameter_mm);

// What differs from image to image of one patient.
struct Exposure {
  std::uint64_t noise_seed = 0;
  double noise = 0.012;       // deviation, of the full range, of a pixel of 128 x 128 (radiograph) or of any pixel (CT)
  double gain = 1.0, offset = 0.02, gamma = 1.0;    // CT: gain and offset only, of the chest window's range
  double shift_x_mm = 0, shift_y_mm = 0, shift_z_mm = 0, rotation_degrees = 0, scale = 1.0;
  double shading_x = 0, shading_y = 0;  // radiograph: brightness from edge to edge, of the full range
  bool marker = true;         // radiograph: an "L" at the top right
};

// [row][column], 0 black (air) to 1 white; `matrix` pixels each way over the field of view. Posterior-anterior view as
// it is hung: the patient's left is at the image's right.
std::vector<float> draw_radiograph(const Anatomy& anatomy, const Finding& finding, const Exposure& exposure, int matrix);

// One axial slice in Hounsfield units, [row][column]; rows go to the back, columns to the patient's left. Averaged over
// `thickness_mm`, so that a nodule cannot fall between slices.
std::vector<float> draw_ct_slice(const Anatomy& anatomy, const Finding& finding, const Exposure& exposure, int matrix,
                                 double z_mm, double thickness_mm);

}  // namespace radfm::phantom
