// SPDX-License-Identifier: Apache-2.0
// One picture written in every lossless transfer syntax for which there is an encoder, in all bit layouts:
// the same values come back, to the bit.
#include <gtest/gtest.h>

#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/jpeg2000_encoders.h"
#include "tests/pipeline/imaging/pictures.h"

namespace radfm::imaging {
namespace {

using namespace testing;

const CellBits layouts[] = {
    {8, 8, 7, false},   {8, 8, 7, true},     {16, 12, 11, false}, {16, 12, 11, true},
    {16, 10, 9, false}, {16, 16, 15, false}, {16, 16, 15, true},
};

std::string named(const CellBits& bits) {
  return std::to_string(bits.stored) + " of " + std::to_string(bits.allocated) + " bits, high bit " +
         std::to_string(bits.high_bit) + (bits.is_signed ? ", signed" : "");
}

void expect_same(const Picture& picture, const ByteVector& file) {
  const auto values = decoded_values(file);
  ASSERT_TRUE(values.ok()) << values.error().code << ": " << values.error().message;
  EXPECT_EQ(*values, picture.values);
}

class Syntax : public ::testing::TestWithParam<const char*> {};

TEST_P(Syntax, GreyInEveryLayoutComesBackToTheBit) {
  // 8, 10, 12 and 16 bits, signed and unsigned, one frame.
  for (const CellBits& bits : layouts) {
    SCOPED_TRACE(named(bits));
    const Picture grey = picture(bits);
    expect_same(grey, compressed_file(grey, GetParam()));
  }
}

TEST_P(Syntax, EachOfSeveralFramesComesBackAlone) {
  // The last of five frames, decoded without the others.
  const Picture frames = picture({16, 12, 11, false}, 1, 5);
  const auto last = decoded_frame(compressed_file(frames, GetParam()), 4);
  ASSERT_TRUE(last.ok()) << last.error().message;
  EXPECT_EQ((std::vector<std::int64_t>(last->values.begin(), last->values.end())), frames.frame(4));
}

TEST_P(Syntax, ColourComesBackToTheBit) {
  // RGB of 8 bits, three frames.
  const Picture colour = picture({8, 8, 7, false}, 3, 3);
  expect_same(colour, compressed_file(colour, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Encoded, Syntax,
                         ::testing::Values("1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.57",
                                           "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
                                           "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201",
                                           "1.2.840.10008.1.2.4.202"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           for (char& c : name) c = c == '.' ? '_' : c;
                           return "S" + name;
                         });

TEST(EncodedPictures, UncompressedInEverySyntaxAndLayout) {
  // Implicit, explicit, big endian and deflated; also high bits above the stored ones, and noise beside them.
  for (const char* syntax :
       {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}) {
    for (CellBits bits : layouts) {
      for (const int raised : {0, 3}) {
        bits.high_bit += raised;
        if (bits.high_bit >= bits.allocated) continue;
        SCOPED_TRACE(std::string(syntax) + " " + named(bits));
        Picture grey = picture(bits, 1, 2);
        grey.noise_above = 0xA5A5A5A5;
        expect_same(grey, uncompressed_file(grey, syntax));
      }
    }
  }
}

TEST(EncodedPictures, SixteenBitColourInRle) {
  // Six byte planes for each of two frames.
  const Picture colour = picture({16, 16, 15, false}, 3, 2);
  expect_same(colour, compressed_file(colour, "1.2.840.10008.1.2.5"));
}

TEST(EncodedPictures, ThirtyTwoBitsInRle) {
  // Signed and unsigned cells of four byte planes; unsigned ones do not fit 32 bits with a sign.
  for (const bool is_signed : {false, true}) {
    const Picture grey = picture({32, 32, 31, is_signed});
    expect_same(grey, compressed_file(grey, "1.2.840.10008.1.2.5"));
  }
}

TEST(EncodedPictures, EveryPredictorOfJpegLossless) {
  // Selection values 1 to 7 with the full range of 16 bits, where predictor 6 overflows in old decoders.
  for (int selection = 1; selection <= 7; ++selection) {
    for (const CellBits& bits : layouts) {
      SCOPED_TRACE("selection value " + std::to_string(selection) + ", " + named(bits));
      const Picture grey = picture(bits);
      expect_same(grey, compressed_file(grey, "1.2.840.10008.1.2.4.57", selection));
    }
  }
}

TEST(EncodedPictures, AWholeJp2FileInAFragment) {
  // Its boxes are looked through for the code stream.
  const Picture grey = picture({16, 12, 11, false});
  const CodedImage image{grey.rows, grey.columns, 1, 12, false, grey.values};
  const auto file = file_of_raw_data_set(header_of(grey) + encapsulated({jpeg_2000(image, true)}),
                                         "1.2.840.10008.1.2.4.90");
  expect_same(grey, file);
}

TEST(EncodedPictures, TheHeadersSignCountsInJpeg2000) {
  // A code stream without sign under a signed header, and the other way round: same bits, the header's
  // reading.
  Picture grey = picture({16, 12, 11, true});
  std::vector<std::int64_t> unsigned_values = grey.values;
  for (auto& value : unsigned_values) value &= 0xFFF;
  const CodedImage without_sign{grey.rows, grey.columns, 1, 12, false, unsigned_values};
  expect_same(grey, file_of_raw_data_set(header_of(grey) + encapsulated({jpeg_2000(without_sign)}),
                                         "1.2.840.10008.1.2.4.90"));
  const CodedImage with_sign{grey.rows, grey.columns, 1, 12, true, grey.values};
  grey.bits.is_signed = false;
  grey.values = unsigned_values;
  expect_same(grey, file_of_raw_data_set(header_of(grey) + encapsulated({jpeg_2000(with_sign)}),
                                         "1.2.840.10008.1.2.4.90"));
}

TEST(EncodedPictures, UncompressedFramesInFragments) {
  // Encapsulated uncompressed: as native, by fragment.
  const Picture grey = picture({16, 12, 11, true}, 1, 2);
  std::vector<ByteVector> fragments;
  const ByteVector cells = cells_of(grey);
  const auto middle = cells.begin() + static_cast<std::ptrdiff_t>(cells.size() / 2);
  fragments.emplace_back(cells.begin(), middle);
  fragments.emplace_back(middle, cells.end());
  expect_same(grey,
              file_of_raw_data_set(header_of(grey) + encapsulated(fragments), "1.2.840.10008.1.2.1.98"));
}

}  // namespace
}  // namespace radfm::imaging
