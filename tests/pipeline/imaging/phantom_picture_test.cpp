// SPDX-License-Identifier: Apache-2.0
// A projection of the phantom as a radiograph, its greys told in every way that DICOM allows: the same
// picture each time.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcvrobow.h>
#include <dcmtk/dcmdata/dcvrss.h>
#include <dcmtk/dcmdata/dcvrus.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::imaging {
namespace {

using testing::Change;
using testing::Image;

constexpr int stored_max = 4095;

// The mean of the phantom along k, plus 1000: 0 to 4095.
std::vector<int> projection() {
  std::vector<int> values;
  for (int j = 0; j < testing::phantom_j; ++j) {
    for (int i = 0; i < testing::phantom_i; ++i) {
      int sum_of = 0;
      for (int k = 0; k < testing::phantom_k; ++k) sum_of += testing::phantom_hu(i, j, k) + 1000;
      values.push_back(sum_of / testing::phantom_k);
    }
  }
  return values;
}

Image radiograph(const Change& change = {}, int bits = 12) {
  Image image;
  image.sop_class = testing::cr_class;
  image.modality = "CR";
  image.rows = testing::phantom_j;
  image.columns = testing::phantom_i;
  image.is_signed = false;
  image.orientation = image.position = image.slope = image.intercept = "";
  image.values = projection();
  if (bits < 12)
    std::transform(image.values.begin(), image.values.end(), image.values.begin(),
                   [bits](int v) { return v >> (12 - bits); });
  image.change = [change, bits](DcmDataset& set) {
    set.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(bits));
    set.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(bits - 1));
    set.putAndInsertString(DCM_PatientOrientation, "L\\P");
    if (change) change(set);
  };
  return image;
}

Image inverted(Image image, int highest) {
  image.photometric = "MONOCHROME1";
  for (int& value : image.values) value = highest - value;
  return image;
}

StudyReading read_picture(const Image& image) {
  ReadOptions options;
  options.values = true;
  auto reading = testing::read_images({image}, options);
  EXPECT_EQ(reading.volumes.size(), 1u);
  return reading;
}

void expect_same_picture(const Image& a, const Image& b) {
  const auto first = read_picture(a), second = read_picture(b);
  ASSERT_EQ(first.pixels.size(), 1u);
  ASSERT_EQ(second.pixels.size(), 1u);
  const auto &x = first.pixels[0].display, &y = second.pixels[0].display;
  ASSERT_EQ(x.size(), y.size());
  int worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(int{x[i]} - int{y[i]}));
  EXPECT_EQ(worst, 0) << "of 255; " << first.volumes[0].window << " and " << second.volumes[0].window;
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  EXPECT_GT(*high - *low, 100);  // the comparison is not one of a blank picture
  EXPECT_EQ(first.volumes[0].patient_orientation, second.volumes[0].patient_orientation);
}

Change window(double centre, double width, const char* function) {
  return [=](DcmDataset& set) {
    set.putAndInsertString(DCM_WindowCenter, std::to_string(centre).c_str());
    set.putAndInsertString(DCM_WindowWidth, std::to_string(width).c_str());
    set.putAndInsertString(DCM_VOILUTFunction, function);
  };
}

TEST(PhantomPicture, InvertedWithoutAWindow) {
  // Percentiles of 12 bits, the whole range of 8 bits: to the bit.
  expect_same_picture(radiograph(), inverted(radiograph(), stored_max));
  expect_same_picture(radiograph({}, 8), inverted(radiograph({}, 8), 255));
}

TEST(PhantomPicture, InvertedWithAWindow) {
  // PS3.3 C.11.2.1.2: the linear function maps c - 0.5 to the middle, so its mirror image has its centre at
  // 4095 - c + 1.
  expect_same_picture(radiograph(window(1800, 1500, "LINEAR")),
                      inverted(radiograph(window(stored_max - 1800 + 1, 1500, "LINEAR")), stored_max));
  expect_same_picture(radiograph(window(1800, 1500, "LINEAR_EXACT")),
                      inverted(radiograph(window(stored_max - 1800, 1500, "LINEAR_EXACT")), stored_max));
  expect_same_picture(radiograph(window(1800, 1500, "SIGMOID")),
                      inverted(radiograph(window(stored_max - 1800, 1500, "SIGMOID")), stored_max));
}

TEST(PhantomPicture, PresentationLutShapeSaysTheSame) {
  // PS3.3 C.11.6.1.2: INVERSE goes with MONOCHROME1 in digital radiographs; both together are one inversion.
  const auto inverse = [](DcmDataset& set) { set.putAndInsertString(DCM_PresentationLUTShape, "INVERSE"); };
  Image by_shape = inverted(radiograph(inverse), stored_max);
  expect_same_picture(radiograph(), by_shape);
  by_shape.photometric = "MONOCHROME2";
  expect_same_picture(radiograph(), by_shape);
}

// A table in the item of a Modality LUT or VOI LUT Sequence, `first` its first mapped value.
void put_table(DcmDataset& set, const DcmTagKey& sequence, int first, bool is_signed,
               const std::vector<Uint16>& entries) {
  DcmItem* item = nullptr;
  set.findOrCreateSequenceItem(sequence, item, 0);
  const Uint16 count = static_cast<Uint16>(entries.size()), mapped = static_cast<Uint16>(first);
  if (is_signed) {
    auto* descriptor = new DcmSignedShort(DcmTag(DCM_LUTDescriptor, EVR_SS));
    const Sint16 values[] = {static_cast<Sint16>(count), static_cast<Sint16>(mapped), 16};
    descriptor->putSint16Array(values, 3);
    item->insert(descriptor, OFTrue);
  } else {
    auto* descriptor = new DcmUnsignedShort(DcmTag(DCM_LUTDescriptor, EVR_US));
    const Uint16 values[] = {count, mapped, 16};
    descriptor->putUint16Array(values, 3);
    item->insert(descriptor, OFTrue);
  }
  auto* data = new DcmOtherByteOtherWord(DcmTag(DCM_LUTData, EVR_OW));
  data->putUint16Array(entries.data(), static_cast<unsigned long>(entries.size()));
  item->insert(data, OFTrue);
}

TEST(PhantomPicture, InvertedWithAVoiLut) {
  // PS3.3 C.11.2: a table that is no straight line, and its mirror image.
  std::vector<Uint16> table, mirrored;
  for (int x = 0; x <= stored_max; ++x)
    table.push_back(static_cast<Uint16>(65535 - 16 * (stored_max - x) * (stored_max - x) / stored_max));
  for (int x = 0; x <= stored_max; ++x)
    mirrored.push_back(static_cast<Uint16>(65535 - table[static_cast<std::size_t>(stored_max - x)]));
  const auto with = [](const std::vector<Uint16>& entries) {
    return [entries](DcmDataset& set) { put_table(set, DCM_VOILUTSequence, 0, false, entries); };
  };
  expect_same_picture(radiograph(with(table)), inverted(radiograph(with(mirrored)), stored_max));
}

TEST(PhantomPicture, ModalityLutInsteadOfSlopeAndIntercept) {
  // PS3.3 C.11.1 (its module belongs to radiographs; CT and MR have none): a table of 4 s + 100 is slope 4
  // and intercept 100, for unsigned cells and for signed ones whose first mapped value is negative, with and
  // without a window.
  std::vector<Uint16> table;
  for (int s = 0; s <= stored_max; ++s) table.push_back(static_cast<Uint16>(4 * s + 100));
  for (const bool is_signed : {false, true}) {
    for (const bool with_window : {false, true}) {
      SCOPED_TRACE(std::string(is_signed ? "signed" : "unsigned") + (with_window ? ", window" : ""));
      const int shift = is_signed ? -2048 : 0;
      const Change shown = with_window ? window(7000, 9000, "LINEAR") : Change();
      Image by_slope = radiograph(shown), by_table = radiograph([=](DcmDataset&set) {
                                            put_table(set, DCM_ModalityLUTSequence, shift, is_signed, table);
                                            if (shown) shown(set);
                                          });
      for (Image* image : {&by_slope, &by_table}) {
        image->is_signed = is_signed;
        for (int& value : image->values) value += shift;
      }
      by_slope.slope = "4";
      by_slope.intercept = std::to_string(100 - 4 * shift);
      expect_same_picture(by_slope, by_table);
      const auto values = read_picture(by_slope).pixels.at(0).values;
      EXPECT_EQ(values, read_picture(by_table).pixels.at(0).values);
      EXPECT_EQ(values.at(250), static_cast<float>(4 * projection().at(250) + 100));
    }
  }
}

TEST(PhantomPicture, PaddingMovesNoWindow) {
  // Collimated parts are stored as padding: the same greys inside, black outside, upright or inverted.
  const auto with_padding = [](int value) {
    Image image = radiograph([value](DcmDataset& set) {
      set.putAndInsertUint16(DCM_PixelPaddingValue, static_cast<Uint16>(value));
    });
    for (int j = 0; j < image.rows; ++j) {
      for (int i = 0; i < image.columns; ++i) {
        if (!testing::in_field_of_view(i, j))
          image.values[static_cast<std::size_t>(j * image.columns + i)] = value;
      }
    }
    return image;
  };
  expect_same_picture(with_padding(stored_max), with_padding(3900));
  Image upside = with_padding(stored_max), turned = with_padding(0);
  turned.photometric = "MONOCHROME1";
  for (std::size_t i = 0; i < turned.values.size(); ++i) turned.values[i] = stored_max - upside.values[i];
  expect_same_picture(upside, turned);
}

TEST(PhantomPicture, AFrontalViewStoredMirroredOrUpsideDownIsTurned) {
  // PS3.3 C.7.6.1.1.1: Patient Orientation R\F, L\H and R\H of a frontal view become L\F, to the bit.
  const auto frontal = [](const char* orientation) {
    return radiograph([orientation](DcmDataset& set) {
      set.putAndInsertString(DCM_ViewPosition, "PA");
      set.putAndInsertString(DCM_PatientOrientation, orientation);
    });
  };
  const Image upright = frontal("L\\F");
  for (const char* orientation : {"R\\F", "L\\H", "R\\H"}) {
    SCOPED_TRACE(orientation);
    Image stored = frontal(orientation);
    for (int r = 0; r < stored.rows; ++r) {
      for (int c = 0; c < stored.columns; ++c) {
        const int from_row = orientation[2] == 'H' ? stored.rows - 1 - r : r,
                  from_column = orientation[0] == 'R' ? stored.columns - 1 - c : c;
        stored.values[static_cast<std::size_t>(r * stored.columns + c)] =
            upright.values[static_cast<std::size_t>(from_row * stored.columns + from_column)];
      }
    }
    expect_same_picture(upright, stored);
  }
}

}  // namespace
}  // namespace radfm::imaging
