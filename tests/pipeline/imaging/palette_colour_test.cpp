// SPDX-License-Identifier: Apache-2.0
// Colour tables and the one conversion to RGB.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <numeric>

#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/colour.h"
#include "pipeline/imaging/dicom_source.h"
#include "pipeline/imaging/frame_decoder.h"
#include "pipeline/imaging/palette.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using Words = std::vector<std::uint16_t>;

const std::pair<DcmTagKey, DcmTagKey> plain_tags[] = {
    {DCM_RedPaletteColorLookupTableDescriptor, DCM_RedPaletteColorLookupTableData},
    {DCM_GreenPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableData},
    {DCM_BluePaletteColorLookupTableDescriptor, DCM_BluePaletteColorLookupTableData}};

// The same table for all three colours.
void put_tables(DcmDataset& set, const Words& descriptor, const Words& data) {
  for (const auto& [first, second] : plain_tags) {
    set.putAndInsertUint16Array(first, descriptor.data(), descriptor.size());
    set.putAndInsertUint16Array(second, data.data(), data.size());
  }
}

StoredPixels indices(std::vector<std::int32_t> values) {
  StoredPixels stored;
  stored.rows = 1;
  stored.columns = static_cast<int>(values.size());
  stored.colour = ColourSpace::palette;
  stored.values = std::move(values);
  return stored;
}

std::vector<std::uint8_t> red_of(DcmDataset& set, std::vector<std::int32_t> values) {
  const auto palette = read_palette(set);
  EXPECT_TRUE(palette.ok());
  const auto rgb = rgb8(indices(std::move(values)), *palette);
  std::vector<std::uint8_t> red;
  for (std::size_t i = 0; i < rgb.size(); i += 3) red.push_back(rgb[i]);
  return red;
}

TEST(Palette, SixteenBitEntriesShowTheirUpperByte) {
  // First mapped value 3; values outside the table get its first and its last entry.
  DcmDataset set;
  put_tables(set, {3, 3, 16}, {0x1000, 0x80FF, 0xFF00});
  EXPECT_EQ(red_of(set, {-5, 0, 3, 4, 5, 6, 70'000}),
            (std::vector<std::uint8_t>{16, 16, 16, 128, 255, 255, 255}));
}

TEST(Palette, EightBitEntriesTwoInAWordOrOne) {
  // Both ways of writing them.
  DcmDataset packed, single;
  put_tables(packed, {3, 0, 8}, {0x2010, 0x0030});
  put_tables(single, {3, 0, 8}, {0x10, 0x20, 0x30});
  EXPECT_EQ(red_of(packed, {0, 1, 2}), (std::vector<std::uint8_t>{16, 32, 48}));
  EXPECT_EQ(red_of(single, {0, 1, 2}), (std::vector<std::uint8_t>{16, 32, 48}));
}

TEST(Palette, EntriesOfEightBitsThatAreCalledSixteenAreNotBlack) {
  // All entries below 256.
  DcmDataset set;
  put_tables(set, {2, 0, 16}, {0x40, 0xC0});
  EXPECT_EQ(red_of(set, {0, 1}), (std::vector<std::uint8_t>{0x40, 0xC0}));
}

TEST(Palette, TheFirstMappedValueHasThePixelsSign) {
  // 0xFFFE is -2 where pixels are signed.
  DcmDataset set;
  put_tables(set, {4, 0xFFFE, 16}, {0x0100, 0x0200, 0x0300, 0x0400});
  set.putAndInsertUint16(DCM_PixelRepresentation, 1);
  EXPECT_EQ(red_of(set, {-3, -2, -1, 0, 1, 2}), (std::vector<std::uint8_t>{1, 1, 2, 3, 4, 4}));
}

TEST(Palette, TablesThatAreMissingOrShortAreRefused) {
  // No table, a descriptor of two values, one entry too few.
  DcmDataset none, two, few;
  put_tables(two, {2, 0}, {1, 2});
  put_tables(few, {4, 0, 16}, {1, 2, 3});
  for (auto* set : {&none, &two, &few}) {
    const auto palette = read_palette(*set);
    ASSERT_FALSE(palette.ok());
    EXPECT_EQ(palette.error().code, "broken");
  }
}

TEST(Palette, SegmentsOfAllThreeKinds) {
  // Discrete 10 20; linear to 50 in three steps; the two again from the start, in words and in bytes.
  const auto words = expand_segments(Words{0, 2, 10, 20, 1, 3, 50, 2, 2, 0, 0}, 10);
  ASSERT_TRUE(words.ok());
  EXPECT_EQ(*words, (Words{10, 20, 30, 40, 50, 10, 20, 30, 40, 50}));
  const auto bytes = expand_segments(Words{0, 2, 10, 20, 1, 3, 50, 2, 2, 0, 0, 0, 0}, 10, 1);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, *words);
}

TEST(Palette, SegmentsThatCannotBeAreRefused) {
  // Ends early, unknown, a line from nothing, too many and too few entries, a reference to itself, behind
  // itself and to another reference, at an odd byte, of length zero.
  const std::vector<std::pair<Words, std::size_t>> wrong = {
      {{0, 3, 1, 2}, 3},
      {{7, 1, 1}, 1},
      {{1, 2, 9}, 2},
      {{0, 2, 1, 2}, 1},
      {{0, 2, 1, 2}, 3},
      {{0, 1, 5, 2, 1, 6, 0}, 2},
      {{2, 1, 0, 0}, 1},
      {{0, 1, 5, 2, 1, 200, 0}, 2},
      {{0, 1, 5, 2, 1, 1, 0}, 2},
      {{0, 0, 5}, 1},
      {{0, 1, 5, 2, 1, 0, 0, 2, 1, 6, 0}, 3},
      {{}, 1},
  };
  for (const auto& [units, count] : wrong) EXPECT_FALSE(expand_segments(units, count).ok());
}

TEST(Colour, SixteenBitsAreScaledByTheBitsStored) {
  // White of 12 bits is white.
  StoredPixels stored = indices({0, 2048, 4095});
  stored.columns = 1;
  stored.samples = 3;
  stored.bits = 12;
  stored.colour = ColourSpace::rgb;
  EXPECT_EQ(rgb8(stored), (std::vector<std::uint8_t>{0, 128, 255}));
}

TEST(Colour, YbrIsConverted) {
  // Grey, pure red and pure blue in full range; black and white of the partial range.
  StoredPixels stored = indices({90, 128, 128, 76, 85, 255, 29, 255, 107});
  stored.columns = 3;
  stored.samples = 3;
  stored.bits = 8;
  stored.colour = ColourSpace::ybr_full;
  EXPECT_EQ(rgb8(stored), (std::vector<std::uint8_t>{90, 90, 90, 254, 0, 0, 0, 0, 254}));
  stored.values = {16, 128, 128, 235, 128, 128, 125, 128, 128};
  stored.colour = ColourSpace::ybr_partial;
  EXPECT_EQ(rgb8(stored), (std::vector<std::uint8_t>{0, 0, 0, 255, 255, 255, 127, 127, 127}));
}

struct Means {
  const char* file;
  double red, green, blue, tolerance;
};

TEST(Colour, RealFilesHaveTheirColours) {
  // Mean of red, green and blue of the first frame, as pydicom's palettes (upper byte) and conversions give
  // them. The SC_ files are one test card of mean 127.7 in many codings, whose colours must be converted once
  // or not at all: within 0.5 where coding is lossy.
  const std::string folder = testing::reference_folder();
  if (folder.empty()) GTEST_SKIP() << "needs data/dicom in RADFM_SHARED";
  prepare_decoders();
  constexpr double exact = 6e-5, lossy = 0.5;
  const Means expected[] = {
      {"examples_palette.dcm", 15.9395, 20.1111, 25.4285, exact},
      {"OBXXXX1A_rle.dcm", 9.7813, 12.2219, 15.3268, exact},
      {"OBXXXX1A_2frame.dcm", 9.7813, 12.2219, 15.3268, exact},
      {"gdcm-US-ALOKA-16.dcm", 28.4531, 29.5582, 31.1911, exact},
      {"SC_rgb_dcmtk_+eb+cr.dcm", 127.7, 127.7, 127.7, lossy},
      {"SC_rgb_dcmtk_+eb+cy+np.dcm", 127.7, 127.7, 127.7, lossy},
      {"SC_rgb_jpeg_dcmtk.dcm", 127.7, 127.7, 127.7, lossy},
      {"SC_rgb_jpeg_gdcm.dcm", 127.7, 127.7, 127.7, exact},
      {"SC_rgb_gdcm_KY.dcm", 127.7, 127.7, 127.7, exact},
      {"SC_rgb_rle_16bit_2frame.dcm", 127.7, 127.7, 127.7, exact},
      {"SC_ybr_full_422_uncompressed.dcm", 127.72, 127.65, 127.83, exact},
      {"color-px.dcm", 40.7508, 38.5336, 48.7021, exact},
      {"ExplVR_BigEnd.dcm", 250.9588, 248.0525, 15.7212, exact},
  };
  for (const auto& [name, red, green, blue, tolerance] : expected) {
    SCOPED_TRACE(name);
    testing::OpenFiles files;
    files.add_path(folder + "/" + name);
    const auto bytes = map_file(files.inputs().front().fd, std::size_t{1} << 30);
    ASSERT_TRUE(bytes.ok());
    auto parsed = parse_file(*bytes, 64);
    ASSERT_TRUE(parsed.ok());
    const auto decoder = FrameDecoder::open(*parsed->data_set, parsed->transfer_syntax_uid);
    ASSERT_TRUE(decoder.ok()) << decoder.error().message;
    const auto stored = decoder->decode(0);
    ASSERT_TRUE(stored.ok()) << stored.error().message;
    std::vector<std::uint8_t> rgb;
    if (stored->colour == ColourSpace::palette) {
      const auto palette = read_palette(*parsed->data_set);
      ASSERT_TRUE(palette.ok());
      rgb = rgb8(*stored, *palette);
    } else {
      rgb = rgb8(*stored);
    }
    double sums[3] = {};
    for (std::size_t i = 0; i < rgb.size(); ++i) sums[i % 3] += rgb[i];
    const double pixels = static_cast<double>(rgb.size()) / 3;
    EXPECT_NEAR(sums[0] / pixels, red, tolerance);
    EXPECT_NEAR(sums[1] / pixels, green, tolerance);
    EXPECT_NEAR(sums[2] / pixels, blue, tolerance);
  }
}

TEST(Colour, TheStreamsOwnMarksDecideNotTheHeader) {
  // A JPEG stream that says YCbCr (JFIF) or RGB (component names): the same picture whatever the header
  // claims.
  const std::string folder = testing::reference_folder();
  if (folder.empty()) GTEST_SKIP() << "needs data/dicom in RADFM_SHARED";
  prepare_decoders();
  for (const char* name :
       {"SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm", "SC_rgb_jpeg_dcmtk.dcm"}) {
    testing::OpenFiles files;
    files.add_path(folder + "/" + name);
    const auto bytes = map_file(files.inputs().front().fd, std::size_t{1} << 30);
    ASSERT_TRUE(bytes.ok());
    auto parsed = parse_file(*bytes, 64);
    ASSERT_TRUE(parsed.ok());
    std::vector<std::vector<std::uint8_t>> pictures;
    for (const char* photometric : {"RGB", "YBR_FULL", "YBR_FULL_422"}) {
      parsed->data_set->putAndInsertString(DCM_PhotometricInterpretation, photometric);
      const auto decoder = FrameDecoder::open(*parsed->data_set, parsed->transfer_syntax_uid);
      ASSERT_TRUE(decoder.ok()) << decoder.error().message;
      const auto stored = decoder->decode(0);
      ASSERT_TRUE(stored.ok()) << stored.error().message;
      pictures.push_back(rgb8(*stored));
    }
    EXPECT_EQ(pictures[0], pictures[1]) << name;
    EXPECT_EQ(pictures[1], pictures[2]) << name;
  }
}

}  // namespace
}  // namespace radfm::imaging
