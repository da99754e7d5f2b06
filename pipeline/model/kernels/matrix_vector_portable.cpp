// SPDX-License-Identifier: Apache-2.0
// The products as matrix_vector.h defines them, in plain loops: what the others are compared with.
#include <cmath>
#include <cstring>

#include "pipeline/model/kernels/bfloat16.h"
#include "pipeline/model/kernels/matrix_vector_layout.h"

namespace radfm::kernels {
namespace {

// Word r of a line.
std::uint32_t word_of(const TileProduct& product, std::int64_t tile, std::int64_t line, std::int64_t row) {
  std::uint32_t word = 0;
  std::memcpy(&word, product.values[tile] + line * line_bytes + row * 4, sizeof word);
  return word;
}

const std::uint32_t* unit_of(const TileProduct& product, std::int64_t unit, std::int64_t vector) {
  return product.words + (unit * product.vectors + vector) * 2;
}

float f32_of_word(std::uint32_t word) {
  float value = 0;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

float of_floats(const TileProduct& product, std::int64_t tile, std::int64_t row, std::int64_t vector) {
  float sums[2] = {};
  for (std::int64_t line = 0; line < product.lines; ++line) {
    const std::uint32_t word = word_of(product, tile, line, row);
    if (product.type == PackedType::f32) {
      const float x = f32_of_word(unit_of(product, line / 2, vector)[line % 2]);
      sums[line % 2] = std::fma(f32_of_word(word), x, sums[line % 2]);
    } else {
      const std::uint32_t* const x = unit_of(product, line, vector);
      sums[0] = std::fma(f32_of_word(word << 16), f32_of_word(x[0]), sums[0]);
      sums[1] = std::fma(f32_of_word(word & 0xffff0000), f32_of_word(x[1]), sums[1]);
    }
  }
  return sums[0] + sums[1];
}

// Sums of four stored values times four digits, modulo 2^32: what the sums begin at takes them back into 32 bits.
struct DigitSums {
  std::uint32_t high = 0, low = 0;

  explicit DigitSums(const std::int32_t* offset)
      : high(static_cast<std::uint32_t>(offset[0])), low(static_cast<std::uint32_t>(offset[1])) {}
  void add(std::uint32_t values, const std::uint32_t* digits) {
    high += dot(values, digits[0]);
    low += dot(values, digits[1]);
  }
  float joined() const { return std::fma(256.0f, whole(high), whole(low)); }

 private:
  static std::uint32_t dot(std::uint32_t values, std::uint32_t digits) {
    std::int32_t sum = 0;
    for (int i = 0; i < 32; i += 8)
      sum += static_cast<std::int32_t>(values >> i & 255) * static_cast<std::int8_t>(digits >> i & 255);
    return static_cast<std::uint32_t>(sum);
  }
  static float whole(std::uint32_t sum) { return static_cast<float>(static_cast<std::int32_t>(sum)); }
};

float of_int8(const TileProduct& product, std::int64_t tile, std::int64_t row, std::int64_t vector) {
  DigitSums sums(product.offsets + vector * 2);
  for (std::int64_t line = 0; line < product.lines; ++line)
    sums.add(word_of(product, tile, line, row), unit_of(product, line, vector));
  return sums.joined() * (static_cast<const float*>(product.scales[tile])[row] * product.vector_scales[vector]);
}

float of_int4(const TileProduct& product, std::int64_t tile, std::int64_t row, std::int64_t vector) {
  constexpr std::int64_t group_lines = group_columns / 8;
  float y = 0;
  for (std::int64_t group = 0; group < product.lines / group_lines; ++group) {
    DigitSums sums(product.offsets + (group * product.vectors + vector) * 2);
    for (std::int64_t line = group * group_lines; line < (group + 1) * group_lines; ++line) {
      const std::uint32_t word = word_of(product, tile, line, row);
      sums.add(word & 0x0f0f0f0f, unit_of(product, line * 2, vector));
      sums.add(word >> 4 & 0x0f0f0f0f, unit_of(product, line * 2 + 1, vector));
    }
    const std::uint16_t scale = static_cast<const std::uint16_t*>(product.scales[tile])[group * tile_rows + row];
    y = std::fma(sums.joined(), f32_of_bf16(scale), y);
  }
  return y * product.vector_scales[vector];
}

float value_of(const TileProduct& product, std::int64_t tile, std::int64_t row, std::int64_t vector) {
  switch (product.type) {
    case PackedType::f32:
    case PackedType::bf16:
      return of_floats(product, tile, row, vector);
    case PackedType::int8:
      return of_int8(product, tile, row, vector);
    case PackedType::int4:
      return of_int4(product, tile, row, vector);
  }
  return 0;
}

}  // namespace

void multiply_tiles_portable(const TileProduct& product) {
  for (std::int64_t tile = 0; tile < product.tiles; ++tile)
    for (std::int64_t vector = 0; vector < product.vectors; ++vector)
      for (std::int64_t row = 0; row < tile_rows; ++row)
        product.results[(tile * product.vectors + vector) * tile_rows + row] = value_of(product, tile, row, vector);
}

}  // namespace radfm::kernels
