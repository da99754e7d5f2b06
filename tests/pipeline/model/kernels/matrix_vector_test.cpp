// SPDX-License-Identifier: Apache-2.0
// Aim: products are what matrix_vector.h defines, to the bit, by every set of instructions, for any sizes, numbers of vectors and
// threads; and near to what exact arithmetic gives.
#include "pipeline/model/kernels/matrix_vector.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <bit>
#include <cmath>
#include <limits>

#include "pipeline/model/kernels/bfloat16.h"
#include "tests/pipeline/model/kernels/random_matrix.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 23, 64};
constexpr std::pair<std::int64_t, std::int64_t> sizes[] = {{1, 1}, {16, 128}, {33, 129}, {70, 383}, {129, 515}, {257, 256}, {150, 1024}};

// [count][rows] as bit patterns; memory between the results stays as it was.
std::vector<std::uint32_t> product(const PackedMatrix& matrix, const std::vector<float>& x, std::int64_t count,
                                   Instructions instructions, int threads) {
  const std::int64_t stride = matrix.shape.rows + 3;
  std::vector<float> y(static_cast<std::size_t>(count * stride), 1234.5f);
  PreparedVectors prepared;
  const int before = omp_get_max_threads();
  omp_set_num_threads(threads);
  prepared.prepare(matrix.shape, x.data(), count, matrix.shape.columns, instructions);
  multiply(matrix, prepared, y.data(), stride, instructions);
  omp_set_num_threads(before);
  std::vector<std::uint32_t> bits;
  for (std::int64_t v = 0; v < count; ++v)
    for (std::int64_t r = 0; r < stride; ++r) {
      const float value = y[static_cast<std::size_t>(v * stride + r)];
      if (r < matrix.shape.rows)
        bits.push_back(std::bit_cast<std::uint32_t>(value));
      else
        EXPECT_EQ(value, 1234.5f) << "written behind the last row";
    }
  return bits;
}

// One vector's results by the definition, from unpacked weights.
std::vector<std::uint32_t> defined(const PackedMatrix& matrix, const float* x) {
  const PackedShape& shape = matrix.shape;
  std::vector<float> weights(static_cast<std::size_t>(shape.rows * shape.columns));
  unpack_rows(matrix, 0, shape.rows, weights.data(), Instructions::portable);
  std::vector<std::uint32_t> bits;
  for (std::int64_t r = 0; r < shape.rows; ++r) {
    float sums[2] = {};
    for (std::int64_t c = 0; c < shape.columns; ++c)
      sums[c % 2] = std::fma(weights[static_cast<std::size_t>(r * shape.columns + c)], x[c], sums[c % 2]);
    bits.push_back(std::bit_cast<std::uint32_t>(sums[0] + sums[1]));
  }
  return bits;
}

TEST(MatrixVector, FloatsAreTheTwoChains) {
  for (const PackedType type : {PackedType::f32, PackedType::bf16})
    for (const auto& [rows, columns] : sizes) {
      const OwnedMatrix matrix({type, rows, columns}, drawn_values(rows * columns, 11));
      const auto x = drawn_values(columns, 12);
      EXPECT_EQ(product(matrix.view(), x, 1, Instructions::portable, 1), defined(matrix.view(), x.data()));
    }
}

// What is stored of one value of int8 and int4, and its scale.
int stored_value(const PackedMatrix& matrix, std::int64_t row, std::int64_t column) {
  const std::uint8_t* const tile = matrix.values + row / tile_rows * matrix.shape.tile_bytes() + row % tile_rows * 4;
  if (matrix.shape.type == PackedType::int8) return tile[column / 4 * line_bytes + column % 4] - 128;
  return (tile[column / 8 * line_bytes + column % 4] >> (column % 8 < 4 ? 0 : 4) & 15) - 8;
}
float scale_of(const PackedMatrix& matrix, std::int64_t row, std::int64_t column) {
  if (matrix.shape.type == PackedType::int8) return static_cast<const float*>(matrix.scales)[row];
  const std::int64_t group = row / tile_rows * matrix.shape.groups() + column / group_columns;
  return f32_of_bf16(static_cast<const std::uint16_t*>(matrix.scales)[group * tile_rows + row % tile_rows]);
}

// Whole numbers as the header has them: one x for the groups of columns that one scale goes with.
float digits_product(const std::vector<int>& values, const std::vector<int>& whole_x) {
  std::int64_t high = 0, low = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int l = (whole_x[i] + 32768 + 128) % 256 - 128, h = (whole_x[i] - l) / 256;
    high += values[i] * h;
    low += values[i] * l;
  }
  return std::fma(256.0f, static_cast<float>(high), static_cast<float>(low));
}

TEST(MatrixVector, WholeNumbersAreAsDefined) {
  for (const PackedType type : {PackedType::int8, PackedType::int4})
    for (const auto& [rows, columns] : sizes) {
      const OwnedMatrix matrix({type, rows, columns}, drawn_values(rows * columns, 21));
      const auto x = drawn_values(columns, 22);
      float largest = 0;
      for (const float value : x) largest = std::max(largest, std::abs(value));
      const float s = largest / 32512;
      const auto y = product(matrix.view(), x, 1, Instructions::portable, 1);
      for (std::int64_t r = 0; r < rows; ++r) {
        float expected = 0;
        const std::int64_t width = type == PackedType::int8 ? columns : group_columns;
        for (std::int64_t first = 0; first < columns; first += width) {
          std::vector<int> values, whole_x;
          const float scale = scale_of(matrix.view(), r, first);
          for (std::int64_t c = first; c < std::min(first + width, columns); ++c) {
            values.push_back(stored_value(matrix.view(), r, c));
            whole_x.push_back(static_cast<int>(std::nearbyint(x[static_cast<std::size_t>(c)] / s)));
          }
          const float sum = digits_product(values, whole_x);
          expected = type == PackedType::int8 ? sum * (scale * s) : std::fma(sum, scale, expected);
        }
        if (type == PackedType::int4) expected *= s;
        ASSERT_EQ(std::bit_cast<float>(y[static_cast<std::size_t>(r)]), expected) << packed_type_name(type) << " row " << r;
      }
    }
}

// Digits of 16 bits lose little beside the weights' own rounding: the bound is that of their steps.
TEST(MatrixVector, QuantisedProductsAreNearTheExactOnes) {
  for (const PackedType type : {PackedType::int8, PackedType::int4})
    for (const auto& [rows, columns] : sizes) {
      const OwnedMatrix matrix({type, rows, columns}, drawn_values(rows * columns, 13));
      const auto x = drawn_values(columns, 14);
      std::vector<float> weights(static_cast<std::size_t>(rows * columns));
      unpack_rows(matrix.view(), 0, rows, weights.data(), Instructions::portable);
      const auto y = product(matrix.view(), x, 1, Instructions::portable, 1);
      float largest = 0;
      for (const float value : x) largest = std::max(largest, std::abs(value));
      for (std::int64_t r = 0; r < rows; ++r) {
        double exact = 0, magnitudes = 0;
        for (std::int64_t c = 0; c < columns; ++c) {
          const double weight = weights[static_cast<std::size_t>(r * columns + c)];
          exact += weight * static_cast<double>(x[static_cast<std::size_t>(c)]);
          magnitudes += std::abs(weight);
        }
        const double bound = magnitudes * static_cast<double>(largest) * (0.5 / 32512 + 8 * 0x1p-24);
        ASSERT_LE(std::abs(static_cast<double>(std::bit_cast<float>(y[static_cast<std::size_t>(r)])) - exact), bound) << r;
      }
    }
}

TEST(MatrixVector, SameBitsForAllInstructionsCountsAndThreads) {
  for (const PackedType type : packed_types)
    for (const auto& [rows, columns] : sizes) {
      const OwnedMatrix matrix({type, rows, columns}, drawn_values(rows * columns, 15));
      const auto x = drawn_values(64 * columns, 16);
      const auto expected = product(matrix.view(), x, 64, Instructions::portable, 1);
      for (const Instructions instructions : instructions_here())
        for (const std::int64_t count : counts)
          for (int threads = 1; threads <= (rows > 100 ? 2 : 1); ++threads)  // smaller ones are not shared among threads
            ASSERT_EQ(product(matrix.view(), x, count, instructions, threads),
                      std::vector<std::uint32_t>(expected.begin(), expected.begin() + count * rows))
                << packed_type_name(type) << " " << instructions_name(instructions) << " " << rows << "x" << columns << ", " << count
                << " vectors, " << threads << " threads";
    }
}

// The largest sums that whole numbers can come to: every weight and every x at its limit.
TEST(MatrixVector, LargestWholeSumsAreExact) {
  const std::int64_t columns = quantised_columns_max;
  for (const float sign : {1.0f, -1.0f}) {
    const std::vector<float> values(static_cast<std::size_t>(columns), 127 * sign), x(static_cast<std::size_t>(columns), 32512);
    const OwnedMatrix matrix({PackedType::int8, 1, columns}, values);
    const float expected = 127.0f * 32512 * static_cast<float>(columns) * sign;  // 127 * 127 * 2^24
    for (const Instructions instructions : instructions_here())
      EXPECT_EQ(std::bit_cast<float>(product(matrix.view(), x, 1, instructions, 1)[0]), expected) << instructions_name(instructions);
  }
}

TEST(MatrixVector, ZerosGiveZerosAndWhatIsNotFiniteStaysSo) {
  for (const PackedType type : packed_types) {
    const OwnedMatrix matrix({type, 17, 40}, drawn_values(17 * 40, 17));
    for (const Instructions instructions : instructions_here()) {
      for (const std::uint32_t bits : product(matrix.view(), std::vector<float>(40, 0.0f), 1, instructions, 1))
        EXPECT_EQ(std::bit_cast<float>(bits), 0);
      for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        auto x = drawn_values(40, 18);
        x[39] = bad;
        for (const std::uint32_t bits : product(matrix.view(), x, 1, instructions, 1))
          EXPECT_FALSE(std::isfinite(std::bit_cast<float>(bits))) << packed_type_name(type);
      }
    }
    const OwnedMatrix empty({type, 3, 0}, {});
    EXPECT_EQ(product(empty.view(), {}, 1, best_instructions(), 1), (std::vector<std::uint32_t>{0, 0, 0}));
  }
}

TEST(MatrixVector, SeveralMatricesAtOnceAreEachAlone) {
  const std::int64_t columns = 300, vectors = 3;
  for (const PackedType type : {PackedType::f32, PackedType::bf16, PackedType::int8, PackedType::int4}) {
    const OwnedMatrix first({type, 512, columns}, drawn_values(512 * columns, 21)), second({type, 33, columns}, drawn_values(33 * columns, 22)),
        third({type, 1, columns}, drawn_values(columns, 23));
    const auto x = drawn_values(columns * vectors, 24);
    PreparedVectors prepared;
    prepared.prepare(first.view().shape, x.data(), vectors, columns);
    std::vector<ProductOf> products;
    std::vector<std::vector<float>> results;
    for (const OwnedMatrix* matrix : {&first, &second, &third}) {
      const std::int64_t rows = matrix->view().shape.rows;
      results.emplace_back(static_cast<std::size_t>(rows * vectors));
      products.push_back({matrix->view(), results.back().data(), rows});
    }
    multiply(products, prepared);
    for (std::size_t i = 0; i < products.size(); ++i) {
      const auto alone = product(products[i].matrix, x, vectors, Instructions::portable, 1);
      for (std::size_t r = 0; r < alone.size(); ++r) ASSERT_EQ(std::bit_cast<std::uint32_t>(results[i][r]), alone[r]) << i << " row " << r;
    }
  }
}

TEST(MatrixVector, RunsAloneInsideAParallelRegion) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "a thread sanitizer does not see that OpenMP's threads wait for one another";
#endif
  const OwnedMatrix matrix({PackedType::bf16, 512, 300}, drawn_values(512 * 300, 19));
  const auto x = drawn_values(300, 20);
  const auto expected = product(matrix.view(), x, 1, Instructions::portable, 1);
  std::vector<float> results[2] = {std::vector<float>(512), std::vector<float>(512)};
#pragma omp parallel for num_threads(2)
  for (int i = 0; i < 2; ++i) {
    PreparedVectors prepared;
    prepared.prepare(matrix.view().shape, x.data(), 1, 300);
    multiply(matrix.view(), prepared, results[i].data(), 512);
  }
  for (const auto& result : results)
    for (std::size_t r = 0; r < result.size(); ++r) ASSERT_EQ(std::bit_cast<std::uint32_t>(result[r]), expected[r]);
}

}  // namespace
}  // namespace radfm::kernels
