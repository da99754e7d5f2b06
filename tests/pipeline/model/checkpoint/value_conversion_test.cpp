// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/value_conversion.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace radfm::model {
namespace {

std::uint16_t rounded(std::uint32_t bits) {
  return bf16_of(std::bit_cast<float>(bits));
}

// Ties go to the even neighbour, all else to the nearest; infinities stay, what is too large becomes one.
TEST(ValueConversion, RoundsToNearestEven) {
  EXPECT_EQ(rounded(0x3f800000), 0x3f80);  // 1
  EXPECT_EQ(rounded(0x3f808000), 0x3f80);  // a tie, even below
  EXPECT_EQ(rounded(0x3f808001), 0x3f81);  // just above it
  EXPECT_EQ(rounded(0x3f807fff), 0x3f80);  // just below it
  EXPECT_EQ(rounded(0x3f818000), 0x3f82);  // a tie, even above
  EXPECT_EQ(rounded(0x3fffffff), 0x4000);  // carries into the exponent
  EXPECT_EQ(rounded(0x00000000), 0x0000);
  EXPECT_EQ(rounded(0x80000000), 0x8000);  // -0
  EXPECT_EQ(rounded(0x00000001), 0x0000);  // the smallest subnormal
  EXPECT_EQ(rounded(0x00008001), 0x0001);
  EXPECT_EQ(rounded(0x7f7fffff), 0x7f80);  // the largest float is nearer to what would be 2^128
  EXPECT_EQ(rounded(0x7f7f7fff), 0x7f7f);
  EXPECT_EQ(rounded(0x7f800000), 0x7f80);
  EXPECT_EQ(rounded(0xff800000), 0xff80);
}

// A NaN whose bits would all be rounded away is still a NaN, of its sign.
TEST(ValueConversion, KeepsNan) {
  for (const std::uint32_t bits : {0x7f800001u, 0x7fc00000u, 0x7fffffffu, 0xff800001u, 0xffffffffu}) {
    const std::uint16_t nan = rounded(bits);
    EXPECT_TRUE(std::isnan(f32_of_bf16(nan))) << bits;
    EXPECT_EQ(nan >> 15, bits >> 31);
  }
}

// Every bf16 value survives the way to float32 and back; every rounding is the nearest by distance.
TEST(ValueConversion, AgreesWithTheDefinition) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (std::isnan(f32_of_bf16(half))) continue;
    EXPECT_EQ(bf16_of(f32_of_bf16(half)), half);
  }
  std::uint32_t state = 1;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 1664525u + 1013904223u;
    const float value = std::bit_cast<float>(state & 0x7effffffu);
    const auto low = static_cast<std::uint16_t>(state >> 16 & 0x7eff);
    const double below = value - static_cast<double>(f32_of_bf16(low));
    const double above = static_cast<double>(f32_of_bf16(static_cast<std::uint16_t>(low + 1))) - value;
    const bool down = below < above || (below == above && low % 2 == 0);
    ASSERT_EQ(bf16_of(value), down ? low : low + 1) << "bits " << (state & 0x7effffffu);
  }
}

// Half precision: its definition gives each of the 65,536 values, subnormals and infinities included.
TEST(ValueConversion, ReadsHalfPrecisionExactly) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 0x1f), fraction = static_cast<int>(bits & 0x3ff);
    const float value = f32_of_f16(static_cast<std::uint16_t>(bits));
    EXPECT_EQ(std::signbit(value), bits >> 15 == 1) << bits;
    if (exponent == 31) {
      EXPECT_EQ(std::isinf(value), fraction == 0) << bits;
      EXPECT_EQ(std::isnan(value), fraction != 0) << bits;
    } else {
      const double magnitude =
          exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
      EXPECT_EQ(static_cast<double>(std::fabs(value)), magnitude) << bits;
    }
  }
}

// Chunks keep their order and count, from each type to each.
TEST(ValueConversion, ConvertsChunks) {
  const float values[] = {1.0f, -2.5f, 3.00390625f};
  std::vector<std::uint8_t> narrow, wide;
  convert_values(reinterpret_cast<const std::uint8_t*>(values), sizeof values, WeightType::f32,
                 WeightType::bf16, narrow);
  ASSERT_EQ(narrow.size(), 6u);
  convert_values(narrow.data(), narrow.size(), WeightType::bf16, WeightType::f32, wide);
  float back[3];
  ASSERT_EQ(wide.size(), sizeof back);
  std::memcpy(back, wide.data(), sizeof back);
  EXPECT_EQ(back[0], 1.0f);
  EXPECT_EQ(back[1], -2.5f);
  EXPECT_EQ(back[2], 3.0f);
  const std::uint16_t half = 0xc100;  // -2.5
  convert_values(reinterpret_cast<const std::uint8_t*>(&half), 2, WeightType::f16, WeightType::bf16, narrow);
  ASSERT_EQ(narrow.size(), 2u);
  EXPECT_EQ(narrow[0] | narrow[1] << 8, bf16_of(-2.5f));
}

}  // namespace
}  // namespace radfm::model
