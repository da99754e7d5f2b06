// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/orientation_letters.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

namespace radfm::imaging {
namespace {

using Direction = std::array<double, 3>;

constexpr double named_cosine_min = 0.26;   // a side nearer than 75 degrees is named
constexpr double oblique_cosine_max = 0.966;  // 15 degrees
constexpr std::string_view towards = "LPH", away = "RAF";  // along x, y, z and against them
constexpr std::string_view planes[] = {"sagittal", "coronal", "axial"};

// Column i of the affine: 0 a step along a row, 1 a step along a column, 2 to the next slice.
Direction step(const VolumeDescription& volume, std::size_t i) {
  return {volume.affine[i], volume.affine[4 + i], volume.affine[8 + i]};
}

Direction unit(Direction d) {
  const double length = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  if (!(length > 0)) return {0, 0, 0};
  return {d[0] / length, d[1] / length, d[2] / length};
}

Direction normal(const VolumeDescription& volume) {
  const Direction a = unit(step(volume, 0)), b = unit(step(volume, 1));
  return unit({a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]});
}

std::size_t main_axis(const Direction& d) {
  std::size_t axis = 0;
  for (std::size_t i = 1; i < 3; ++i) {
    if (std::abs(d[i]) > std::abs(d[axis])) axis = i;
  }
  return axis;
}

EdgeLetters between(const std::string& right, const std::string& bottom) {
  return {opposite_letters(right), right, opposite_letters(bottom), bottom};
}

}  // namespace

std::string letters_of(const std::array<double, 3>& direction) {
  const Direction d = unit(direction);
  std::vector<std::pair<double, char>> sides;
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::abs(d[i]) >= named_cosine_min) sides.emplace_back(-std::abs(d[i]), d[i] > 0 ? towards[i] : away[i]);
  }
  std::stable_sort(sides.begin(), sides.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string letters;
  for (const auto& side : sides) letters += side.second;
  return letters;
}

std::string opposite_letters(const std::string& letters) {
  std::string out;
  for (const char letter : letters) {
    const std::size_t i = towards.find(letter), j = away.find(letter);
    if (i == std::string_view::npos && j == std::string_view::npos) return {};
    out += i != std::string_view::npos ? away[i] : towards[j];
  }
  return out;
}

EdgeLetters edge_letters(const VolumeDescription& volume) {
  if (volume.has_geometry) return between(letters_of(step(volume, 0)), letters_of(step(volume, 1)));
  if (volume.patient_orientation.size() != 2) return {};
  EdgeLetters edges;
  const std::string& right = volume.patient_orientation[0];
  const std::string& bottom = volume.patient_orientation[1];
  if (!opposite_letters(right).empty()) edges = between(right, "");
  if (!opposite_letters(bottom).empty()) {
    edges.top = opposite_letters(bottom);
    edges.bottom = bottom;
  }
  return edges;
}

std::string plane_name(const VolumeDescription& volume) {
  if (!volume.has_geometry) return {};
  const Direction n = normal(volume);
  const std::size_t axis = main_axis(n);
  return (std::abs(n[axis]) < oblique_cosine_max ? "oblique " : "") + std::string(planes[axis]);
}

std::string slice_place(const VolumeDescription& volume, int slice) {
  if (!volume.has_geometry) return {};
  const std::size_t axis = main_axis(normal(volume));
  const double* row = &volume.affine[axis * 4];
  const double place = row[0] * (volume.width - 1) / 2 + row[1] * (volume.height - 1) / 2 + row[2] * slice + row[3];
  char text[40];
  std::snprintf(text, sizeof text, "%c %.1f mm", place < 0 ? away[axis] : towards[axis], std::abs(place));
  return text;
}

}  // namespace radfm::imaging
