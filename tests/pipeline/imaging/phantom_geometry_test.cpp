// SPDX-License-Identifier: Apache-2.0
// One phantom in every order, position and plane that a scanner gives it: what is shown is the same array, to
// the bit, and left stays left. Gantry tilt and oblique planes are compared at the physical points that the
// affine names.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "pipeline/imaging/orientation_letters.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::imaging {
namespace {

using testing::Acquisition;
using testing::Encoding;
using testing::expect_phantom;
using testing::on_grid;
using testing::on_table;
using testing::phantom_files;
using testing::read_shuffled;

// A scanner stores whole Hounsfield units: half a unit, and a thousandth for ten digits of position and
// orientation.
constexpr double tolerance_hu = 0.501;

Encoding numbered(const std::function<std::string(int)>& instance_number) {
  Encoding encoding;
  encoding.change = [instance_number](DcmDataset& set, int slice) {
    const std::string number = instance_number(slice);
    if (number.empty())
      set.findAndDeleteElement(DCM_InstanceNumber);
    else
      set.putAndInsertString(DCM_InstanceNumber, number.c_str());
    set.putAndInsertString(
        DCM_SliceLocation,
        std::to_string(-3 * slice).c_str());  // of the scanner's own, against the patient's
  };
  return encoding;
}

TEST(PhantomGeometry, InstanceNumbersSayNothing) {
  // Forwards, reversed, shuffled, absent, all equal, beyond any number; files are handed over shuffled in
  // each.
  const std::map<std::string, std::function<std::string(int)>> numberings{
      {"forwards", [](int slice) { return std::to_string(slice + 1); }},
      {"reversed", [](int slice) { return std::to_string(100 - slice); }},
      {"shuffled", [](int slice) { return std::to_string(slice * 7 % 10); }},
      {"absent", [](int) { return std::string(); }},
      {"equal", [](int) { return std::string("1"); }},
      {"no numbers",
       [](int slice) { return slice % 2 == 0 ? std::string("x") : std::string("99999999999"); }},
  };
  for (const auto& [name, numbering] : numberings) {
    SCOPED_TRACE(name);
    const auto reading = read_shuffled(phantom_files({}, numbered(numbering)));
    expect_phantom(reading);
    EXPECT_EQ(reading.volumes.size(), 1u);
    EXPECT_TRUE(reading.volumes.at(0).notes.empty());
  }
}

TEST(PhantomGeometry, EveryPatientPositionIsTheSameArray) {
  // The same patient head or feet first, supine, prone or on a side (PS3.3 C.7.3.1.1.2): only flips and
  // transposes.
  const auto reference = read_shuffled(phantom_files());
  for (const char* position : {"HFS", "HFP", "FFS", "FFP", "HFDR", "HFDL", "FFDR", "FFDL"}) {
    SCOPED_TRACE(position);
    const auto reading = read_shuffled(phantom_files(on_table(position)));
    expect_phantom(reading);
    testing::expect_same_input(reading, reference);
    EXPECT_TRUE(reading.volumes.at(0).notes.empty());
  }
}

// All 24 right-handed pairs of axes.
std::vector<Acquisition> all_on_grid() {
  std::vector<Acquisition> all;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      for (int signs = 0; a != b && signs < 4; ++signs) {
        Vector3 row{}, column{};
        row[a] = signs & 1 ? -1 : 1;
        column[b] = signs & 2 ? -1 : 1;
        all.push_back(on_grid(row, column));
      }
    }
  }
  return all;
}

TEST(PhantomGeometry, EveryPairOfAxesIsItsPlanesArray) {
  // Axial, sagittal and coronal acquisitions in all 24 ways to store them: each is shown in its own plane, to
  // the bit where the display order has it, and each voxel lies where the affine says; slices also against
  // the normal.
  const auto acquisitions = all_on_grid();
  ASSERT_EQ(acquisitions.size(), 24u);
  std::map<Plane, int> seen;
  for (const Acquisition& acquisition : acquisitions) {
    const Vector3 normal = cross(acquisition.row, acquisition.column);
    const Plane plane = normal[2] != 0 ? Plane::axial : normal[1] != 0 ? Plane::coronal : Plane::sagittal;
    SCOPED_TRACE(std::string(to_string(plane)) + ", rows towards " + letters_of(acquisition.row) +
                 ", columns towards " + letters_of(acquisition.column));
    ++seen[plane];
    expect_phantom(read_shuffled(phantom_files(acquisition)), plane);
    expect_phantom(read_shuffled(phantom_files(testing::turned_round(acquisition))), plane);
  }
  EXPECT_EQ(seen, (std::map<Plane, int>{{Plane::axial, 8}, {Plane::sagittal, 8}, {Plane::coronal, 8}}));
}

TEST(PhantomGeometry, TheSameSlicesAreChosenInEveryPosition) {
  // With fewer slices than there are: the same ones whatever the order of scanning, each to the bit an
  // acquired slice, and none further from its place by the affine than half the distance of two slices.
  ReadOptions options;
  for (const int slices_max : {1, 2, 4, 7, 9}) {
    options.slices_max = slices_max;
    const auto reference = read_shuffled(phantom_files(), options);
    for (const char* position : {"HFS", "HFP", "FFS", "FFP"}) {
      SCOPED_TRACE(std::string(position) + " " + std::to_string(slices_max));
      testing::expect_same_input(
          read_shuffled(phantom_files(testing::turned_round(on_table(position))), options), reference);
    }
    const auto& volume = reference.volumes.at(0);
    ASSERT_EQ(volume.depth, slices_max);
    std::size_t n = 0;
    for (int s = 0; s < volume.depth; ++s) {
      const int k = std::stoi(volume.sop_instance_uids[static_cast<std::size_t>(s)].substr(10)) -
                    1;  // 1.2.3.4.5.(k + 1)
      std::size_t wrong = 0;
      for (int j = 0; j < testing::phantom_j; ++j) {
        for (int i = 0; i < testing::phantom_i; ++i)
          wrong += reference.pixels[0].values[n++] != static_cast<float>(testing::phantom_hu(i, j, k));
      }
      EXPECT_EQ(wrong, 0u) << "slice " << s;
      const double z = testing::phantom_origin_mm[2] + testing::phantom_spacing_mm[2] * k;
      EXPECT_LE(std::abs(testing::place(volume, 0, 0, s)[2] - z), testing::phantom_spacing_mm[2] / 2 + 1e-9);
    }
  }
}

// Every voxel holds what the phantom holds at the place that the affine names, and is shown by the chest's
// window; no mirror.
void expect_phantom_at_places(const StudyReading& reading) {
  ASSERT_EQ(reading.volumes.size(), 1u);
  const VolumeDescription& volume = reading.volumes.front();
  double worst = 0;
  std::size_t n = 0, wrong_greys = 0, in_patient = 0;
  for (int s = 0; s < volume.depth; ++s) {
    for (int r = 0; r < volume.height; ++r) {
      for (int c = 0; c < volume.width; ++c, ++n) {
        const double value = reading.pixels.front().values[n];
        worst = std::max(worst, std::abs(value - testing::phantom_hu_at(testing::place(volume, c, r, s))));
        wrong_greys += reading.pixels.front().display[n] != testing::chest_grey(static_cast<int>(value));
        in_patient += value > -1000;
      }
    }
  }
  EXPECT_LE(worst, tolerance_hu);
  EXPECT_EQ(wrong_greys, 0u);
  EXPECT_GT(in_patient, n / 4);  // the comparison is not one of air
  EXPECT_GT(testing::determinant(volume), 0) << "mirrored";
}

// The letter at an edge and the marker that it names: the voxel nearest to the marker's centre lies on that
// side.
void expect_letters_towards_markers(const StudyReading& reading) {
  const VolumeDescription& volume = reading.volumes.front();
  const EdgeLetters letters = edge_letters(volume);
  const Vector3 middle = testing::place(volume, volume.width / 2, volume.height / 2, volume.depth / 2);
  const auto step = [&](std::size_t axis) {
    return Vector3{volume.affine[axis], volume.affine[4 + axis], volume.affine[8 + axis]};
  };
  int named = 0;
  for (const auto& marker : testing::phantom_markers()) {
    const Vector3 way = difference(marker.centre_mm, middle);
    const std::pair<const std::string*, double> edges[] = {{&letters.left, -dot(way, step(0))},
                                                           {&letters.right, dot(way, step(0))},
                                                           {&letters.top, -dot(way, step(1))},
                                                           {&letters.bottom, dot(way, step(1))}};
    for (const auto& [edge, along] : edges) {
      if (edge->empty() || edge->front() != marker.side) continue;
      EXPECT_GT(along, 0) << *edge << " is written where the marker " << marker.side << " is not";
      ++named;
    }
  }
  EXPECT_EQ(named, 2);
}

Acquisition tilted(double degrees) {
  const double angle = degrees * 3.14159265358979 / 180;
  Acquisition acquisition;  // the table moves along z, the slices lean
  acquisition.column = {0, std::cos(angle), std::sin(angle)};
  acquisition.slices = 10;
  return acquisition;
}

TEST(PhantomGeometry, ATiltedGantryIsSaidAndItsAffineLeans) {
  // Not resampled: each pixel is the scanner's, to the bit; its place is within half a Hounsfield unit of the
  // phantom.
  for (const double degrees : {-20.0, -5.0, 12.5, 30.0}) {
    SCOPED_TRACE(degrees);
    const Acquisition acquisition = tilted(degrees);
    const auto reading = read_shuffled(phantom_files(acquisition));
    expect_phantom_at_places(reading);
    expect_letters_towards_markers(reading);
    const auto& volume = reading.volumes.at(0);
    std::size_t n = 0, wrong = 0;
    for (int s = 0; s < acquisition.slices; ++s) {
      for (int r = 0; r < acquisition.rows; ++r) {
        for (int c = 0; c < acquisition.columns; ++c)
          wrong += reading.pixels[0].values[n++] != static_cast<float>(acquisition.hu(s, r, c));
      }
    }
    EXPECT_EQ(wrong, 0u);
    char note[64];
    std::snprintf(note, sizeof note, "gantry tilt: the stack leans by %.1f degrees", std::abs(degrees));
    EXPECT_EQ(volume.notes, std::vector<std::string>{note});
  }
}

// Turned about the patient's axes, from head to left, then from left to back; the middle slice in the middle
// of the phantom.
Acquisition oblique(double about_x, double about_z) {
  const double degree = 3.14159265358979 / 180, cx = std::cos(about_x * degree),
               sx = std::sin(about_x * degree);
  const double cz = std::cos(about_z * degree), sz = std::sin(about_z * degree);
  Acquisition acquisition;
  acquisition.row = {cz, sz, 0};
  acquisition.column = {-sz * cx, cz * cx, sx};
  acquisition.row_mm = 0.625;
  acquisition.column_mm = 0.5;
  acquisition.rows = 26;
  acquisition.columns = 34;
  acquisition.slices = 9;
  acquisition.step = scaled(cross(acquisition.row, acquisition.column), 1.5);
  const Vector3 middle = sum(testing::phantom_origin_mm, {8.625, 4.75, 11.25});
  acquisition.first = difference(middle, difference(acquisition.place(4, 13, 17), acquisition.first));
  return acquisition;
}

TEST(PhantomGeometry, ObliqueSlicesAreComparedAtTheirPlaces) {
  // Angulations up to 35 degrees are shown as axial, from 65 degrees about x as coronal: values at the
  // affine's places within half a Hounsfield unit, and each edge's first letter is on the side of its marker.
  const struct {
    double about_x, about_z;
    const char* plane;
  } turns[] = {{12, 0, "axial"},
               {-25, 10, "oblique axial"},
               {35, -20, "oblique axial"},
               {84, 8, "coronal"},
               {-65, -15, "oblique coronal"}};
  for (const auto& turn : turns) {
    SCOPED_TRACE(std::to_string(turn.about_x) + " " + std::to_string(turn.about_z));
    const auto reading = read_shuffled(phantom_files(oblique(turn.about_x, turn.about_z)));
    expect_phantom_at_places(reading);
    expect_letters_towards_markers(reading);
    EXPECT_EQ(plane_name(reading.volumes.at(0)), turn.plane);
    EXPECT_NEAR(reading.volumes.at(0).slice_spacing_mm, 1.5, 1e-6);
  }
}

}  // namespace
}  // namespace radfm::imaging
