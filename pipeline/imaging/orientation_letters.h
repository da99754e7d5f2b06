// SPDX-License-Identifier: Apache-2.0
// Which side of the patient an edge of a picture is, in the letters of Patient Orientation (PS3.3 C.7.6.1.1.1):
// R, L, A, P, H, F; an oblique edge has two or three, the nearest side first.
#pragma once

#include <array>
#include <string>

#include "pipeline/imaging/study_reading.h"

namespace radfm::imaging {

// Of a direction in LPS; empty for none.
std::string letters_of(const std::array<double, 3>& direction);
// "L" -> "R", "AF" -> "PH". Empty when a letter is none of the six.
std::string opposite_letters(const std::string& letters);

// Empty where it is not known.
struct EdgeLetters {
  std::string left, right, top, bottom;
};
// From the affine; of a radiograph from its patient orientation. Nothing is assumed.
EdgeLetters edge_letters(const VolumeDescription& volume);

// "axial", "sagittal", "coronal", with "oblique " before it when the normal is more than 15 degrees off; empty without geometry.
std::string plane_name(const VolumeDescription& volume);
// Where the centre of this slice lies along the normal's main axis: "H 35.0 mm". Empty without geometry.
std::string slice_place(const VolumeDescription& volume, int slice);

}  // namespace radfm::imaging
