// SPDX-License-Identifier: Apache-2.0
// One phantom, asymmetrical in all three axes, written in the ways that DICOM allows; and what the model must
// be shown of it, computed here from the phantom alone.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pipeline/imaging/slice_geometry.h"
#include "pipeline/imaging/study_reading.h"
#include "tests/pipeline/imaging/pictures.h"

class DcmItem;

namespace radfm::imaging::testing {

// The phantom's own grid: i towards the patient's left, j towards the back, k towards the head. Distances and
// origin are sums of powers of two, so that they are exact in a file's decimals and no two axes can be taken
// for one another.
inline constexpr int phantom_i = 24, phantom_j = 20, phantom_k = 10;
inline constexpr Vector3 phantom_spacing_mm{0.75, 0.5, 2.5}, phantom_origin_mm{-8.5, -20.25, 100};

// Hounsfield units, -1000 to 3000; outside of the grid air (-1000). Each marker's value is found nowhere
// else.
int phantom_hu(int i, int j, int k);
// Between the grid's points by linear interpolation along each axis.
double phantom_hu_at(const Vector3& lps_mm);
// Whether the point lies in the circular field of view; all without is air.
bool in_field_of_view(int i, int j);

struct Marker {
  char side;  // L, A, H: the letter of the side that it lies at
  int hu;
  Vector3 centre_mm;
};
const std::array<Marker, 3>& phantom_markers();

// How a scanner samples the phantom: slice s, row r, column c lies at first + s step + r row_mm column + c
// column_mm row.
struct Acquisition {
  std::string patient_position = "HFS";
  Vector3 row{1, 0, 0}, column{0, 1, 0};  // Image Orientation (Patient): where a row and a column run to
  Vector3 first = phantom_origin_mm, step{0, 0, phantom_spacing_mm[2]};
  double row_mm = phantom_spacing_mm[1], column_mm = phantom_spacing_mm[0];  // between rows, between columns
  int rows = phantom_j, columns = phantom_i, slices = phantom_k;
  std::function<int(int slice, int row_index, int column_index)> other = {};  // these Hounsfield units instead of the phantom's

  Vector3 place(int slice, int row_index, int column_index) const;
  int hu(int slice, int row_index, int column_index) const;
};

// Each point of the phantom's grid once. The axes must be the patient's, with signs.
Acquisition on_grid(const Vector3& row, const Vector3& column);
// PS3.3 C.7.3.1.1.2: the patient enters head or feet first and lies on the back, the face or a side; pixels
// are in the axes of the room: columns to the right of who looks into the gantry, rows down. One of HFS, HFP,
// HFDR, HFDL, FFS, FFP, FFDR, FFDL.
Acquisition on_table(const std::string& patient_position);

// The same slices, the last first.
Acquisition turned_round(Acquisition acquisition);

// Image Orientation and Position (Patient) of a slice; Pixel Spacing.
void put_place(DcmItem& item, const Acquisition& acquisition, int slice);
void put_measures(DcmItem& item, const Acquisition& acquisition);

struct Rescale {
  double slope = 1, intercept = 0;
};

struct Cell {
  int slice = 0, row = 0, column = 0;
};

// How the values are stored.
struct Encoding {
  std::string transfer_syntax_uid = "1.2.840.10008.1.2.1";
  CellBits bits{16, 16, 15, true};
  std::uint32_t noise_above = 0;
  std::string photometric = "MONOCHROME2";
  bool magnetic_resonance = false;  // an MR image: values from 0 (Hounsfield units + 1000), no rescale
  std::function<Rescale(int slice)> rescale;                           // absent: slope 1, intercept 0
  std::function<std::int64_t(std::int64_t stored, const Cell&)> cell;  // what is stored instead
  std::function<void(DcmDataset&, int slice)> change;                  // last of all
  std::string series_uid = "1.2.3.4.5";
};

// A file for each slice; instance numbers from 1 in the order of the slices.
std::vector<ByteVector> phantom_files(const Acquisition& acquisition = {}, const Encoding& encoding = {});

struct MultiFrame {
  std::string sop_class = "1.2.840.10008.5.1.4.1.1.2.1";
  std::vector<int> order;       // slices in stored order; empty: as they are
  bool shared_plane = true;     // orientation and spacing in the shared groups, not in each frame's
  bool shared_rescale = false;  // one rescale (that of slice 0) in the shared groups
};
// One Enhanced or Legacy Converted object of all slices. `encoding.change` is called once, for slice 0.
ByteVector phantom_object(const MultiFrame& object, const Acquisition& acquisition = {},
                          const Encoding& encoding = {});

// 0, stride, 2 stride, ... modulo count: a shuffle that gives each number once where both have no common
// divisor.
std::vector<int> shuffled(int count, int stride = 7);

StudyReading read_shuffled(const std::vector<ByteVector>& files, const ReadOptions& options = {});

// What is expected of the phantom on its own grid as it is displayed in a plane (DisplayTurn),
// [slice][row][column].
struct Displayed {
  int width = 0, height = 0, depth = 0;
  std::vector<std::array<int, 3>> cells;  // (i, j, k)
};
Displayed displayed(Plane plane);
// The fixed window of the chest, -300 +- 700 HU, to 0 to 255 by whole numbers.
std::uint8_t chest_grey(int hu);

// The first volume is the phantom to the bit: values, windowed values, every point of the affine, no mirror,
// and the markers and edge letters where that plane has them.
void expect_phantom(const StudyReading& reading, Plane plane = Plane::axial);
// Each marker lies at the edge that its letter is written at, or among the first or the last slices when they
// run that way. `offset`: what was added to the phantom's Hounsfield units.
void expect_markers_at_their_letters(const StudyReading& reading, int offset = 0);
// Size, values, windowed values, affine and window are the same to the bit.
void expect_same_input(const StudyReading& a, const StudyReading& b);

}  // namespace radfm::imaging::testing
