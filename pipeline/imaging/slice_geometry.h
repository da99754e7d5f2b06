// SPDX-License-Identifier: Apache-2.0
// Where pixels lie in the patient: LPS millimetres (PS3.3 C.7.6.2.1.1), and how slices are turned for
// display.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "pipeline/imaging/instance_facts.h"

namespace radfm::imaging {

double dot(const Vector3& a, const Vector3& b);
Vector3 cross(const Vector3& a, const Vector3& b);
Vector3 scaled(const Vector3& a, double factor);
Vector3 sum(const Vector3& a, const Vector3& b);
Vector3 difference(const Vector3& a, const Vector3& b);

// Image Orientation (Patient) as two unit vectors, and Image Position (Patient) in mm, out of the numbers that a file or an
// index has; nothing when they are not complete, finite and usable (cosines orthonormal within what writers round, a
// position within a hundred metres).
std::optional<std::array<Vector3, 2>> usable_orientation(const std::vector<double>& cosines);
std::optional<Vector3> usable_position_mm(const std::vector<double>& position_mm);

enum class Plane { axial, sagittal, coronal };
std::string_view to_string(Plane plane);

// How a slice is turned so that it looks as radiologists see it. Only transposing and mirroring: no pixel is
// resampled.
//   axial:    image left = patient's right, top = anterior
//   coronal:  image left = patient's right, top = head
//   sagittal: image left = anterior,        top = head
struct DisplayTurn {
  Plane plane = Plane::axial;
  bool transpose = false;       // first: rows become columns
  bool mirror_columns = false;  // then: left to right
  bool mirror_rows = false;     // and top to bottom
  // No axis of the patient is within about 37 degrees of the normal, or the slice is turned in its own plane so far that
  // neither edge is near to the wanted direction: shown as the plane that is nearest, and said.
  bool oblique = false;
  bool is_none() const { return !transpose && !mirror_columns && !mirror_rows; }  // pixels stay where they are
};

DisplayTurn display_turn(const std::array<Vector3, 2>& orientation);

// The turned slice's own axes: steps in LPS mm for one column and one row, and the centre of its first pixel.
struct PlaneGrid {
  Vector3 column_step{}, row_step{}, origin{};
  int width = 0, height = 0;
};
PlaneGrid turned_grid(const InstanceFacts& facts, const DisplayTurn& turn);

// Pixels of one slice, [rows][columns] in, [height][width] out into the memory of as many.
template <class Value>
void turn_pixels(const Value* pixels, int rows, int columns, const DisplayTurn& turn, Value* out);
extern template void turn_pixels(const float*, int, int, const DisplayTurn&, float*);
extern template void turn_pixels(const std::uint8_t*, int, int, const DisplayTurn&, std::uint8_t*);

}  // namespace radfm::imaging
