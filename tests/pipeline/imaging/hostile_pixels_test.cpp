// SPDX-License-Identifier: Apache-2.0
// Pixel data that lies: about its size, its syntax, its tables, its end. Refused by name, at little cost.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "pipeline/imaging/acceptance.h"
#include "pipeline/imaging/frame_decoder.h"
#include "pipeline/imaging/jpeg2000_header.h"
#include "pipeline/imaging/jpeg_header.h"
#include "pipeline/imaging/rle.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/pictures.h"

namespace radfm::imaging {
namespace {

using namespace testing;

constexpr const char* compressed_syntaxes[] = {"1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.57",
                                               "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
                                               "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201"};

Picture grey() {
  return picture({16, 12, 11, false});
}

ByteVector file_of(const Picture& header, const ByteVector& stream, const std::string& syntax) {
  return file_of_raw_data_set(header_of(header) + encapsulated({stream}), syntax);
}

TEST(HostilePixels, StreamsThatAreCutOffNeverGiveWrongValues) {
  // Cut at many places, each stream is refused, or what is missing was padding.
  for (const char* syntax : compressed_syntaxes) {
    const Picture whole = grey();
    const ByteVector stream = first_fragment(compressed_file(whole, syntax));
    for (std::size_t length = 0; length < stream.size(); length += 1 + stream.size() / 97) {
      SCOPED_TRACE(std::string(syntax) + " cut to " + std::to_string(length) + " of " +
                   std::to_string(stream.size()));
      const auto values = decoded_values(
          file_of(whole, {stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(length)}, syntax));
      if (values.ok()) {
        EXPECT_EQ(*values, whole.values);
      } else {
        EXPECT_EQ(values.error().code, "broken");
      }
    }
  }
}

TEST(HostilePixels, DamagedStreamsEndWithValuesOrAName) {
  // A byte changed at a time, all over each stream: no crash, and sizes stay what the header says.
  for (const char* syntax : compressed_syntaxes) {
    const Picture whole = grey();
    const ByteVector stream = first_fragment(compressed_file(whole, syntax));
    for (std::size_t at = 0; at < stream.size(); at += 1 + stream.size() / 199) {
      ByteVector damaged = stream;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (at % 2 == 0 ? 0xFF : 0x10));
      const auto values = decoded_values(file_of(whole, damaged, syntax));
      if (values.ok()) {
        EXPECT_EQ(values->size(), whole.values.size());
      } else {
        EXPECT_TRUE(values.error().code == "broken" || values.error().code == "unsupported_pixel_format");
      }
    }
  }
}

TEST(HostilePixels, AStreamOfAnotherSizeThanTheHeaderIsNotDecoded) {
  // Real streams of 23 x 34 under a header of one row more.
  for (const char* syntax : compressed_syntaxes) {
    SCOPED_TRACE(syntax);
    Picture header = grey();
    const ByteVector stream = first_fragment(compressed_file(header, syntax));
    header.rows += 1;
    EXPECT_EQ(outcome(file_of(header, stream, syntax)), "broken");
  }
}

TEST(HostilePixels, SixtyFiveThousandSquaredInAFewBytes) {
  // A JPEG and a JPEG 2000 stream whose own headers claim 65500 x 65500; then the data set claims it as well.
  Picture header = grey();
  ByteVector jpeg = first_fragment(compressed_file(header, "1.2.840.10008.1.2.4.70"));
  const std::uint8_t sof[] = {0xFF, 0xC3};
  const auto frame = std::search(jpeg.begin(), jpeg.end(), std::begin(sof), std::end(sof));
  ASSERT_NE(frame, jpeg.end());
  for (const int at : {5, 7}) {
    frame[at] = 65500 >> 8;
    frame[at + 1] = 65500 & 0xFF;
  }
  ByteVector wavelet = first_fragment(compressed_file(header, "1.2.840.10008.1.2.4.90"));
  for (const int at : {8, 12}) {
    wavelet[static_cast<std::size_t>(at + 2)] = 65500 >> 8;
    wavelet[static_cast<std::size_t>(at + 3)] = 65500 & 0xFF;
  }
  EXPECT_EQ(outcome(file_of(header, jpeg, "1.2.840.10008.1.2.4.70")), "broken");
  EXPECT_EQ(outcome(file_of(header, wavelet, "1.2.840.10008.1.2.4.90")), "broken");
  header.rows = header.columns = 65500;
  EXPECT_EQ(outcome(file_of(header, jpeg, "1.2.840.10008.1.2.4.70")), "image_too_large");
  EXPECT_EQ(outcome(file_of(header, wavelet, "1.2.840.10008.1.2.4.90")), "image_too_large");
}

std::string format_of(int rows, int columns, const char* frames = "1") {
  DcmDataset set;
  set.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(rows));
  set.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(columns));
  set.putAndInsertString(DCM_NumberOfFrames, frames);
  set.putAndInsertUint16(DCM_SamplesPerPixel, 1);
  set.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
  set.putAndInsertUint16(DCM_BitsAllocated, 16);
  const Uint8 byte = 0;
  set.putAndInsertUint8Array(DCM_PixelData, &byte, 1);
  const auto format = read_pixel_format(set);
  return format ? "read" : format.error().code;
}

TEST(HostilePixels, SizesAtTheLimitAndOnePast) {
  // 16384 on a side, 48 Mi pixels in all, at least one row and column, frames that are a number.
  EXPECT_EQ(format_of(image_side_max, 3072), "read");
  EXPECT_EQ(format_of(image_side_max + 1, 1), "image_too_large");
  EXPECT_EQ(format_of(1, image_side_max + 1), "image_too_large");
  EXPECT_EQ(format_of(3073, image_side_max), "image_too_large");
  EXPECT_EQ(format_of(0, 5), "broken");
  EXPECT_EQ(format_of(5, 0), "broken");
  EXPECT_EQ(format_of(5, 5, "-1"), "broken");
  EXPECT_EQ(format_of(5, 5, "1A"), "broken");
  EXPECT_EQ(format_of(5, 5, "0"), "read");
}

TEST(HostilePixels, ManyFramesInFewBytesAreRefusedOneByOne) {
  // 2,000,000,000 frames of native pixel data that holds one.
  Picture header = grey();
  const ByteVector cells = cells_of(header);
  header.frames = 2'000'000'000;
  const auto file = file_of_raw_data_set(header_of(header) + native_element(cells), "1.2.840.10008.1.2.1");
  EXPECT_TRUE(decoded_frame(file, 0).ok());
  EXPECT_FALSE(decoded_frame(file, 1).ok());
  EXPECT_FALSE(decoded_frame(file, 1'999'999'999).ok());
}

TEST(HostilePixels, SyntaxAndPixelDataMustAgree) {
  // Native cells in a file of a compressed syntax, fragments in a file of an uncompressed one, another coding
  // than the syntax says.
  const Picture header = grey();
  const std::string cells = native_element(cells_of(header));
  EXPECT_EQ(outcome(file_of_raw_data_set(header_of(header) + cells, "1.2.840.10008.1.2.4.70")), "broken");
  const ByteVector wavelet = first_fragment(compressed_file(header, "1.2.840.10008.1.2.4.90"));
  EXPECT_EQ(outcome(file_of(header, wavelet, "1.2.840.10008.1.2.1")), "broken");
  for (const char* syntax : {"1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"}) {
    EXPECT_EQ(outcome(file_of(header, wavelet, syntax)), "broken");
  }
}

TEST(HostilePixels, VideoAndTheUnknownAreRefusedByName) {
  // In words where they are known, as the UID where they are not.
  const auto reason = [](const char* syntax) {
    const auto values = decoded_values(file_of(grey(), {0, 0, 1, 0}, syntax));
    return values ? std::string() : values.error().code + ": " + values.error().message;
  };
  EXPECT_EQ(
      reason("1.2.840.10008.1.2.4.102"),
      "unsupported_transfer_syntax: the pixels are coded as MPEG-4 AVC/H.264 video, which cannot be decoded");
  EXPECT_NE(reason("1.2.840.10008.1.2.4.100").find("MPEG-2 video"), std::string::npos);
  EXPECT_NE(reason("1.2.840.10008.1.2.4.107").find("HEVC/H.265 video"), std::string::npos);
  EXPECT_NE(reason("1.2.840.10008.1.2.4.110").find("JPEG XL"), std::string::npos);
  EXPECT_NE(reason("1.2.3.4").find("coded as 1.2.3.4"), std::string::npos);
}

TEST(HostilePixels, ScansAtTheLimitAndOnePast) {
  // Each scan of a JPEG stream costs a walk over the whole image.
  const auto scans = [](int count) {
    ByteVector stream = {0xFF, 0xD8, 0xFF, 0xC2, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0};
    for (int i = 0; i < count; ++i) stream.insert(stream.end(), {0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0});
    return read_jpeg_header(stream);
  };
  EXPECT_TRUE(scans(jpeg_scans_max).ok());
  EXPECT_FALSE(scans(jpeg_scans_max + 1).ok());
  EXPECT_FALSE(scans(0).ok());
}

TEST(HostilePixels, HuffmanSymbolsThatAreNoNumberOfBitsAreFound) {
  // 15 and 16 bits in DC tables, 17 in a DC and in an AC table: 16 is for lossless streams only.
  const auto wild = [](std::uint8_t frame_type) {
    ByteVector stream = {0xFF, 0xD8, 0xFF, 0xC4, 0, 2 + 17 + 3 + 17 + 1, 0x00};
    stream.insert(stream.end(), {3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15, 16, 17, 0x10});
    stream.insert(stream.end(), {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 17});
    stream.insert(stream.end(), {0xFF, frame_type, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0});
    stream.insert(stream.end(), {0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0});
    const auto header = read_jpeg_header(stream);
    return header ? header->wild_symbols : std::vector<std::size_t>{0};
  };
  EXPECT_EQ(wild(0xC0), (std::vector<std::size_t>{24, 25}));
  EXPECT_EQ(wild(0xC3), (std::vector<std::size_t>{25}));
}

// A main header of one component: sizes, tiles, layers, levels, code block exponents, precinct exponents
// (0xFF: the default, whole levels).
ByteVector wavelet_header(std::uint32_t side, std::uint32_t tile, int layers, int levels, int block,
                          int precinct) {
  ByteVector out = {0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0};
  const auto u32 = [&](std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  for (const std::uint32_t value : {side, side, 0U, 0U, tile, tile, 0U, 0U}) u32(value);
  out.insert(out.end(), {0, 1, 11, 1, 1});
  const bool own = precinct != 0xFF;
  const int length = 12 + (own ? levels + 1 : 0);
  for (const int value : {0xFF, 0x52, 0, length, own ? 1 : 0, 0, layers >> 8, layers & 0xFF, 0, levels,
                          block - 2, block - 2, 0, 1}) {
    out.push_back(static_cast<std::uint8_t>(value));
  }
  if (own) out.insert(out.end(), static_cast<std::size_t>(levels + 1), static_cast<std::uint8_t>(precinct));
  out.insert(out.end(), {0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0x93});
  return out;
}

std::string header_outcome(const ByteVector& stream, const Jpeg2000Limits& limits = {}) {
  const auto header = read_jpeg_2000_header(stream, limits);
  return header ? "read" : header.error().message.substr(0, 60);
}

TEST(HostilePixels, Jpeg2000PartsAtTheLimitAndOnePast) {
  // Tiles, precincts, packets and code blocks: what makes gigabytes out of a few bytes.
  EXPECT_EQ(header_outcome(wavelet_header(512, 512, 1, 5, 6, 0xFF)), "read");
  Jpeg2000Limits limits;
  limits.tiles_max = 16;
  EXPECT_EQ(header_outcome(wavelet_header(512, 128, 1, 5, 6, 0xFF), limits), "read");
  EXPECT_NE(header_outcome(wavelet_header(512, 127, 1, 5, 6, 0xFF), limits).find("25 tiles"),
            std::string::npos);
  limits = {};
  limits.code_blocks_max = 64;
  EXPECT_EQ(header_outcome(wavelet_header(512, 512, 1, 5, 6, 0xFF), limits), "read");
  EXPECT_NE(header_outcome(wavelet_header(512, 512, 1, 5, 5, 0xFF), limits).find("256 code blocks"),
            std::string::npos);
  limits = {};
  limits.precincts_max = 17;  // 16 of 128 x 128, and one more for each tile and level
  EXPECT_EQ(header_outcome(wavelet_header(512, 512, 1, 0, 6, 0x77), limits), "read");
  limits.precincts_max = 16;
  EXPECT_NE(header_outcome(wavelet_header(512, 512, 1, 0, 6, 0x77), limits).find("17 precincts"),
            std::string::npos);
  limits = {};
  limits.packets_max = 34;
  EXPECT_EQ(header_outcome(wavelet_header(512, 512, 2, 0, 6, 0x77), limits), "read");
  EXPECT_NE(header_outcome(wavelet_header(512, 512, 3, 0, 6, 0x77), limits).find("51 packets"),
            std::string::npos);
  EXPECT_NE(header_outcome(wavelet_header(16384, 16384, 1, 0, 2, 0xFF)), "read");
}

TEST(HostilePixels, Jpeg2000SidesAtTheLimitAndOnePast) {
  // Rows and columns are 16 bits in DICOM; more is refused before anything is computed from it. Then a first tile
  // that lies wholly left of the image.
  EXPECT_EQ(header_outcome(wavelet_header(65'535, 65'535, 1, 5, 6, 0xFF)), "read");
  EXPECT_EQ(header_outcome(wavelet_header(65'536, 65'535, 1, 5, 6, 0xFF)), header_outcome({}));
  EXPECT_EQ(header_outcome(wavelet_header(0xFFFFFFFF, 0xFFFFFFFF, 1, 5, 6, 0xFF)), header_outcome({}));
  ByteVector stream = wavelet_header(512, 64, 1, 5, 6, 0xFF);
  constexpr std::size_t image_right = 8, image_left = 16, byte_of_256 = 2;
  stream[image_right + byte_of_256] = 4;  // columns 512 to 1023, tiles of 64 from 0
  stream[image_left + byte_of_256] = 2;
  EXPECT_EQ(header_outcome(stream), header_outcome({}));
}

TEST(HostilePixels, AFailingAssertionOfALibraryEndsTheFrameOnly) {
  // A stream that fuzzing found: an assertion of OpenJPEG fails on it. The frame is broken, the process
  // lives, and whole frames are decoded before and after.
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "what the library had allocated is lost, which the address sanitizer reports";
#endif
  std::ifstream stream("tests/fuzz/corpus/jpeg_2000/ht_failing_assertion", std::ios::binary);
  ASSERT_TRUE(stream.is_open());
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  const std::string text = bytes.str();
  const Picture header = picture({16, 12, 11, false});
  const char* syntax = "1.2.840.10008.1.2.4.201";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(outcome(file_of(header, {text.begin(), text.end()}, syntax)), "broken");
    EXPECT_EQ(outcome(compressed_file(header, syntax)), "decoded");
  }
}

TEST(HostilePixels, RleSegmentsThatCannotBe) {
  // Offsets before, behind and across each other; too few and too many segments; a segment that ends early.
  const auto stream = [](std::uint8_t segments, std::uint8_t first, std::uint8_t second, std::size_t bytes) {
    ByteVector out(64, 0);
    out[0] = segments;
    out[4] = first;
    out[8] = second;
    out.resize(64 + bytes, 0x81);  // 0x81: 128 times the next byte
    return out;
  };
  EXPECT_TRUE(unpack_rle(stream(2, 64, 66, 4), 100, 1, 2).ok());
  for (const auto& wrong :
       {stream(1, 64, 66, 4), stream(3, 64, 66, 4), stream(2, 63, 66, 4), stream(2, 66, 64, 4),
        stream(2, 64, 70, 4), stream(2, 64, 65, 4), stream(2, 64, 66, 3)}) {
    const auto cells = unpack_rle(wrong, 100, 1, 2);
    ASSERT_FALSE(cells.ok());
    EXPECT_EQ(cells.error().code, "broken");
  }
  EXPECT_FALSE(unpack_rle({}, 100, 1, 2).ok());
  EXPECT_FALSE(unpack_rle(stream(2, 64, 66, 4), 129, 1, 2).ok());
}

TEST(HostilePixels, UnknownColoursAreRefusedByName) {
  // Samples and photometric interpretation must fit each other.
  Picture wrong = picture({8, 8, 7, false}, 3);
  for (const char* photometric : {"HSV", "CMYK", "MONOCHROME2", "PALETTE COLOR", ""}) {
    wrong.photometric = photometric;
    EXPECT_EQ(outcome(file_of_raw_data_set(header_of(wrong) + native_element(cells_of(wrong)),
                                           "1.2.840.10008.1.2.1")),
              "unsupported_colour");
  }
  wrong.photometric = "YBR_RCT";
  EXPECT_EQ(outcome(file_of_raw_data_set(header_of(wrong) + native_element(cells_of(wrong)),
                                         "1.2.840.10008.1.2.1")),
            "broken");
}

}  // namespace
}  // namespace radfm::imaging
