// SPDX-License-Identifier: Apache-2.0
// What the phantom holds, and where the scanner's samples of it lie.
#include <array>
#include <cmath>

#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::imaging::testing {
namespace {

constexpr int air_hu = -1000;

struct Block {
  Marker marker;
  std::array<int, 3> first, last;  // (i, j, k), both included
};

Block block(char side, int hu, const std::array<int, 3>& first, const std::array<int, 3>& last) {
  Block out{{side, hu, {}}, first, last};
  for (std::size_t a = 0; a < 3; ++a)
    out.marker.centre_mm[a] = phantom_origin_mm[a] + phantom_spacing_mm[a] * (first[a] + last[a]) / 2;
  return out;
}

const std::array<Block, 3>& blocks() {
  static const std::array<Block, 3> all{block('L', 3000, {19, 8, 2}, {21, 11, 5}),
                                        block('A', 2500, {9, 2, 3}, {12, 3, 7}),
                                        block('H', 2000, {8, 9, 8}, {11, 12, 9})};
  return all;
}

double square(double x) {
  return x * x;
}

}  // namespace

bool in_field_of_view(int i, int j) {
  return square((i - 11.5) / 12) + square((j - 9.5) / 10) <= 1;
}

int phantom_hu(int i, int j, int k) {
  if (i < 0 || j < 0 || k < 0 || i >= phantom_i || j >= phantom_j || k >= phantom_k ||
      !in_field_of_view(i, j))
    return air_hu;
  for (const Block& block : blocks()) {
    const std::array<int, 3> at{i, j, k};
    bool inside = true;
    for (std::size_t a = 0; a < 3; ++a) inside = inside && at[a] >= block.first[a] && at[a] <= block.last[a];
    if (inside) return block.marker.hu;
  }
  const auto hash = static_cast<std::uint32_t>((k * phantom_j + j) * phantom_i + i) * 2654435761U;
  const int grain = static_cast<int>(hash >> 20) % 400 - 200;  // no two rows, columns or slices are alike
  const bool right_lung = square((i - 6) / 4.0) + square((j - 10) / 6.0) < 1,
             left_lung = square((i - 16) / 2.5) + square((j - 12) / 4.0) < 1;
  return (right_lung || left_lung ? -750 : 60) + grain + 3 * k;
}

double phantom_hu_at(const Vector3& lps_mm) {
  std::array<int, 3> low{};
  Vector3 share{};
  for (std::size_t a = 0; a < 3; ++a) {
    const double index = (lps_mm[a] - phantom_origin_mm[a]) / phantom_spacing_mm[a];
    low[a] = static_cast<int>(std::floor(index));
    share[a] = index - low[a];
  }
  double hu = 0;
  for (int corner = 0; corner < 8; ++corner) {
    const int di = corner & 1, dj = corner >> 1 & 1, dk = corner >> 2;
    const double weight =
        (di ? share[0] : 1 - share[0]) * (dj ? share[1] : 1 - share[1]) * (dk ? share[2] : 1 - share[2]);
    if (weight > 0) hu += weight * phantom_hu(low[0] + di, low[1] + dj, low[2] + dk);
  }
  return hu;
}

const std::array<Marker, 3>& phantom_markers() {
  static const std::array<Marker, 3> markers{blocks()[0].marker, blocks()[1].marker, blocks()[2].marker};
  return markers;
}

Vector3 Acquisition::place(int slice, int row_index, int column_index) const {
  return sum(sum(first, scaled(step, slice)),
             sum(scaled(column, row_mm * row_index), scaled(row, column_mm * column_index)));
}

int Acquisition::hu(int slice, int row_index, int column_index) const {
  if (other) return other(slice, row_index, column_index);
  return static_cast<int>(std::lround(phantom_hu_at(place(slice, row_index, column_index))));
}

Acquisition on_grid(const Vector3& row, const Vector3& column) {
  Acquisition out;
  out.row = row;
  out.column = column;
  const Vector3 normal = cross(row, column);
  const int counts[] = {phantom_i, phantom_j, phantom_k};
  out.first = phantom_origin_mm;
  const auto along = [&](const Vector3& axis, int& count, double& mm) {
    for (std::size_t a = 0; a < 3; ++a) {
      if (axis[a] == 0) continue;
      count = counts[a];
      mm = phantom_spacing_mm[a];
      if (axis[a] < 0) out.first[a] += mm * (count - 1);
    }
  };
  double step_mm = 0;
  along(row, out.columns, out.column_mm);
  along(column, out.rows, out.row_mm);
  along(normal, out.slices, step_mm);
  out.step = scaled(normal, step_mm);
  return out;
}

Acquisition on_table(const std::string& patient_position) {
  const double into_gantry = patient_position[0] == 'H' ? 1 : -1;  // of the patient's head
  const std::string lies = patient_position.substr(2);
  const Vector3 down = lies == "S"    ? Vector3{0, 1, 0}
                       : lies == "P"  ? Vector3{0, -1, 0}
                       : lies == "DR" ? Vector3{-1, 0, 0}
                                      : Vector3{1, 0, 0};
  Acquisition out = on_grid(cross(down, {0, 0, into_gantry}), down);
  out.patient_position = patient_position;
  return out;
}

Acquisition turned_round(Acquisition acquisition) {
  acquisition.first = sum(acquisition.first, scaled(acquisition.step, acquisition.slices - 1));
  acquisition.step = scaled(acquisition.step, -1);
  return acquisition;
}

}  // namespace radfm::imaging::testing
