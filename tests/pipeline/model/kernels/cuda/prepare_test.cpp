// SPDX-License-Identifier: Apache-2.0
// Aim: prepared vectors stand for the values that they were made of, to what their digits hold: after a norm with and without
// what is added to the residual stream, after the embedding table, after the gate.
#include "pipeline/model/kernels/cuda/prepare.h"

#include <bit>
#include <cmath>

#include "pipeline/model/kernels/bfloat16.h"
#include "tests/pipeline/model/kernels/cuda/device_array.h"
#include "tests/pipeline/model/kernels/random_matrix.h"

namespace radfm::kernels::cuda {
namespace {

constexpr PackedType types[] = {PackedType::bf16, PackedType::int8, PackedType::int4};
constexpr std::int64_t widths[] = {1, 33, 517, 4200};

// Prepared vectors, read back.
class Prepared {
 public:
  Prepared(PackedType type, std::int64_t columns, int vectors)
      : space_{type, columns, vectors, nullptr, nullptr},
        words_(std::vector<std::uint32_t>(static_cast<std::size_t>(prepared_bytes(type, columns, vectors) / 4))),
        steps_(std::vector<float>(static_cast<std::size_t>(vectors), 77.0f)) {
    space_.words = words_.data();
    space_.steps = steps_.data();
  }
  const PreparedSpace& space() const { return space_; }

  // [vectors][columns], and the padding behind them
  std::vector<double> values() {
    const auto words = words_.values();
    const auto steps = steps_.values();
    const std::int64_t padded = chunks_of(space_.type, space_.columns) * chunk_columns(space_.type);
    std::vector<double> values;
    for (int vector = 0; vector < space_.vectors; ++vector)
      for (std::int64_t column = 0; column < padded; ++column) {
        const double first = digit(words, vector, 0, column), second = digit(words, vector, 1, column);
        const double step = static_cast<double>(steps[static_cast<std::size_t>(vector)]);
        const double value = space_.type == PackedType::bf16 ? first + second : (256 * first + second) * step;
        if (column < space_.columns) values.push_back(value);
        else EXPECT_EQ(first + second, 0);
      }
    return values;
  }

 private:
  double digit(const std::vector<std::uint32_t>& words, int vector, int number, std::int64_t column) const {
    const int in_line = columns_per_line(space_.type);
    const int line = static_cast<int>(column % chunk_columns(space_.type)) / in_line, place = static_cast<int>(column % in_line);
    const int word = word_in_chunk(space_.type, line, space_.type == PackedType::int4 ? place / 4 : 0);
    const std::uint32_t bits = words[static_cast<std::size_t>(prepared_word(
        space_.type, prepared_columns(space_.vectors), column / chunk_columns(space_.type), digits * vector + number, word))];
    if (space_.type == PackedType::bf16) return static_cast<double>(f32_of_bf16(static_cast<std::uint16_t>(bits >> (16 * place))));
    return static_cast<std::int8_t>(bits >> (8 * (place % 4)));
  }

  PreparedSpace space_;
  DeviceArray<std::uint32_t> words_;
  DeviceArray<float> steps_;
};

// Each within what digits hold of the largest of its vector, and `rounding` of float32 arithmetic.
void expect_near(PackedType type, const std::vector<double>& values, const std::vector<double>& expected, std::int64_t columns) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t first = 0; first < values.size(); first += static_cast<std::size_t>(columns)) {
    double largest = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c) largest = std::max(largest, std::abs(expected[first + c]));
    const double tolerance = largest * (type == PackedType::bf16 ? 0x1p-16 : 0.51 / 32512) + 2e-6 * largest;
    for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c)
      ASSERT_NEAR(values[first + c], expected[first + c], tolerance) << packed_type_name(type) << ", " << columns << " columns, value " << first + c;
  }
}

void normalise(std::vector<double>& x, const std::vector<float>& weight, double eps) {
  const std::size_t columns = weight.size();
  for (std::size_t first = 0; first < x.size(); first += columns) {
    double squares = 0;
    for (std::size_t c = 0; c < columns; ++c) squares += x[first + c] * x[first + c];
    for (std::size_t c = 0; c < columns; ++c)
      x[first + c] *= static_cast<double>(weight[c]) / std::sqrt(squares / static_cast<double>(columns) + eps);
  }
}

TEST(Prepare, NormOfWhatWasAdded) {
  DEVICE_OR_SKIP();
  for (const PackedType type : types)
    for (const std::int64_t columns : widths)
      for (const bool adds : {false, true}) {
        constexpr int vectors = 2;
        const auto x = drawn_values(vectors * columns, 1), more = drawn_values(vectors * columns, 2), weight = drawn_values(columns, 3);
        DeviceArray<float> residual(x), added(more), weights(weight);
        Prepared prepared(type, columns, vectors);
        Norm norm;
        norm.x = residual.data();
        norm.added = adds ? added.data() : nullptr;
        norm.weight = weights.data();
        norm.eps = 1e-6f;
        launch_norm(norm, prepared.space(), nullptr);
        std::vector<float> sums = x;
        for (std::size_t i = 0; adds && i < sums.size(); ++i) sums[i] += more[i];
        EXPECT_EQ(residual.values(), sums);
        std::vector<double> expected(sums.begin(), sums.end());
        normalise(expected, weight, 1e-6);
        expect_near(type, prepared.values(), expected, columns);
      }
}

TEST(Prepare, EmbeddedTokens) {
  DEVICE_OR_SKIP();
  constexpr std::int64_t columns = 100;
  std::vector<std::uint16_t> table;
  for (const float value : drawn_values(7 * columns, 4)) table.push_back(bf16_of(value));
  const std::vector<float> ones(columns, 1.0f);
  DeviceArray<std::uint16_t> tables(table);
  DeviceArray<StepRow> rows({{6, 0, 1}, {-1, -1, 0}, {2, 3, 9}});
  DeviceArray<float> residual(std::vector<float>(3 * columns, 77.0f)), weights(ones);
  Prepared prepared(PackedType::int8, columns, 3);
  Norm norm;
  norm.x = residual.data();
  norm.embedding = {rows.data(), tables.data()};
  norm.weight = weights.data();
  norm.eps = 1e-6f;
  launch_norm(norm, prepared.space(), nullptr);
  std::vector<float> expected(3 * columns);
  for (std::size_t c = 0; c < columns; ++c) {
    expected[c] = f32_of_bf16(table[6 * columns + c]);
    expected[2 * columns + c] = f32_of_bf16(table[2 * columns + c]);
  }
  EXPECT_EQ(residual.values(), expected);
  std::vector<double> exact(expected.begin(), expected.end());
  normalise(exact, ones, 1e-6);
  expect_near(PackedType::int8, prepared.values(), exact, columns);
}

TEST(Prepare, Gate) {
  DEVICE_OR_SKIP();
  for (const PackedType type : types)
    for (const std::int64_t columns : widths) {
      const auto gate_up = drawn_values(2 * 2 * columns, 8);
      DeviceArray<float> values(gate_up);
      Prepared prepared(type, columns, 2);
      launch_gated(values.data(), prepared.space(), nullptr);
      std::vector<double> expected;
      for (std::int64_t vector = 0; vector < 2; ++vector)
        for (std::int64_t c = 0; c < columns; ++c) {
          const double gate = static_cast<double>(gate_up[static_cast<std::size_t>(2 * vector * columns + c)]);
          expected.push_back(gate / (1 + std::exp(-gate)) * static_cast<double>(gate_up[static_cast<std::size_t>((2 * vector + 1) * columns + c)]));
        }
      expect_near(type, prepared.values(), expected, columns);
    }
}

// The same bits in whatever order threads come to their barriers.
TEST(Prepare, OrderOfThreadsIsNothing) {
  DEVICE_OR_SKIP();
  const auto x = drawn_values(700, 1), weight = drawn_values(700, 3);
  std::vector<double> first;
  for (const std::uint64_t seed : {1, 2, 3}) {
    set_order_of_threads(seed);
    DeviceArray<float> residual(x), weights(weight);
    Prepared prepared(PackedType::int4, 700, 1);
    Norm norm;
    norm.x = residual.data();
    norm.weight = weights.data();
    launch_norm(norm, prepared.space(), nullptr);
    if (first.empty()) first = prepared.values();
    EXPECT_EQ(prepared.values(), first);
  }
}

}  // namespace
}  // namespace radfm::kernels::cuda
