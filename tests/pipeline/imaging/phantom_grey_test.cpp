// SPDX-License-Identifier: Apache-2.0
// One phantom, its greys told in every way that DICOM allows: inverted, padded, by a table. The same picture
// each time.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcvrss.h>
#include <dcmtk/dcmdata/dcvrus.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::imaging {
namespace {

using testing::Acquisition;
using testing::Cell;
using testing::Encoding;
using testing::expect_phantom;
using testing::phantom_files;
using testing::read_shuffled;
using testing::Rescale;

Encoding mr() {
  Encoding encoding;
  encoding.magnetic_resonance = true;
  return encoding;
}

void expect_same_picture(const StudyReading& a, const StudyReading& b) {
  ASSERT_EQ(a.volumes.size(), 1u);
  ASSERT_EQ(b.volumes.size(), 1u);
  EXPECT_EQ(a.volumes[0].width, b.volumes[0].width);
  EXPECT_EQ(a.volumes[0].affine, b.volumes[0].affine);
  ASSERT_EQ(a.pixels[0].display.size(), b.pixels[0].display.size());
  std::size_t differ = 0;
  int worst = 0;
  for (std::size_t i = 0; i < a.pixels[0].display.size(); ++i) {
    const int by = std::abs(int{a.pixels[0].display[i]} - int{b.pixels[0].display[i]});
    differ += by != 0;
    worst = std::max(worst, by);
  }
  EXPECT_EQ(differ, 0u) << "by up to " << worst << " of 255";
  const auto [low, high] = std::minmax_element(a.pixels[0].display.begin(), a.pixels[0].display.end());
  EXPECT_LT(*low, 10);  // the comparison is not one of a blank picture
  EXPECT_GT(*high, 245);
}

TEST(PhantomGrey, Monochrome1SaysHowACtIsShownNotWhatItsValuesMean) {
  // PS3.3 C.7.6.3.1.2: the lowest value is shown white. A Hounsfield unit stays one, whether the stored
  // values are inverted (slope -1) or not: the fixed window shows air black.
  Encoding as_stored;
  as_stored.photometric = "MONOCHROME1";
  expect_phantom(read_shuffled(phantom_files({}, as_stored)));
  Encoding inverted = as_stored;
  inverted.bits = {16, 12, 11, false};
  inverted.rescale = [](int) { return Rescale{-1, 3071}; };
  expect_phantom(read_shuffled(phantom_files({}, inverted)));
}

TEST(PhantomGrey, AnInvertedMrIsTheSamePicture) {
  // Values without a unit: what is stored inverted within its bits and called MONOCHROME1 is shown as the
  // original, in every kind of cell and with a rescale.
  const auto reference = read_shuffled(phantom_files({}, mr()));
  for (const CellBits bits : {CellBits{16, 12, 11, false}, CellBits{16, 16, 15, false},
                              CellBits{16, 16, 15, true}, CellBits{16, 13, 12, true}}) {
    SCOPED_TRACE(std::to_string(bits.stored) + (bits.is_signed ? " signed" : " unsigned"));
    Encoding encoding = mr();
    encoding.photometric = "MONOCHROME1";
    encoding.bits = bits;
    const std::int64_t both_ends =
        bits.is_signed ? -1 : (std::int64_t{1} << bits.stored) - 1;  // lowest and highest together
    encoding.cell = [both_ends](std::int64_t stored, const Cell&) { return both_ends - stored; };
    expect_same_picture(read_shuffled(phantom_files({}, encoding)), reference);
    encoding.transfer_syntax_uid = "1.2.840.10008.1.2.4.80";
    expect_same_picture(read_shuffled(phantom_files({}, encoding)), reference);
  }
}

TEST(PhantomGrey, AnInvertedCtWithoutHounsfieldUnitsIsTheSamePicture) {
  // Rescale Type US: unspecified values are shown by percentiles, and inverted ones are turned round first.
  Encoding encoding;
  encoding.bits = {16, 12, 11, false};
  encoding.rescale = [](int) { return Rescale{1, -1024}; };
  encoding.change = [](DcmDataset& set, int) { set.putAndInsertString(DCM_RescaleType, "US"); };
  const auto reference = read_shuffled(phantom_files({}, encoding));
  ASSERT_EQ(reference.volumes.size(), 1u);
  EXPECT_EQ(reference.volumes[0].window, "percentile 1 to 99");
  encoding.photometric = "MONOCHROME1";
  encoding.cell = [](std::int64_t stored, const Cell&) { return 4095 - stored; };
  expect_same_picture(read_shuffled(phantom_files({}, encoding)), reference);
}

// Padding of another VR than the dictionary would guess needs the element itself.
void put_padding(DcmDataset& set, const DcmTagKey& tag, int value, bool is_signed) {
  DcmElement* element = nullptr;
  if (is_signed) {
    auto* signed_element = new DcmSignedShort(DcmTag(tag, EVR_SS));
    signed_element->putSint16(static_cast<Sint16>(value), 0);
    element = signed_element;
  } else {
    auto* unsigned_element = new DcmUnsignedShort(DcmTag(tag, EVR_US));
    unsigned_element->putUint16(static_cast<Uint16>(value), 0);
    element = unsigned_element;
  }
  set.insert(element, OFTrue);
}

// The grid's points outside of the circle hold this value, said to be padding up to `limit`.
Encoding padded(Encoding encoding, int value, int limit, const char* syntax) {
  const bool is_signed = encoding.bits.is_signed;
  encoding.transfer_syntax_uid = syntax;
  encoding.cell = [value, limit](std::int64_t stored, const Cell& cell) -> std::int64_t {
    if (testing::in_field_of_view(cell.column, cell.row)) return stored;
    return (cell.row + cell.column) % 2 == 0 ? value : limit;
  };
  encoding.change = [=](DcmDataset& set, int) {
    put_padding(set, DCM_PixelPaddingValue, value, is_signed);
    if (limit != value) put_padding(set, DCM_PixelPaddingRangeLimit, limit, is_signed);
  };
  return encoding;
}

constexpr const char* some_syntaxes[] = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2",
                                         "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90"};

TEST(PhantomGrey, PaddingOfACtIsAir) {
  // PS3.3 C.7.5.1.1.2: around a circular field of view, one value or a range, in syntaxes with and without a
  // VR: inside the circle the phantom to the bit, outside black, and air (-1024 HU) as value.
  for (const char* syntax : some_syntaxes) {
    for (const auto& [value, limit] : {std::pair{-2000, -2000}, std::pair{-3024, -1500},
                                       std::pair{-32768, -32768}, std::pair{5000, 5000}}) {
      SCOPED_TRACE(std::string(syntax) + " " + std::to_string(value));
      const auto reading = read_shuffled(phantom_files({}, padded(Encoding(), value, limit, syntax)));
      ASSERT_EQ(reading.volumes.size(), 1u);
      const auto axial = testing::displayed(Plane::axial);
      std::size_t wrong = 0;
      for (std::size_t n = 0; n < axial.cells.size(); ++n) {
        const auto& [i, j, k] = axial.cells[n];
        const bool inside = testing::in_field_of_view(i, j);
        const int hu = inside ? testing::phantom_hu(i, j, k) : -1024;
        wrong += reading.pixels[0].values[n] != static_cast<float>(hu) ||
                 reading.pixels[0].display[n] != testing::chest_grey(hu);
      }
      EXPECT_EQ(wrong, 0u);
    }
  }
}

// Percentiles 1 to 99 of these values, and each value within them as 0 to 255.
std::vector<std::uint8_t> by_percentiles(const std::vector<int>& all, const std::vector<int>& counted) {
  std::vector<int> sorted = counted;
  std::sort(sorted.begin(), sorted.end());
  const double last = static_cast<double>(sorted.size() - 1);
  const int low = sorted[static_cast<std::size_t>(std::floor(0.01 * last))],
            high = sorted[static_cast<std::size_t>(std::ceil(0.99 * last))];
  std::vector<std::uint8_t> out;
  for (const int value : all)
    out.push_back(
        static_cast<std::uint8_t>(std::lround(255.0 * (std::clamp(value, low, high) - low) / (high - low))));
  return out;
}

TEST(PhantomGrey, PaddingMovesNoPercentile) {
  // An MR's window is of what lies inside the circle, whatever the padding's value; padding is black.
  std::vector<int> inside;
  const auto axial = testing::displayed(Plane::axial);
  for (const auto& [i, j, k] : axial.cells) {
    if (testing::in_field_of_view(i, j)) inside.push_back(testing::phantom_hu(i, j, k) + 1000);
  }
  const auto greys = by_percentiles(inside, inside);
  for (const char* syntax : some_syntaxes) {
    for (const auto& [value, limit] :
         {std::pair{65535, 65535}, std::pair{40000, 65535}, std::pair{5000, 5000}}) {
      SCOPED_TRACE(std::string(syntax) + " " + std::to_string(value));
      Encoding encoding = mr();
      encoding.bits.is_signed = false;
      const auto reading = read_shuffled(phantom_files({}, padded(encoding, value, limit, syntax)));
      ASSERT_EQ(reading.volumes.size(), 1u);
      std::size_t wrong = 0, at = 0;
      for (std::size_t n = 0; n < axial.cells.size(); ++n) {
        const bool is_inside = testing::in_field_of_view(axial.cells[n][0], axial.cells[n][1]);
        wrong += reading.pixels[0].display[n] != (is_inside ? greys[at++] : 0);
      }
      EXPECT_EQ(wrong, 0u);
    }
  }
}

TEST(PhantomGrey, PaddingOfAnInvertedMrIsBlackToo) {
  // MONOCHROME1 with padding: the same picture as MONOCHROME2 with padding.
  Encoding encoding = mr();
  encoding.bits = {16, 13, 12, false};
  const auto reference =
      read_shuffled(phantom_files({}, padded(encoding, 8000, 8000, "1.2.840.10008.1.2.1")));
  Encoding inverted = padded(encoding, 8000, 8000, "1.2.840.10008.1.2.1");
  inverted.photometric = "MONOCHROME1";
  inverted.cell = [](std::int64_t stored, const Cell& cell) -> std::int64_t {
    return testing::in_field_of_view(cell.column, cell.row) ? 8191 - stored : 8000;
  };
  expect_same_picture(read_shuffled(phantom_files({}, inverted)), reference);
}

}  // namespace
}  // namespace radfm::imaging
