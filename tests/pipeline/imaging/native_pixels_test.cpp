// SPDX-License-Identifier: Apache-2.0
// Uncompressed pixels in every layout that DICOM allows.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/frame_decoder.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/pictures.h"

namespace radfm::imaging {
namespace {

using namespace testing;

constexpr const char* explicit_little = "1.2.840.10008.1.2.1";

ByteVector native_file(const Picture& picture) {
  return file_of_raw_data_set(header_of(picture) + native_element(cells_of(picture)), explicit_little);
}

void expect_same(const Picture& picture, const ByteVector& file) {
  const auto values = decoded_values(file);
  ASSERT_TRUE(values.ok()) << values.error().code << ": " << values.error().message;
  EXPECT_EQ(*values, picture.values);
}

TEST(NativePixels, OneBitIsPackedOverFrames) {
  // 23 x 34 pixels are no whole bytes: the second frame begins within a byte.
  const Picture bits = picture({1, 1, 0, false}, 1, 3);
  expect_same(bits, native_file(bits));
}

TEST(NativePixels, TwelveBitCellsArePackedToo) {
  // Two pixels in three bytes, lowest bits first.
  for (const bool is_signed : {false, true}) {
    const Picture packed = picture({12, 12, 11, is_signed}, 1, 3);
    expect_same(packed, native_file(packed));
  }
}

TEST(NativePixels, ThirtyTwoBitCells) {
  // Signed, unsigned beyond a signed integer's range, and 20 bits at the top of the cell.
  for (const CellBits bits : {CellBits{32, 32, 31, true}, {32, 32, 31, false}, {32, 20, 31, true}}) {
    Picture wide = picture(bits, 1, 2);
    wide.noise_above = 0xFFFFFFFF;
    expect_same(wide, native_file(wide));
    expect_same(wide, uncompressed_file(wide, "1.2.840.10008.1.2.2"));
  }
}

TEST(NativePixels, UnsignedThirtyTwoBitsAreReals) {
  // 4294967295 does not fit a signed integer and must not become -1.
  const auto stored = decoded_frame(native_file(picture({32, 32, 31, false})), 0);
  ASSERT_TRUE(stored.ok());
  EXPECT_TRUE(stored->values.empty());
  EXPECT_EQ(stored->reals[6], 4294967295.0);
}

TEST(NativePixels, OverlayBitsAreCutOff) {
  // Bits above and below the stored ones hold overlays and what was left over.
  for (const CellBits bits : {CellBits{16, 10, 11, true}, {16, 12, 15, false}, {8, 5, 6, false}}) {
    Picture grey = picture(bits);
    grey.noise_above = 0xFFFFFFFF;
    expect_same(grey, native_file(grey));
  }
}

TEST(NativePixels, ColourByPlaneAndByPixel) {
  // Planar Configuration 0 and 1 give the same interleaved samples, in 8 and in 16 bits.
  for (const CellBits bits : {CellBits{8, 8, 7, false}, {16, 12, 11, false}}) {
    for (const bool by_plane : {false, true}) {
      Picture colour = picture(bits, 3, 2);
      colour.by_plane = by_plane;
      expect_same(colour, native_file(colour));
    }
  }
}

TEST(NativePixels, HalvedChromaIsGivenToBothPixels) {
  // Native YBR_FULL_422: Y1 Y2 Cb Cr.
  Picture coded;
  coded.rows = 1;
  coded.columns = 4;
  coded.bits = {8, 8, 7, false};
  coded.samples = 3;
  coded.photometric = "YBR_FULL_422";
  const ByteVector cells = {10, 20, 100, 200, 30, 40, 110, 210};
  const auto file = file_of_raw_data_set(header_of(coded) + native_element(cells, "OB"), explicit_little);
  const auto values = decoded_values(file);
  ASSERT_TRUE(values.ok()) << values.error().message;
  EXPECT_EQ(*values, (std::vector<std::int64_t>{10, 100, 200, 20, 100, 200, 30, 110, 210, 40, 110, 210}));
}

TEST(NativePixels, FullChromaThatIsCalledHalvedIsSeenByItsLength) {
  // Three bytes a pixel under YBR_FULL_422.
  Picture coded = picture({8, 8, 7, false}, 3);
  coded.photometric = "YBR_FULL_422";
  expect_same(coded, native_file(coded));
}

TEST(NativePixels, FloatsAndDoublesComeAsTheyAre) {
  // Float and Double Float Pixel Data, two frames, not-a-number among them.
  prepare_decoders();
  const auto frame_of = [](DcmDataset& set, int frame) {
    set.putAndInsertUint16(DCM_Rows, 1);
    set.putAndInsertUint16(DCM_Columns, 2);
    set.putAndInsertUint16(DCM_SamplesPerPixel, 1);
    set.putAndInsertString(DCM_NumberOfFrames, "2");
    set.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
    const auto decoder = FrameDecoder::open(set, explicit_little);
    EXPECT_TRUE(decoder.ok()) << decoder.error().message;
    const auto stored = decoder->decode(frame);
    EXPECT_TRUE(stored.ok()) << stored.error().message;
    return stored->reals;
  };
  DcmDataset floats, doubles;
  const Float32 f[] = {0.5F, -1.25F, 3.0e38F, std::numeric_limits<Float32>::quiet_NaN()};
  const Float64 d[] = {0.1, -1e300, 2, 4};
  floats.putAndInsertUint16(DCM_BitsAllocated, 32);
  ASSERT_TRUE(floats.putAndInsertFloat32Array(DCM_FloatPixelData, f, 4).good());
  doubles.putAndInsertUint16(DCM_BitsAllocated, 64);
  ASSERT_TRUE(doubles.putAndInsertFloat64Array(DCM_DoubleFloatPixelData, d, 4).good());
  EXPECT_EQ(frame_of(floats, 0), (std::vector<double>{0.5, -1.25}));
  EXPECT_EQ(frame_of(floats, 1)[0], static_cast<double>(3.0e38F));
  EXPECT_TRUE(std::isnan(frame_of(floats, 1)[1]));
  EXPECT_EQ(frame_of(doubles, 0), (std::vector<double>{0.1, -1e300}));
}

TEST(NativePixels, AFrameThatIsCutOffIsRefusedAloneIfOthersAreWhole) {
  // One byte less than two frames need: the first is there, the second is not.
  const Picture frames = picture({16, 16, 15, false}, 1, 2);
  ByteVector cells = cells_of(frames);
  cells.resize(cells.size() - 2);
  const auto file = file_of_raw_data_set(header_of(frames) + native_element(cells), explicit_little);
  EXPECT_TRUE(decoded_frame(file, 0).ok());
  const auto second = decoded_frame(file, 1);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "broken");
}

TEST(NativePixels, ImpossibleBitsAreRefused) {
  // More stored than allocated, a high bit outside the cell or below the stored bits, none, more than 32.
  for (const CellBits bits : {CellBits{8, 9, 8, false},
                              {16, 12, 16, false},
                              {16, 12, 10, false},
                              {0, 0, 0, false},
                              {33, 33, 32, false},
                              {16, 0, 0, false}}) {
    Picture wrong = picture({16, 16, 15, false});
    const ByteVector cells = cells_of(wrong);
    wrong.bits = bits;
    EXPECT_EQ(outcome(file_of_raw_data_set(header_of(wrong) + native_element(cells), explicit_little)),
              "unsupported_pixel_format");
  }
}

TEST(NativePixels, ColoursOfMoreThanSixteenBitsAreRefused) {
  // At the limit and one past it, for samples and for indices into a palette.
  for (const int samples : {1, 3}) {
    for (const int stored : {16, 17}) {
      Picture colour = picture({32, stored, stored - 1, false}, samples);
      if (samples == 1) colour.photometric = "PALETTE COLOR";
      EXPECT_EQ(outcome(native_file(colour)), stored == 16 ? "decoded" : "unsupported_pixel_format");
    }
  }
}

}  // namespace
}  // namespace radfm::imaging
