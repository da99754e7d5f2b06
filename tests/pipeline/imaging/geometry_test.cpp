// SPDX-License-Identifier: Apache-2.0
// Slices become a volume by their positions, and left stays left.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "pipeline/imaging/slice_stacks.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using testing::Image;
using testing::place;
using testing::read_images;

std::string joined(const Vector3& v) {
  std::ostringstream out;
  out << v[0] << "\\" << v[1] << "\\" << v[2];
  return out.str();
}

// What the phantom holds at a place: a marker on the patient's left, one at the front and one at the head.
int phantom(const Vector3& at) {
  return static_cast<int>(std::lround(100 + at[0] * 10 + at[1] * 3 + at[2]));
}

// A slice through the phantom, sampled as any scanner with these axes would store it.
Image phantom_slice(const Vector3& row, const Vector3& column, const Vector3& position, int number) {
  Image image;
  image.sop_uid = "1.2.3.4.5." + std::to_string(number + 1);
  image.instance_number = number;
  image.orientation = joined(row) + "\\" + joined(column);
  image.position = joined(position);
  for (int r = 0; r < image.rows; ++r) {
    for (int c = 0; c < image.columns; ++c) {
      image.values.push_back(phantom(sum(position, sum(scaled(row, 3.0 * c), scaled(column, 2.0 * r)))));
    }
  }
  return image;
}

ReadOptions with_values() {
  ReadOptions options;
  options.values = true;
  return options;
}

// Every voxel of the volume holds what the phantom has at the place that the affine names.
void expect_phantom(const StudyReading& reading) {
  ASSERT_EQ(reading.volumes.size(), 1u);
  const auto& volume = reading.volumes.front();
  std::size_t i = 0;
  for (int k = 0; k < volume.depth; ++k) {
    for (int r = 0; r < volume.height; ++r) {
      for (int c = 0; c < volume.width; ++c) {
        EXPECT_NEAR(reading.pixels.front().values[i++], phantom(place(volume, c, r, k)), 1e-3);
      }
    }
  }
  EXPECT_GT(testing::determinant(volume), 0) << "mirrored volume";
}

struct Position {
  const char* name;
  Vector3 row, column;
};

TEST(Geometry, AllFourPatientPositionsShowLeftOnTheRight) {
  // Head or feet first, supine or prone, stored transposed or not: axial pictures always have the patient's
  // left at image right, anterior at the top, and run from feet to head.
  const Position positions[] = {
      {"HFS", {1, 0, 0}, {0, 1, 0}},        {"HFP", {-1, 0, 0}, {0, -1, 0}},
      {"FFS", {-1, 0, 0}, {0, 1, 0}},       {"FFP", {1, 0, 0}, {0, -1, 0}},
      {"transposed", {0, 1, 0}, {1, 0, 0}}, {"on its side", {0, -1, 0}, {1, 0, 0}},
  };
  for (const auto& position : positions) {
    SCOPED_TRACE(position.name);
    std::vector<Image> images;
    for (const int k : {2, 0, 3, 1})
      images.push_back(phantom_slice(position.row, position.column, {0, 0, 5.0 * k}, 9 - k));
    const auto reading = read_images(images, with_values());
    expect_phantom(reading);
    const auto& volume = reading.volumes.front();
    EXPECT_GT(volume.affine[0], 0);   // columns towards the patient's left
    EXPECT_GT(volume.affine[5], 0);   // rows towards the back
    EXPECT_GT(volume.affine[10], 0);  // slices towards the head
    EXPECT_DOUBLE_EQ(volume.slice_spacing_mm, 5);
    EXPECT_TRUE(volume.has_geometry);
    EXPECT_TRUE(volume.notes.empty());
  }
}

TEST(Geometry, SagittalAndCoronalStandUpright) {
  // Sagittal: anterior left, head up. Coronal: patient's right left, head up. Both right-handed.
  const Position planes[] = {{"sagittal", {0, -1, 0}, {0, 0, 1}}, {"coronal", {-1, 0, 0}, {0, 0, 1}}};
  for (const auto& plane : planes) {
    SCOPED_TRACE(plane.name);
    const Vector3 normal = cross(plane.row, plane.column);
    std::vector<Image> images;
    for (const int k : {1, 0, 2})
      images.push_back(phantom_slice(plane.row, plane.column, scaled(normal, 4.0 * k), k));
    const auto reading = read_images(images, with_values());
    expect_phantom(reading);
    const auto& volume = reading.volumes.front();
    EXPECT_LT(volume.affine[9], 0);  // rows towards the feet
    EXPECT_GT(volume.affine[plane.name[0] == 's' ? 4 : 0], 0);
    EXPECT_EQ(volume.notes, std::vector<std::string>{std::string(plane.name) + " slices"});
  }
}

TEST(Geometry, ObliqueSlicesAreShownAsTheNearestPlaneAndSaid) {
  // Planes at 45 degrees and a slice turned in its plane: nothing is resampled, the affine holds, left stays right.
  const double h = std::sqrt(0.5), t = 1 / std::sqrt(3.0);
  const Position planes[] = {{"between axial and coronal", {1, 0, 0}, {0, h, h}},
                             {"turned in its plane", {h, h, 0}, {-h, h, 0}},
                             {"turned the other way", {-h, h, 0}, {-h, -h, 0}},
                             {"in the room's diagonal", {h, -h, 0}, {t / std::sqrt(2.0), t / std::sqrt(2.0), -2 * t / std::sqrt(2.0)}}};
  for (const auto& plane : planes) {
    SCOPED_TRACE(plane.name);
    const Vector3 normal = cross(plane.row, plane.column);
    std::vector<Image> images;
    for (const int k : {1, 0, 2}) images.push_back(phantom_slice(plane.row, plane.column, scaled(normal, 4.0 * k), k));
    const auto reading = read_images(images, with_values());
    expect_phantom(reading);
    EXPECT_EQ(reading.volumes.at(0).notes.at(0).rfind("oblique slices, shown as the nearest plane, ", 0), 0u);
    if (display_turn({plane.row, plane.column}).plane != Plane::sagittal) {
      EXPECT_GT(reading.volumes[0].affine[0], 0) << "columns run to the patient's right";
    }
  }
}

TEST(Geometry, TheAffineUsesRowAndColumnSpacingInTheirPlaces) {
  // Pixel Spacing is row distance first: 2 mm between rows, 3 mm between columns.
  const auto reading = read_images({phantom_slice({1, 0, 0}, {0, 1, 0}, {10, 20, 30}, 1)});
  ASSERT_EQ(reading.volumes.size(), 1u);
  const std::array<double, 16> expected{3, 0, 0, 10, 0, 2, 0, 20, 0, 0, 1, 30, 0, 0, 0, 1};
  EXPECT_EQ(reading.volumes.front().affine, expected);
  EXPECT_EQ(reading.volumes.front().depth, 1);
  EXPECT_EQ(reading.volumes.front().slice_spacing_mm, 0);
}

TEST(Geometry, MissingGeometryIsNamed) {
  // No position, no orientation, no spacing, or an impossible one: left out, not guessed.
  for (const int missing : {0, 1, 2, 3}) {
    Image image;
    if (missing == 0) image.position = "";
    if (missing == 1) image.orientation = "";
    if (missing == 2) image.spacing = "";
    if (missing == 3) image.orientation = "1\\0\\0\\1\\0\\0";
    EXPECT_EQ(testing::only_code(read_images({image})), "no_geometry");
  }
}

TEST(Geometry, GapsAndUnevenSpacingAreNoted) {
  // A missing slice and a drifting table.
  std::vector<Image> gap, uneven;
  for (const double z : {0.0, 5.0, 15.0, 20.0})
    gap.push_back(phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, z}, static_cast<int>(z)));
  for (const double z : {0.0, 5.0, 11.0, 16.0})
    uneven.push_back(phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, z}, static_cast<int>(z)));
  EXPECT_EQ(read_images(gap).volumes.at(0).notes,
            std::vector<std::string>{"gap of 10.0 mm after slice 2 of 4 (usual spacing 5.0 mm)"});
  EXPECT_EQ(read_images(uneven).volumes.at(0).notes,
            std::vector<std::string>{"uneven slice spacing, 5.0 to 6.0 mm"});
}

TEST(Geometry, GantryTiltIsNoted) {
  // Positions that move along z while the slices lean: the affine leans too, and a note says so.
  const double c = std::cos(0.2), s = std::sin(0.2);
  std::vector<Image> images;
  for (int k = 0; k < 3; ++k) images.push_back(phantom_slice({1, 0, 0}, {0, c, s}, {0, 0, 5.0 * k}, k));
  const auto reading = read_images(images, with_values());
  expect_phantom(reading);
  ASSERT_EQ(reading.volumes.front().notes.size(), 1u);
  EXPECT_EQ(reading.volumes.front().notes.front(), "gantry tilt: the stack leans by 11.5 degrees");
}

TEST(Geometry, RepeatedPositionsKeepOneStack) {
  // Two echoes at the same places: the first is shown, the second named.
  std::vector<Image> images;
  for (int k = 0; k < 6; ++k) {
    Image image = phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, 5.0 * (k % 3)}, k);
    image.change = [k](DcmDataset& set) { set.putAndInsertString(DCM_EchoNumbers, k < 3 ? "1" : "2"); };
    images.insert(images.begin(), image);
  }
  const auto reading = read_images(images);
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes.front().sop_instance_uids,
            (std::vector<std::string>{"1.2.3.4.5.1", "1.2.3.4.5.2", "1.2.3.4.5.3"}));
  ASSERT_EQ(reading.left_out.size(), 1u);
  EXPECT_EQ(reading.left_out.front().code, "duplicate_position");
  EXPECT_EQ(reading.left_out.front().instances, 3);
}

TEST(Geometry, TwoAcquisitionsThatTouchAreJoined) {
  // The second acquisition goes on where the first ended, with one slice in common.
  std::vector<Image> images;
  for (int k = 0; k < 7; ++k) {
    Image image = phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, 5.0 * (k < 4 ? k : k - 1)}, k);
    image.change = [k](DcmDataset& set) { set.putAndInsertString(DCM_AcquisitionNumber, k < 4 ? "1" : "2"); };
    images.push_back(image);
  }
  const auto reading = read_images(images);
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes.front().depth, 6);
  EXPECT_EQ(reading.left_out.at(0).instances, 1);
}

TEST(Geometry, DifferentOrientationSpacingOrTypeAreDifferentVolumes) {
  // One series, four kinds of slices: four volumes, the one with most slices first and axial before the
  // others.
  std::vector<Image> images;
  for (int k = 0; k < 3; ++k) images.push_back(phantom_slice({0, 1, 0}, {0, 0, -1}, {5.0 * k, 0, 0}, 10 + k));
  for (int k = 0; k < 2; ++k) images.push_back(phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, 5.0 * k}, 20 + k));
  Image wide = phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, 50}, 30);
  wide.spacing = "2\\3.5";
  images.push_back(wide);
  Image other_type = phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, 60}, 31);
  other_type.change = [](DcmDataset& set) {
    set.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\OTHER");
  };
  images.push_back(other_type);
  const auto reading = read_images(images);
  ASSERT_EQ(reading.volumes.size(), 4u);
  EXPECT_EQ(reading.volumes[0].depth, 2);
  EXPECT_EQ(reading.volumes[3].depth, 3);
  EXPECT_EQ(reading.volumes[3].notes.front(), "sagittal slices");
}

TEST(Geometry, SlicesAreChosenEvenlyAlongTheNormal) {
  // 10 slices, 4 wanted: first, last and the nearest to the thirds; at the limit all are taken.
  std::vector<Image> images;
  for (int k = 0; k < 10; ++k) images.push_back(phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, 3.0 * k}, k));
  ReadOptions options = with_values();
  options.slices_max = 4;
  const auto reading = read_images(images, options);
  expect_phantom(reading);
  const auto& volume = reading.volumes.front();
  EXPECT_EQ(volume.sop_instance_uids,
            (std::vector<std::string>{"1.2.3.4.5.1", "1.2.3.4.5.4", "1.2.3.4.5.7", "1.2.3.4.5.10"}));
  EXPECT_DOUBLE_EQ(volume.slice_spacing_mm, 9);
  EXPECT_TRUE(volume.notes.empty());
  EXPECT_EQ(volume.slices_in_study, 10);
  options.slices_max = 10;
  EXPECT_EQ(read_images(images, options).volumes.front().depth, 10);
  options.slices_max = 9;
  EXPECT_EQ(read_images(images, options).volumes.front().depth, 9);
}

TEST(Geometry, OrientationsWithinTheToleranceAreOneStack) {
  // Cosines that differ by less than 1e-3 belong together, by more than that they do not.
  Image first = phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, 0}, 1),
        second = phantom_slice({1, 0, 0}, {0, 1, 0}, {0, 0, 5}, 2);
  second.orientation = "0.9999999\\0.0009\\0\\-0.0009\\0.9999999\\0";
  EXPECT_EQ(read_images({first, second}).volumes.size(), 1u);
  second.orientation = "0.9999992\\0.0012\\0\\-0.0012\\0.9999992\\0";
  EXPECT_EQ(read_images({first, second}).volumes.size(), 2u);
}

InstanceFacts slice_at(double turn, double at_mm, int number) {
  InstanceFacts facts;
  facts.series_instance_uid = "1.2.3";
  facts.sop_instance_uid = "1.2.3." + std::to_string(number);
  facts.instance_number = number;
  facts.rows = facts.columns = 4;
  facts.spacing_mm = {1, 1};
  facts.orientation = {Vector3{std::cos(turn), std::sin(turn), 0}, Vector3{-std::sin(turn), std::cos(turn), 0}};
  facts.position_mm = Vector3{0, 0, at_mm};
  return facts;
}

TEST(Stacks, OrientationsOfOneSeriesAndOnePast) {
  // As many stacks as orientations, up to the limit; the slice of one more is left out.
  std::vector<InstanceFacts> slices;
  for (std::size_t i = 0; i <= orientations_max; ++i) slices.push_back(slice_at(static_cast<double>(i) * 0.005, 0, static_cast<int>(i)));
  const StackPlan more = plan_stacks(slices);
  EXPECT_EQ(more.stacks.size(), orientations_max);
  ASSERT_EQ(more.left_out.size(), 1u);
  EXPECT_EQ(more.left_out[0].second.code, "study_too_large");
  slices.pop_back();
  EXPECT_TRUE(plan_stacks(slices).left_out.empty());
}

TEST(Stacks, PartsOfOneAcquisitionAreJoinedWhateverTheirNumber) {
  // Each slice is a phase of its own and two share a place: all but one of these are one stack, in order.
  std::vector<InstanceFacts> slices;
  for (int i = 0; i < 50; ++i) {
    slices.push_back(slice_at(0, std::max(1, (i * 7) % 50) * 2.0, i));
    slices.back().trigger_time = std::to_string(i);
  }
  const StackPlan plan = plan_stacks(slices);
  ASSERT_EQ(plan.stacks.size(), 1u);
  EXPECT_EQ(plan.stacks[0].slices.size(), 49u);
  EXPECT_TRUE(plan.stacks[0].notes.empty());
  ASSERT_EQ(plan.left_out.size(), 1u);
  EXPECT_EQ(plan.left_out[0].second.code, "duplicate_position");
}

}  // namespace
}  // namespace radfm::imaging
