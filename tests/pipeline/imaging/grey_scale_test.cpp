// SPDX-License-Identifier: Apache-2.0
// Where the values of a frame come from: its own functional groups, the shared ones, the data set; real world values;
// the first of several windows; inversion said twice.
#include "pipeline/imaging/grey_scale.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <gtest/gtest.h>

namespace radfm::imaging {
namespace {

void put(DcmItem& item, const DcmTagKey& tag, const char* value) {
  ASSERT_TRUE(item.putAndInsertString(tag, value).good());
}

DcmItem& inside(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* inner = nullptr;
  EXPECT_TRUE(item.findOrCreateSequenceItem(sequence, inner).good());
  return *inner;
}

void put_rescale(DcmItem& item, const char* slope, const char* intercept) {
  put(item, DCM_RescaleSlope, slope);
  put(item, DCM_RescaleIntercept, intercept);
}

std::vector<float> values_of(DcmItem& data_set, const std::vector<DcmItem*>& items, std::vector<std::int32_t> stored) {
  const auto grey = read_grey_scale(data_set, items);
  EXPECT_TRUE(grey);
  StoredPixels pixels;
  pixels.rows = 1;
  pixels.columns = static_cast<int>(stored.size());
  pixels.values = std::move(stored);
  return modality_pixels(pixels, *grey).values;
}

TEST(GreyScale, AFramesOwnValuesWinOverTheSharedOnesAndThoseOverTheDataSet) {
  // Pixel Value Transformation and Frame VOI LUT: per frame, shared, data set, in this order.
  DcmDataset set;
  DcmItem frame, shared;
  put_rescale(set, "1", "5");
  EXPECT_EQ(values_of(set, {&frame, &shared}, {10}), std::vector<float>{15});
  put_rescale(inside(shared, DCM_PixelValueTransformationSequence), "2", "7");
  EXPECT_EQ(values_of(set, {&frame, &shared}, {10}), std::vector<float>{27});
  put_rescale(inside(frame, DCM_PixelValueTransformationSequence), "3", "-1");
  put(inside(frame, DCM_PixelValueTransformationSequence), DCM_RescaleType, "HU");
  put(inside(shared, DCM_FrameVOILUTSequence), DCM_WindowCenter, "40");
  put(inside(shared, DCM_FrameVOILUTSequence), DCM_WindowWidth, "400");
  EXPECT_EQ(values_of(set, {&frame, &shared}, {10}), std::vector<float>{29});
  const auto grey = read_grey_scale(set, {&frame, &shared});
  ASSERT_TRUE(grey && grey->window);
  EXPECT_EQ(grey->unit, "HU");
  EXPECT_EQ(grey->window->width, 400);
}

TEST(GreyScale, SlopeAndInterceptComeFromOnePlace) {
  // A frame that names a slope alone has no intercept: that of the data set belongs to another slope.
  DcmDataset set;
  DcmItem frame;
  put_rescale(set, "1", "5");
  put(inside(frame, DCM_PixelValueTransformationSequence), DCM_RescaleSlope, "2");
  EXPECT_EQ(values_of(set, {&frame}, {10}), std::vector<float>{20});
}

TEST(GreyScale, RealWorldValuesAreUsedOnlyWithoutAnyRescale) {
  // Slope 0.5, intercept 100 of the mapping; with a rescale in the data set it is not asked.
  DcmDataset set;
  DcmItem& map = inside(set, DCM_RealWorldValueMappingSequence);
  map.putAndInsertFloat64(DCM_RealWorldValueSlope, 0.5);
  map.putAndInsertFloat64(DCM_RealWorldValueIntercept, 100);
  put(inside(map, DCM_MeasurementUnitsCodeSequence), DCM_CodeValue, "[hnsf'U]");
  EXPECT_EQ(values_of(set, {}, {10}), std::vector<float>{105});
  EXPECT_EQ(read_grey_scale(set)->unit, "[hnsf'U]");
  put_rescale(set, "1", "5");
  EXPECT_EQ(values_of(set, {}, {10}), std::vector<float>{15});
  EXPECT_EQ(read_grey_scale(set)->unit, "");
}

TEST(GreyScale, ARealWorldTableMapsFromItsFirstValue) {
  // Entries for stored values 3, 4, 5; others take the nearest entry; no entries is damage.
  DcmDataset set;
  DcmItem& map = inside(set, DCM_RealWorldValueMappingSequence);
  const double entries[] = {1.5, -2.5, 8};
  map.putAndInsertFloat64Array(DCM_RealWorldValueLUTData, entries, 3);
  map.putAndInsertUint16(DcmTag(DCM_RealWorldValueFirstValueMapped, EVR_US), 3);
  EXPECT_EQ(values_of(set, {}, {0, 3, 4, 5, 9}), (std::vector<float>{1.5, 1.5, -2.5, 8, 8}));
  map.findAndDeleteElement(DCM_RealWorldValueLUTData);
  EXPECT_EQ(read_grey_scale(set).error().code, "broken");
}

TEST(GreyScale, TheFirstOfSeveralWindowsIsTakenAndNamed) {
  // Two windows with explanations.
  DcmDataset set;
  put(set, DCM_WindowCenter, "40\\600");
  put(set, DCM_WindowWidth, "400\\1500");
  put(set, DCM_WindowCenterWidthExplanation, "MEDIASTINUM\\LUNG");
  const auto grey = read_grey_scale(set);
  ASSERT_TRUE(grey && grey->window);
  EXPECT_EQ(grey->window->centre, 40);
  EXPECT_EQ(grey->windows_offered, 2);
  EXPECT_EQ(grey->window_name, "MEDIASTINUM");
}

TEST(GreyScale, InverseIsOneStatementHoweverOftenItIsMade) {
  // MONOCHROME1, INVERSE, and both: inverted once; MONOCHROME2 with IDENTITY: not.
  const auto inverted = [](const char* photometric, const char* shape) {
    DcmDataset set;
    put(set, DCM_PhotometricInterpretation, photometric);
    put(set, DCM_PresentationLUTShape, shape);
    return read_grey_scale(set)->inverted;
  };
  EXPECT_TRUE(inverted("MONOCHROME1", "IDENTITY"));
  EXPECT_TRUE(inverted("MONOCHROME1", "INVERSE"));
  EXPECT_TRUE(inverted("MONOCHROME2", "INVERSE"));
  EXPECT_FALSE(inverted("MONOCHROME2", "IDENTITY"));
}

TEST(GreyScale, PaddingIsReadByThePixelsSign) {
  // The VR says unsigned, the pixels are signed: 63536 is -2000. Float pixels have their own attribute.
  DcmDataset set;
  set.putAndInsertUint16(DCM_PixelRepresentation, 1);
  set.putAndInsertUint16(DcmTag(DCM_PixelPaddingValue, EVR_US), 63'536);
  EXPECT_EQ(read_grey_scale(set)->padding, (std::pair<double, double>{-2000, -2000}));
  DcmDataset floats;
  floats.putAndInsertFloat32(DCM_FloatPixelPaddingValue, -1.5F);
  EXPECT_EQ(read_grey_scale(floats)->padding, (std::pair<double, double>{-1.5, -1.5}));
}

TEST(GreyScale, ValuesThatNoFloatHoldsAreRefused) {
  // 65,535 times 5e33 is a float, times 6e33 is none; the same of an intercept alone and of a real world table.
  const auto code_of = [](const char* slope, const char* intercept) {
    DcmDataset set;
    put_rescale(set, slope, intercept);
    const auto grey = read_grey_scale(set);
    return grey ? std::string("read") : grey.error().code;
  };
  EXPECT_EQ(code_of("5e33", "0"), "read");
  EXPECT_EQ(code_of("6e33", "0"), "broken");
  EXPECT_EQ(code_of("-6e33", "0"), "broken");
  EXPECT_EQ(code_of("1", "3.4e38"), "read");
  EXPECT_EQ(code_of("1", "1e39"), "broken");
  DcmDataset set;
  DcmItem& mapping = inside(set, DCM_RealWorldValueMappingSequence);
  const double entries[] = {1, 1e39};
  ASSERT_TRUE(mapping.putAndInsertFloat64Array(DCM_RealWorldValueLUTData, entries, 2).good());
  ASSERT_TRUE(mapping.putAndInsertSint16(DCM_RealWorldValueFirstValueMapped, 0).good());
  EXPECT_FALSE(read_grey_scale(set).ok());
}

TEST(GreyScale, APixelWhoseValueNoFloatHoldsIsPadding) {
  // Of float pixel data the range is not known beforehand.
  DcmDataset set;
  put_rescale(set, "1e10", "0");
  const auto grey = read_grey_scale(set);
  ASSERT_TRUE(grey);
  StoredPixels pixels;
  pixels.rows = 1;
  pixels.columns = 2;
  pixels.reals = {2, 1e30};
  const ModalityPixels out = modality_pixels(pixels, *grey);
  EXPECT_EQ(out.values, (std::vector<float>{2e10F, 0}));
  EXPECT_EQ(out.is_padding, (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace radfm::imaging
