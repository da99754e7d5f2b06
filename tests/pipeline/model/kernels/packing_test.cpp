// SPDX-License-Identifier: Apache-2.0
// Aim: what is packed comes back, exactly where the type holds it and to the nearest where not; the layout is the promised one,
// edges included; every set of instructions unpacks the same bits.
#include "pipeline/model/kernels/packing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "pipeline/model/kernels/bfloat16.h"
#include "tests/pipeline/model/kernels/random_matrix.h"

namespace radfm::kernels {
namespace {

constexpr std::pair<std::int64_t, std::int64_t> sizes[] = {{1, 1}, {16, 128}, {17, 129}, {33, 257}, {5, 1000}, {100, 63}, {48, 384}, {31, 511}};

std::vector<float> unpacked(const PackedMatrix& matrix, std::int64_t first, std::int64_t count,
                            Instructions instructions = Instructions::portable) {
  std::vector<float> out(static_cast<std::size_t>(count * matrix.shape.columns));
  unpack_rows(matrix, first, count, out.data(), instructions);
  return out;
}

TEST(Packing, F32ComesBackExactlyAndBf16ToTheNearest) {
  for (const auto& [rows, columns] : sizes) {
    const auto values = drawn_values(rows * columns, 1);
    EXPECT_EQ(unpacked(OwnedMatrix({PackedType::f32, rows, columns}, values).view(), 0, rows), values);
    auto rounded = values;
    for (float& value : rounded) value = f32_of_bf16(bf16_of(value));
    EXPECT_EQ(unpacked(OwnedMatrix({PackedType::bf16, rows, columns}, values).view(), 0, rows), rounded);
  }
}

TEST(Packing, Int8IsWithinHalfAStepOfTheRow) {
  for (const auto& [rows, columns] : sizes) {
    const auto values = drawn_values(rows * columns, 2);
    const auto back = unpacked(OwnedMatrix({PackedType::int8, rows, columns}, values).view(), 0, rows);
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto begin = values.begin() + r * columns;
      float largest = 0;
      for (auto value = begin; value != begin + columns; ++value) largest = std::max(largest, std::abs(*value));
      for (std::int64_t c = 0; c < columns; ++c)
        ASSERT_LE(std::abs(back[static_cast<std::size_t>(r * columns + c)] - begin[c]), largest / 127 * 0.5001f) << r << " " << c;
    }
  }
}

double squared_error(const std::vector<float>& values, const std::vector<float>& back) {
  double error = 0, square = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    error += (values[i] - back[i]) * static_cast<double>(values[i] - back[i]);
    square += values[i] * static_cast<double>(values[i]);
  }
  return error / square;
}

// The plain way: a scale of the largest magnitude / 7.
std::vector<float> by_sevenths(const std::vector<float>& values, std::int64_t columns) {
  std::vector<float> back(values.size());
  for (std::size_t row = 0; row < values.size(); row += static_cast<std::size_t>(columns))
    for (std::int64_t first = 0; first < columns; first += group_columns) {
      const auto begin = values.begin() + static_cast<std::int64_t>(row) + first;
      const auto end = begin + std::min(group_columns, columns - first);
      float largest = 0;
      for (auto value = begin; value != end; ++value) largest = std::max(largest, std::abs(*value));
      const float scale = f32_of_bf16(bf16_of(largest / 7));
      for (auto value = begin; value != end; ++value)
        back[static_cast<std::size_t>(value - values.begin())] = std::clamp(std::nearbyint(*value / scale), -8.0f, 7.0f) * scale;
    }
  return back;
}

TEST(Packing, Int4IsCloserThanThePlainWay) {
  const std::int64_t rows = 32, columns = 1024;
  const auto values = drawn_values(rows * columns, 3);
  const double error = squared_error(values, unpacked(OwnedMatrix({PackedType::int4, rows, columns}, values).view(), 0, rows));
  const double plain = squared_error(values, by_sevenths(values, columns));
  EXPECT_LT(error, 0.8 * plain) << error << " " << plain;
}

TEST(Packing, Int4HoldsWhatIsSixteenStepsExactly) {
  std::vector<float> values(group_columns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(static_cast<int>(i % 16) - 8) * 0.25f;
  EXPECT_EQ(unpacked(OwnedMatrix({PackedType::int4, 1, group_columns}, values).view(), 0, 1), values);
  for (float& value : values) value = -value;  // by a negative scale
  EXPECT_EQ(unpacked(OwnedMatrix({PackedType::int4, 1, group_columns}, values).view(), 0, 1), values);
}

TEST(Packing, LinesAreAsTheHeaderSays) {
  std::vector<float> values(2 * 9, 0.0f);
  values[9 + 6] = 127;  // row 1, column 6
  const OwnedMatrix f32({PackedType::f32, 2, 9}, values), bf16({PackedType::bf16, 2, 9}, values), int8({PackedType::int8, 2, 9}, values),
      int4({PackedType::int4, 2, 9}, values);
  const auto word = [](const OwnedMatrix& matrix, std::int64_t line, std::int64_t row) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, matrix.view().values + line * line_bytes + row * 4, 4);
    return bits;
  };
  EXPECT_EQ(word(f32, 6, 1), 0x42fe0000u);
  EXPECT_EQ(word(bf16, 3, 1), 0x000042feu);
  EXPECT_EQ(word(int8, 1, 1), 0x80ff8080u);
  EXPECT_EQ(word(int4, 0, 1), 0x88088888u);  // -8 times a negative scale, in the high half of byte 2
  EXPECT_EQ(word(int8, 1, 0), 0x80808080u);
  EXPECT_EQ(word(int4, 0, 15), 0x88888888u);
  EXPECT_EQ(word(int8, 2, 1), 0x80808080u);
  EXPECT_EQ(word(bf16, 4, 1), 0u);
}

// The rows and columns behind the last are zeros, whatever the memory held.
TEST(Packing, PadsWithZeros) {
  const auto values = drawn_values(17 * 130, 4);
  for (const PackedType type : packed_types) {
    const OwnedMatrix matrix({type, 17, 130}, values);
    PackedMatrix padded = matrix.view();
    padded.shape.rows = 32;
    padded.shape.columns = padded.shape.padded_columns();
    const auto back = unpacked(padded, 0, 32);
    for (std::int64_t r = 0; r < 32; ++r)
      for (std::int64_t c = r < 17 ? 130 : 0; c < padded.shape.columns; ++c)
        ASSERT_EQ(back[static_cast<std::size_t>(r * padded.shape.columns + c)], 0) << packed_type_name(type) << " " << r << " " << c;
  }
}

TEST(Packing, TinyRowsAreZerosAndWhatIsNotFiniteIsRefused) {
  for (const PackedType type : {PackedType::int8, PackedType::int4}) {
    const std::vector<float> tiny(130, 1e-40f);
    EXPECT_EQ(unpacked(OwnedMatrix({type, 1, 130}, tiny).view(), 0, 1), std::vector<float>(130, 0.0f));
  }
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    for (const PackedType type : packed_types) {
      auto values = drawn_values(3 * 40, 5);
      EXPECT_TRUE(OwnedMatrix({type, 3, 40}, values).packed());
      values[119] = bad;
      EXPECT_FALSE(OwnedMatrix({type, 3, 40}, values).packed());
    }
}

TEST(Packing, AllInstructionsUnpackTheSameBits) {
  for (const auto& [rows, columns] : sizes)
    for (const PackedType type : packed_types) {
      const OwnedMatrix matrix({type, rows, columns}, drawn_values(rows * columns, 6));
      const auto whole = unpacked(matrix.view(), 0, rows);
      for (const Instructions instructions : instructions_here())
        for (const std::int64_t first : {std::int64_t{0}, rows / 2, rows - 1}) {
          const std::string place = std::string(packed_type_name(type)) + " " + std::string(instructions_name(instructions)) + " " +
                                    std::to_string(rows) + "x" + std::to_string(columns) + " from " + std::to_string(first);
          const std::int64_t count = std::max<std::int64_t>(1, (rows - first) / 2 + 1);
          const auto begin = whole.begin() + first * columns;
          const std::vector<float> expected(begin, begin + count * columns);
          ASSERT_EQ(unpacked(matrix.view(), first, count, instructions), expected) << place;
          std::vector<std::uint16_t> halves(expected.size()), expected_halves(expected.size());
          unpack_rows(matrix.view(), first, count, halves.data(), instructions);
          std::transform(expected.begin(), expected.end(), expected_halves.begin(), bf16_of);
          ASSERT_EQ(halves, expected_halves) << place;
        }
    }
}

}  // namespace
}  // namespace radfm::kernels
