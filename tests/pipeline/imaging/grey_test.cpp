// SPDX-License-Identifier: Apache-2.0
// From stored values to grey: rescale, padding, windows, lookup tables, inversion.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <gtest/gtest.h>

#include "pipeline/imaging/grey_scale.h"
#include "pipeline/imaging/window_table.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using testing::Change;
using testing::Image;
using testing::read_images;
using Bytes = std::vector<std::uint8_t>;

ReadOptions with_values() {
  ReadOptions options;
  options.values = true;
  return options;
}

Image ct(std::vector<int> values) {
  Image image;
  image.rows = 1;
  image.columns = static_cast<int>(values.size());
  image.values = std::move(values);
  return image;
}

Image radiograph(std::vector<int> values, Change change = {}) {
  Image image = ct(std::move(values));
  image.sop_class = testing::cr_class;
  image.modality = "CR";
  image.is_signed = false;
  image.slope = image.intercept = "";
  image.change = std::move(change);
  return image;
}

process::SharedBytes display_of(const Image& image) {
  const auto reading = read_images({image});
  return reading.pixels.size() == 1 ? reading.pixels.front().display : process::SharedBytes();
}

TEST(Grey, RescaleIsTakenFromEachSlice) {
  // Two slices with the same stored values and different rescale: different Hounsfield units.
  Image first = ct({0, 100}), second = ct({0, 100});
  second.sop_uid = "1.2.3.4.5.2";
  second.position = "0\\0\\5";
  second.slope = "2";
  second.intercept = "-50";
  const auto reading = read_images({second, first}, with_values());
  ASSERT_EQ(reading.pixels.size(), 1u);
  EXPECT_EQ(reading.pixels.front().values, (std::vector<float>{0, 100, -50, 150}));
}

TEST(Grey, SignedAndUnsignedReadTheSameBitsDifferently) {
  // 0xFF9C is -100 signed and 65436 unsigned.
  Image image = ct({-100, 5});
  EXPECT_EQ(read_images({image}, with_values()).pixels.at(0).values, (std::vector<float>{-100, 5}));
  image.is_signed = false;
  EXPECT_EQ(read_images({image}, with_values()).pixels.at(0).values, (std::vector<float>{65436, 5}));
}

TEST(Grey, BitsAboveTheHighBitAreNoPixelValue) {
  // 12 bits stored, overlay bits above them: cut off, sign extended from bit 11.
  Image image = ct({0x7FFF, 0x1005});
  image.change = [](DcmDataset& set) {
    set.putAndInsertUint16(DCM_BitsStored, 12);
    set.putAndInsertUint16(DCM_HighBit, 11);
  };
  EXPECT_EQ(read_images({image}, with_values()).pixels.at(0).values, (std::vector<float>{-1, 5}));
}

TEST(Grey, CtHasAFixedWindowByRegion) {
  // Soft tissue by default, -160 to 240 HU; the head 0 to 80; the file's own window is not asked.
  Image image = ct({-160, 40, 240, 1000});
  image.change = [](DcmDataset& set) {
    set.putAndInsertString(DCM_WindowCenter, "5000");
    set.putAndInsertString(DCM_WindowWidth, "10");
  };
  EXPECT_EQ(display_of(image), (Bytes{0, 128, 255, 255}));
  image.change = [](DcmDataset& set) { set.putAndInsertString(DCM_BodyPartExamined, "HEAD"); };
  EXPECT_EQ(display_of(image), (Bytes{0, 128, 255, 255}));
  EXPECT_EQ(read_images({image}).volumes.at(0).window, "centre 40 width 80 (brain)");
}

TEST(Grey, RegionsAreFoundByWholeWords) {
  // Body part first, then the descriptions; a word inside another word is none.
  InstanceFacts facts;
  const ImagingSettings settings;
  EXPECT_EQ(ct_window(facts, settings).region, "soft tissue");
  facts.study_description = "CT chest low dose";
  EXPECT_EQ(ct_window(facts, settings).region, "chest");
  facts.body_part = "HEAD";
  EXPECT_EQ(ct_window(facts, settings).region, "brain");
  facts.body_part = "FOREHEADS";
  EXPECT_EQ(ct_window(facts, settings).region, "chest");
  facts.body_part = "CHEST/ABDOMEN";
  EXPECT_EQ(ct_window(facts, settings).region, "soft tissue");
}

TEST(Grey, CtWithoutHounsfieldUnitsIsNotWindowedAsSuch) {
  // No rescale intercept: percentiles, and a note.
  Image image = ct({10, 20, 30, 40});
  image.intercept = "";
  const auto reading = read_images({image});
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes.front().window, "percentile 1 to 99");
  EXPECT_EQ(reading.volumes.front().notes, std::vector<std::string>{"values are not Hounsfield units"});
}

TEST(Grey, MrPercentilesAreOfTheWholeVolume) {
  // 200 values in two slices, one a wild outlier: it is cut at the 99th percentile, and both slices share one
  // window.
  Image first = ct({}), second = ct({});
  first.sop_class = second.sop_class = testing::mr_class;
  first.modality = second.modality = "MR";
  first.rows = second.rows = 10;
  first.columns = second.columns = 10;
  for (int i = 0; i < 100; ++i) first.values.push_back(i);
  for (int i = 100; i < 200; ++i) second.values.push_back(i);
  second.values.back() = 30'000;
  second.position = "0\\0\\5";
  second.sop_uid = "1.2.3.4.5.2";
  const auto reading = read_images({first, second});
  ASSERT_EQ(reading.pixels.size(), 1u);
  const auto& display = reading.pixels.front().display;
  EXPECT_EQ(display[0], 0);
  EXPECT_EQ(display[99], 127);  // (99 - 1) / (198 - 1) of 255, rounded
  EXPECT_EQ(display[199], 255);
}

TEST(Grey, PaddingIsNoPartOfTheImage) {
  // Padding does not stretch the range, is black, and is air in Hounsfield units.
  Image cr = radiograph({0, 1000, 2000, 60'000},
                        [](DcmDataset& set) { set.putAndInsertUint16(DCM_PixelPaddingValue, 60'000); });
  EXPECT_EQ(display_of(cr), (Bytes{0, 128, 255, 0}));
  cr.photometric = "MONOCHROME1";
  EXPECT_EQ(display_of(cr), (Bytes{255, 128, 0, 0}));
  Image slice = ct({-2000, -1998, 0, 40});
  slice.change = [](DcmDataset& set) {
    set.putAndInsertSint16(DCM_PixelPaddingValue, -2000);
    set.putAndInsertSint16(DCM_PixelPaddingRangeLimit, -1990);
  };
  EXPECT_EQ(read_images({slice}, with_values()).pixels.at(0).values,
            (std::vector<float>{-1024, -1024, 0, 40}));
}

TEST(Grey, Monochrome1IsInvertedAfterTheWindow) {
  // The window is of stored values, whatever is white.
  Image image = radiograph({0, 100, 200, 300}, [](DcmDataset& set) {
    set.putAndInsertString(DCM_WindowCenter, "150\\1");
    set.putAndInsertString(DCM_WindowWidth, "100\\2");
    set.putAndInsertString(DCM_VOILUTFunction, "LINEAR_EXACT");
  });
  EXPECT_EQ(display_of(image), (Bytes{0, 0, 255, 255}));
  EXPECT_EQ(read_images({image}).volumes.at(0).window, "centre 150 width 100 of the file, linear exact, the first of 2");
  image.photometric = "MONOCHROME1";
  EXPECT_EQ(display_of(image), (Bytes{255, 255, 0, 0}));
}

TEST(Grey, LinearWindowIsThatOfTheStandard) {
  // The example of PS3.3 C.11.2.1.2.1: c = 2048, w = 4096 over 0 to 255; and w = 1 is a threshold.
  EXPECT_DOUBLE_EQ(windowed(0, {2048, 4096}), 0);
  EXPECT_NEAR(windowed(4095, {2048, 4096}), 255, 1e-9);
  EXPECT_NEAR(windowed(2047.5, {2048, 4096}), 127.5, 1e-9);
  EXPECT_DOUBLE_EQ(windowed(1.5, {2, 1}), 0);
  EXPECT_DOUBLE_EQ(windowed(1.6, {2, 1}), 255);
  EXPECT_DOUBLE_EQ(windowed(7, {7, 3, VoiFunction::sigmoid}), 127.5);
}

void put_table(DcmDataset& set, const DcmTagKey& sequence, std::vector<Uint16> descriptor,
               std::vector<Uint16> data) {
  DcmItem* item = nullptr;
  set.findOrCreateSequenceItem(sequence, item);
  item->putAndInsertUint16Array(DcmTag(DCM_LUTDescriptor, EVR_US), descriptor.data(), descriptor.size());
  item->putAndInsertUint16Array(DcmTag(DCM_LUTData, EVR_OW), data.data(), data.size());
}

TEST(Grey, VoiLutWinsOverTheWindow) {
  // Three entries of 10 bits from input 100; inputs outside take the end entries.
  const Image image = radiograph({0, 100, 101, 500}, [](DcmDataset& set) {
    set.putAndInsertString(DCM_WindowCenter, "1");
    set.putAndInsertString(DCM_WindowWidth, "2");
    put_table(set, DCM_VOILUTSequence, {3, 100, 10}, {0, 512, 1023});
  });
  EXPECT_EQ(display_of(image), (Bytes{0, 0, 128, 255}));
  EXPECT_EQ(read_images({image}).volumes.at(0).window, "VOI LUT of the file");
}

TEST(Grey, ModalityLutReplacesTheRescale) {
  // Values of the table, not of the pixels, are the modality values.
  const Image image = radiograph({5, 6, 7, 8}, [](DcmDataset& set) {
    put_table(set, DCM_ModalityLUTSequence, {3, 5, 16}, {1000, 3000, 2000});
  });
  EXPECT_EQ(read_images({image}, with_values()).pixels.at(0).values,
            (std::vector<float>{1000, 3000, 2000, 2000}));
}

TEST(Grey, DamagedTablesAndSlopesAreNamed) {
  // A table without its data, and a slope of zero, are broken images.
  const Image image = radiograph({1, 2}, [](DcmDataset& set) {
    put_table(set, DCM_VOILUTSequence, {300, 0, 16}, {1, 2});
  });
  EXPECT_EQ(testing::only_code(read_images({image})), "broken");
  Image flat = ct({1, 2});
  flat.slope = "0";
  EXPECT_EQ(testing::only_code(read_images({flat})), "broken");
}

TEST(Grey, AConstantImageIsBlank) {
  // Nothing to read is said so.
  EXPECT_EQ(testing::only_code(read_images({ct({7, 7, 7})})), "blank_image");
  EXPECT_EQ(testing::only_code(read_images({radiograph({7, 7, 7})})), "blank_image");
}

TEST(Grey, FrontalRadiographsStoredMirroredAreTurned) {
  // Patient Orientation R\F of a PA view: the picture is mirrored and a note says so; a lateral view is left
  // alone.
  const auto oriented = [](const char* view) {
    return [view](DcmDataset& set) {
      set.putAndInsertString(DCM_PatientOrientation, "R\\F");
      set.putAndInsertString(DCM_ViewPosition, view);
    };
  };
  EXPECT_EQ(display_of(radiograph({0, 1, 2}, oriented("PA"))), (Bytes{255, 128, 0}));
  EXPECT_EQ(read_images({radiograph({0, 1, 2}, oriented("PA"))}).volumes.at(0).notes.size(), 1u);
  EXPECT_EQ(display_of(radiograph({0, 1, 2}, oriented("LL"))), (Bytes{0, 128, 255}));
}

TEST(Grey, ARadiographSaysWhetherItsPixelsHaveASize) {
  // Pixel Spacing or that of the detector; none, or one that cannot be, is none.
  const auto spaced = [](const char* imager) {
    return [imager](DcmDataset& set) {
      set.findAndDeleteElement(DCM_PixelSpacing);
      if (*imager != '\0') set.putAndInsertString(DCM_ImagerPixelSpacing, imager);
    };
  };
  const auto has_spacing = [&](const char* imager) {
    return read_images({radiograph({0, 1, 2}, spaced(imager))}).volumes.at(0).has_pixel_spacing;
  };
  EXPECT_FALSE(has_spacing(""));
  EXPECT_FALSE(has_spacing("0\\0"));
  EXPECT_FALSE(has_spacing("0.15"));
  EXPECT_TRUE(has_spacing("0.15\\0.15"));
}

}  // namespace
}  // namespace radfm::imaging
