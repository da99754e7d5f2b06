// SPDX-License-Identifier: Apache-2.0
// What is decided about an image is decided from these plain facts, so that decisions can be tested without
// files.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/patient_identity.h"
#include "pipeline/imaging/ultrasound_region.h"

class DcmItem;

namespace radfm::imaging {

using Vector3 = std::array<double, 3>;

// Longer texts are cut: the standard's longest have 64 characters, and an object has up to frames_max copies of them. The
// identity is not cut, since cut ones could become equal; an object with a longer one is refused (acceptance.h).
inline constexpr std::size_t fact_text_bytes_max = 256, identity_text_bytes_max = 1'024;

// Of one frame: a slice of an enhanced multi-frame image is treated like a slice in a file of its own.
struct InstanceFacts {
  std::size_t file = 0;  // index in the list of files handed over
  int frame = 0;         // of that file, from 0

  std::string sop_instance_uid, sop_class_uid, series_instance_uid, study_instance_uid, transfer_syntax_uid;
  std::string modality, series_number, series_description, study_description, protocol_name, study_date;
  std::string body_part;        // Body Part Examined
  std::string anatomic_region;  // the meaning of the coded one, which Enhanced images have instead (PS3.3 C.7.6.16.2.8)
  std::string laterality, view_position, presentation_intent;
  std::vector<std::string> patient_orientation;  // (0020,0020): rows run towards [0], columns towards [1]
  std::vector<std::string> image_type;           // upper case
  int instance_number = 0;
  PatientIdentity identity;

  // What tells stacks at the same positions apart.
  std::string echo_number, temporal_position, acquisition_number, kernel, b_value, trigger_time, stack_id;

  int rows = 0, columns = 0, frames = 1, samples = 1;
  std::string photometric;
  bool has_pixels = false;
  bool pixels_too_short = false;  // native pixel data with fewer bytes than the header promises

  // PS3.3 C.7.6.2: present only when complete, finite and usable (orthonormal cosines, spacing above 0).
  std::string frame_of_reference_uid;
  std::optional<std::array<Vector3, 2>> orientation;  // direction of a row, direction of a column
  std::optional<Vector3> position_mm;                 // centre of the first pixel
  std::optional<std::array<double, 2>> spacing_mm;    // between rows, between columns
  bool has_pixel_spacing = false;                     // Pixel Spacing, or Imager Pixel Spacing of a projection
  double slice_thickness_mm = 0;                      // 0: not said
  double gantry_tilt_degrees = 0;

  std::optional<PictureRegion> region;  // of an ultrasound picture: what is shown of it

  bool hounsfield = false;  // CT with a rescale intercept and no other unit
  bool lossy = false;
  bool burned_in_text = false;
  bool character_set_failed = false;
};

// What a data set says of its first frame, or of its only one.
InstanceFacts read_facts(DcmItem& data_set);

inline constexpr int frames_max = 10'000;  // of one object

// One entry for each frame when the frames have places of their own (functional groups, or the slice vector of a
// reconstructed scintigraphy), in stored order; else one entry, of the whole object. `facts` is what read_facts gave.
// Empty when the object has no frame, more than frames_max, or fewer groups than frames.
std::vector<InstanceFacts> read_frames(DcmItem& data_set, const InstanceFacts& facts);

}  // namespace radfm::imaging
