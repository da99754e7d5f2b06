// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/slice_geometry.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace radfm::imaging {
namespace {

constexpr double cosine_tolerance = 1e-2;  // of a length of 1 and of a right angle: writers round to few digits
constexpr double coordinate_mm_max = 1e5;  // a position a hundred metres away is no position
constexpr double normal_cosine_min = 0.8;     // 37 degrees: past every gantry tilt and brain angulation
constexpr double in_plane_cosine_min = 0.71;  // 45 degrees
constexpr double same_cosine = 1e-6;

struct PlaneRow {
  Plane plane;
  Vector3 columns_towards, rows_towards;  // what increasing column and row index should run to (LPS)
};
constexpr PlaneRow plane_rows[] = {
    {Plane::sagittal, {0, 1, 0}, {0, 0, -1}},  // normal along x
    {Plane::coronal, {1, 0, 0}, {0, 0, -1}},   // normal along y
    {Plane::axial, {1, 0, 0}, {0, 1, 0}},      // normal along z
};

}  // namespace

double dot(const Vector3& a, const Vector3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vector3 scaled(const Vector3& a, double factor) {
  return {a[0] * factor, a[1] * factor, a[2] * factor};
}
Vector3 sum(const Vector3& a, const Vector3& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
Vector3 difference(const Vector3& a, const Vector3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

std::optional<std::array<Vector3, 2>> usable_orientation(const std::vector<double>& cosines) {
  if (cosines.size() != 6) return std::nullopt;
  const Vector3 row{cosines[0], cosines[1], cosines[2]}, column{cosines[3], cosines[4], cosines[5]};
  const double row_length = std::sqrt(dot(row, row)), column_length = std::sqrt(dot(column, column));
  const bool orthonormal = std::abs(row_length - 1) < cosine_tolerance && std::abs(column_length - 1) < cosine_tolerance &&
                           std::abs(dot(row, column)) < cosine_tolerance;
  if (!orthonormal) return std::nullopt;
  return std::array<Vector3, 2>{scaled(row, 1 / row_length), scaled(column, 1 / column_length)};
}

std::optional<Vector3> usable_position_mm(const std::vector<double>& position_mm) {
  const auto usable = [](double mm) { return std::abs(mm) < coordinate_mm_max; };
  if (position_mm.size() != 3 || !std::all_of(position_mm.begin(), position_mm.end(), usable)) return std::nullopt;
  return Vector3{position_mm[0], position_mm[1], position_mm[2]};
}

std::string_view to_string(Plane plane) {
  switch (plane) {
    case Plane::axial:
      return "axial";
    case Plane::sagittal:
      return "sagittal";
    case Plane::coronal:
      return "coronal";
  }
  return "";
}

DisplayTurn display_turn(const std::array<Vector3, 2>& orientation) {
  const Vector3 normal = cross(orientation[0], orientation[1]);
  // The axis nearest to the normal; of axes that are as near, the one that gives axial, then coronal.
  std::size_t axis = 2;
  for (const std::size_t other : {std::size_t{1}, std::size_t{0}}) {
    if (std::abs(normal[other]) > std::abs(normal[axis]) + same_cosine) axis = other;
  }
  const PlaneRow& wanted = plane_rows[axis];
  DisplayTurn turn;
  turn.plane = wanted.plane;
  double along_columns = dot(orientation[0], wanted.columns_towards);
  double along_rows = dot(orientation[1], wanted.rows_towards);
  if (std::abs(dot(orientation[1], wanted.columns_towards)) > std::abs(along_columns) + same_cosine) {
    turn.transpose = true;
    along_columns = dot(orientation[1], wanted.columns_towards);
    along_rows = dot(orientation[0], wanted.rows_towards);
  }
  turn.oblique = std::abs(normal[axis]) < normal_cosine_min || std::abs(along_columns) < in_plane_cosine_min;
  turn.mirror_columns = along_columns < 0;
  turn.mirror_rows = along_rows < 0;
  return turn;
}

PlaneGrid turned_grid(const InstanceFacts& facts, const DisplayTurn& turn) {
  // Pixel Spacing names the distance between rows first; a step from column to column is the second value.
  PlaneGrid grid;
  grid.column_step = scaled((*facts.orientation)[0], (*facts.spacing_mm)[1]);
  grid.row_step = scaled((*facts.orientation)[1], (*facts.spacing_mm)[0]);
  grid.origin = *facts.position_mm;
  grid.width = facts.columns;
  grid.height = facts.rows;
  if (turn.transpose) {
    std::swap(grid.column_step, grid.row_step);
    std::swap(grid.width, grid.height);
  }
  if (turn.mirror_columns) {
    grid.origin = sum(grid.origin, scaled(grid.column_step, grid.width - 1));
    grid.column_step = scaled(grid.column_step, -1);
  }
  if (turn.mirror_rows) {
    grid.origin = sum(grid.origin, scaled(grid.row_step, grid.height - 1));
    grid.row_step = scaled(grid.row_step, -1);
  }
  return grid;
}

template <class Value>
void turn_pixels(const Value* pixels, int rows, int columns, const DisplayTurn& turn, Value* out) {
  if (turn.is_none()) {
    std::copy_n(pixels, static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), out);
    return;
  }
  const int width = turn.transpose ? rows : columns, height = turn.transpose ? columns : rows;
  for (int y = 0; y < height; ++y) {
    const int row = turn.mirror_rows ? height - 1 - y : y;
    for (int x = 0; x < width; ++x) {
      const int column = turn.mirror_columns ? width - 1 - x : x;
      const int from_row = turn.transpose ? column : row, from_column = turn.transpose ? row : column;
      *out++ = pixels[static_cast<std::size_t>(from_row) * static_cast<std::size_t>(columns) +
                      static_cast<std::size_t>(from_column)];
    }
  }
}
template void turn_pixels(const float*, int, int, const DisplayTurn&, float*);
template void turn_pixels(const std::uint8_t*, int, int, const DisplayTurn&, std::uint8_t*);

}  // namespace radfm::imaging
