// SPDX-License-Identifier: Apache-2.0
// What the model must be shown of the phantom, and whether a reading is that.
#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/imaging/orientation_letters.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::imaging::testing {
namespace {

Vector3 grid_point(const std::array<int, 3>& cell) {
  Vector3 out{};
  for (std::size_t a = 0; a < 3; ++a) out[a] = phantom_origin_mm[a] + phantom_spacing_mm[a] * cell[a];
  return out;
}

// The middle of the voxels that hold this value: column, row, slice.
std::array<double, 3> middle_of(const StudyReading& reading, int hu) {
  const VolumeDescription& volume = reading.volumes.front();
  const auto width = static_cast<std::size_t>(volume.width),
             area = width * static_cast<std::size_t>(volume.height);
  const auto& values = reading.pixels.front().values;
  std::array<double, 3> sum_of{};
  double count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != static_cast<float>(hu)) continue;
    sum_of[0] += static_cast<double>(i % width);
    sum_of[1] += static_cast<double>(i % area / width);
    sum_of[2] += static_cast<double>(i / area);
    count += 1;
  }
  EXPECT_GT(count, 0) << "no voxel of " << hu << " HU";
  return {sum_of[0] / count, sum_of[1] / count, sum_of[2] / count};
}

std::string letters_written(const EdgeLetters& letters) {
  return letters.left + letters.right + letters.top + letters.bottom;
}

}  // namespace

Displayed displayed(Plane plane) {
  Displayed out;
  if (plane == Plane::axial) {  // image left = patient's right, top = anterior; feet to head
    out = {phantom_i, phantom_j, phantom_k, {}};
    for (int k = 0; k < phantom_k; ++k)
      for (int j = 0; j < phantom_j; ++j)
        for (int i = 0; i < phantom_i; ++i) out.cells.push_back({i, j, k});
  } else if (plane == Plane::coronal) {  // image left = patient's right, top = head; front to back
    out = {phantom_i, phantom_k, phantom_j, {}};
    for (int j = 0; j < phantom_j; ++j)
      for (int k = phantom_k - 1; k >= 0; --k)
        for (int i = 0; i < phantom_i; ++i) out.cells.push_back({i, j, k});
  } else {  // image left = anterior, top = head; patient's left to right
    out = {phantom_j, phantom_k, phantom_i, {}};
    for (int i = phantom_i - 1; i >= 0; --i)
      for (int k = phantom_k - 1; k >= 0; --k)
        for (int j = 0; j < phantom_j; ++j) out.cells.push_back({i, j, k});
  }
  return out;
}

std::uint8_t chest_grey(int hu) {
  const int from_low = std::clamp(hu + 1000, 0, 1400);
  return static_cast<std::uint8_t>((from_low * 255 * 2 + 1400) / 2800);
}

void expect_markers_at_their_letters(const StudyReading& reading, int offset) {
  ASSERT_FALSE(reading.volumes.empty());
  const VolumeDescription& volume = reading.volumes.front();
  const EdgeLetters letters = edge_letters(volume);
  const std::string last = letters_of({volume.affine[2], volume.affine[6], volume.affine[10]});
  const std::pair<std::string, std::string> ends[] = {
      // of columns, rows, slices: at the first and at the last
      {letters.left, letters.right},
      {letters.top, letters.bottom},
      {opposite_letters(last), last}};
  const int sizes[] = {volume.width, volume.height, volume.depth};
  int named = 0;
  for (const Marker& marker : phantom_markers()) {
    const auto at = middle_of(reading, marker.hu + offset);
    const std::string side(1, marker.side);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double off = at[axis] - (sizes[axis] - 1) / 2.0;
      if (ends[axis].first != side && ends[axis].second != side) continue;
      EXPECT_GT(ends[axis].first == side ? -off : off, 0) << side << " is written where its marker is not";
      ++named;
    }
  }
  EXPECT_EQ(named, 3) << letters_written(letters);
}

void expect_phantom(const StudyReading& reading, Plane plane) {
  ASSERT_FALSE(reading.volumes.empty());
  const VolumeDescription& volume = reading.volumes.front();
  const PixelBlock& pixels = reading.pixels.front();
  const Displayed expected = displayed(plane);
  ASSERT_EQ(volume.width, expected.width);
  ASSERT_EQ(volume.height, expected.height);
  ASSERT_EQ(volume.depth, expected.depth);
  ASSERT_EQ(pixels.values.size(), expected.cells.size());
  ASSERT_EQ(pixels.display.size(), expected.cells.size());
  std::size_t wrong_values = 0, wrong_greys = 0, wrong_places = 0, n = 0;
  for (int s = 0; s < volume.depth; ++s) {
    for (int r = 0; r < volume.height; ++r) {
      for (int c = 0; c < volume.width; ++c, ++n) {
        const auto& cell = expected.cells[n];
        const int hu = phantom_hu(cell[0], cell[1], cell[2]);
        wrong_values += pixels.values[n] != static_cast<float>(hu);
        wrong_greys += pixels.display[n] != chest_grey(hu);
        const Vector3 off = difference(place(volume, c, r, s), grid_point(cell));
        wrong_places += dot(off, off) > 1e-18;  // a nanometre
      }
    }
  }
  EXPECT_EQ(wrong_values, 0u) << "of " << n;
  EXPECT_EQ(wrong_greys, 0u) << "of " << n;
  EXPECT_EQ(wrong_places, 0u) << "of " << n;
  EXPECT_GT(determinant(volume), 0) << "mirrored";
  const std::string sides = plane == Plane::axial ? "RLAP" : plane == Plane::coronal ? "RLHF" : "APHF";
  EXPECT_EQ(letters_written(edge_letters(volume)), sides);
  expect_markers_at_their_letters(reading);
}

void expect_same_input(const StudyReading& a, const StudyReading& b) {
  ASSERT_FALSE(a.volumes.empty());
  ASSERT_FALSE(b.volumes.empty());
  const VolumeDescription &first = a.volumes.front(), &second = b.volumes.front();
  EXPECT_EQ(first.width, second.width);
  EXPECT_EQ(first.height, second.height);
  EXPECT_EQ(first.depth, second.depth);
  EXPECT_EQ(first.window, second.window);
  EXPECT_EQ(first.affine, second.affine);
  EXPECT_TRUE(a.pixels.front().display == b.pixels.front().display) << "shown pixels differ";
  EXPECT_TRUE(a.pixels.front().values == b.pixels.front().values) << "values differ";
}

}  // namespace radfm::imaging::testing
