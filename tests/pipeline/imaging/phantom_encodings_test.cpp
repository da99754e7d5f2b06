// SPDX-License-Identifier: Apache-2.0
// One phantom in every lossless transfer syntax and every form of stored values: the model is shown the same
// array, to the bit.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <gtest/gtest.h>

#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::imaging {
namespace {

using testing::Cell;
using testing::Encoding;
using testing::expect_phantom;
using testing::phantom_files;
using testing::read_shuffled;
using testing::Rescale;

struct Syntax {
  const char* name;
  const char* uid;
};
constexpr Syntax uncompressed[] = {{"implicit little endian", "1.2.840.10008.1.2"},
                                   {"explicit little endian", "1.2.840.10008.1.2.1"},
                                   {"explicit big endian", "1.2.840.10008.1.2.2"},
                                   {"deflated", "1.2.840.10008.1.2.1.99"}};
constexpr Syntax lossless[] = {{"RLE", "1.2.840.10008.1.2.5"},
                               {"JPEG lossless, process 14", "1.2.840.10008.1.2.4.57"},
                               {"JPEG lossless, process 14 SV1", "1.2.840.10008.1.2.4.70"},
                               {"JPEG-LS lossless", "1.2.840.10008.1.2.4.80"},
                               {"JPEG-LS near-lossless without error", "1.2.840.10008.1.2.4.81"},
                               {"JPEG 2000 lossless only", "1.2.840.10008.1.2.4.90"},
                               {"JPEG 2000, reversible", "1.2.840.10008.1.2.4.91"},
                               {"HTJ2K lossless only", "1.2.840.10008.1.2.4.201"},
                               {"HTJ2K lossless RPCL", "1.2.840.10008.1.2.4.202"},
                               {"HTJ2K, reversible", "1.2.840.10008.1.2.4.203"}};

const Rescale less_1024{1, -1024};

Encoding unsigned_12_bits() {
  Encoding encoding;
  encoding.bits = {16, 12, 11, false};
  encoding.rescale = [](int) { return less_1024; };
  return encoding;
}

void expect_phantom_in(const Syntax& syntax, Encoding encoding) {
  SCOPED_TRACE(syntax.name);
  encoding.transfer_syntax_uid = syntax.uid;
  const auto reading = read_shuffled(phantom_files({}, encoding));
  EXPECT_EQ(reading.volumes.size(), 1u);
  EXPECT_TRUE(reading.left_out.empty());
  expect_phantom(reading);
}

TEST(PhantomEncodings, ThePhantomTellsEveryMirrorAndSwapApart) {
  // What the other tests stand on: no flip of the phantom equals it, and each marker's value is its own.
  for (const auto& flip : {std::array{1, 0, 0}, std::array{0, 1, 0}, std::array{0, 0, 1}}) {
    int differ = 0;
    for (int k = 0; k < testing::phantom_k; ++k) {
      for (int j = 0; j < testing::phantom_j; ++j) {
        for (int i = 0; i < testing::phantom_i; ++i) {
          differ +=
              testing::phantom_hu(i, j, k) != testing::phantom_hu(flip[0] ? testing::phantom_i - 1 - i : i,
                                                                  flip[1] ? testing::phantom_j - 1 - j : j,
                                                                  flip[2] ? testing::phantom_k - 1 - k : k);
        }
      }
    }
    EXPECT_GT(differ, 3000);  // of 4800, of which 1000 lie outside of the field of view
  }
}

TEST(PhantomEncodings, UncompressedSyntaxes) {
  // Signed 16 bits and unsigned 12 bits in each.
  for (const auto& syntax : uncompressed) {
    expect_phantom_in(syntax, Encoding());
    expect_phantom_in(syntax, unsigned_12_bits());
  }
}

TEST(PhantomEncodings, LosslessCompressedSyntaxes) {
  // Signed 16 bits and unsigned 12 bits in each.
  for (const auto& syntax : lossless) {
    expect_phantom_in(syntax, Encoding());
    expect_phantom_in(syntax, unsigned_12_bits());
  }
}

TEST(PhantomEncodings, SignedAndUnsignedCells) {
  // Rescale intercepts 0, -1024 and -8192; 13 bits of two's complement; 12 bits; 16 of 16 bits above the
  // signed range.
  const struct {
    CellBits bits;
    double intercept;
  } forms[] = {{{16, 16, 15, true}, 0},       {{16, 16, 15, true}, -1024},  {{16, 13, 12, true}, 0},
               {{16, 12, 11, true}, 1000},    {{16, 12, 11, false}, -1024}, {{16, 16, 15, false}, -8192},
               {{16, 16, 15, false}, -40000}, {{32, 32, 31, true}, 0}};
  for (const auto& form : forms) {
    SCOPED_TRACE(std::to_string(form.bits.stored) + (form.bits.is_signed ? " signed " : " unsigned ") +
                 std::to_string(form.intercept));
    Encoding encoding;
    encoding.bits = form.bits;
    encoding.rescale = [&](int) { return Rescale{1, form.intercept}; };
    expect_phantom(read_shuffled(phantom_files({}, encoding)));
  }
}

TEST(PhantomEncodings, OverlayBitsAndHighBit) {
  // PS3.5 8.1.1: 12 of 16 bits with an old overlay in the upper four, and in the lower four with High Bit 15.
  for (const int high_bit : {11, 13, 15}) {
    for (const char* uid : {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5"}) {
      SCOPED_TRACE(std::to_string(high_bit) + " " + uid);
      Encoding encoding = unsigned_12_bits();
      encoding.bits.high_bit = high_bit;
      encoding.noise_above = 0xB66D;
      encoding.transfer_syntax_uid = uid;
      expect_phantom(read_shuffled(phantom_files({}, encoding)));
    }
  }
}

TEST(PhantomEncodings, RescaleOfEachSlice) {
  // PS3.3 C.11.1: slope and intercept belong to the image: here both change from slice to slice, with a
  // negative slope too.
  Encoding encoding;
  const double slopes[] = {1, 0.5, 0.25, -1, 0.125};
  encoding.rescale = [&](int slice) { return Rescale{slopes[slice % 5], -1024.0 + 8 * slice}; };
  expect_phantom(read_shuffled(phantom_files({}, encoding)));
  encoding.transfer_syntax_uid = "1.2.840.10008.1.2.4.90";
  expect_phantom(read_shuffled(phantom_files({}, encoding)));
}

TEST(PhantomEncodings, EverySliceInAnotherSyntax) {
  // A series that came by several ways: one volume all the same.
  const char* uids[] = {"1.2.840.10008.1.2",      "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
                        "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
                        "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
                        "1.2.840.10008.1.2.4.202"};
  std::vector<testing::ByteVector> files;
  for (std::size_t slice = 0; slice < std::size(uids); ++slice) {
    Encoding encoding;
    encoding.transfer_syntax_uid = uids[slice];
    files.push_back(phantom_files({}, encoding)[slice]);
  }
  const auto reading = read_shuffled(files);
  EXPECT_EQ(reading.volumes.size(), 1u);
  expect_phantom(reading);
}

}  // namespace
}  // namespace radfm::imaging
