// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/packing.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/result.h"
#include "pipeline/model/kernels/bfloat16.h"
#include "pipeline/model/kernels/int4_group.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t word_bytes = 4;  // of a line, one for each row
constexpr float rounder = 12582912;     // 1.5 * 2^23: adding and taking it off rounds to whole numbers, ties to even

// The words of one row, a line apart.
class RowWords {
 public:
  RowWords(std::uint8_t* tile, std::int64_t row) : first_(tile + row * word_bytes) {}
  std::uint8_t* of_line(std::int64_t line) const { return first_ + line * line_bytes; }

 private:
  std::uint8_t* first_;
};

void pack_f32(const PackedShape& shape, const float* row, RowWords words) {
  for (std::int64_t c = 0; c < shape.columns; ++c) std::memcpy(words.of_line(c), row + c, word_bytes);
}

void pack_bf16(const PackedShape& shape, const float* row, RowWords words) {
  for (std::int64_t c = 0; c < shape.columns; ++c) {
    const std::uint16_t value = bf16_of(row[c]);
    std::memcpy(words.of_line(c / 2) + c % 2 * 2, &value, sizeof value);
  }
}

// The scale of the row. One that would be no normal number makes the row zeros.
float pack_int8(const PackedShape& shape, const float* row, RowWords words) {
  float largest = 0;
  for (std::int64_t c = 0; c < shape.columns; ++c) largest = std::max(largest, std::abs(row[c]));
  const float wanted = largest / 127, scale = std::isnormal(wanted) ? wanted : 0;
  for (std::int64_t c = 0; c < shape.padded_columns(); ++c) {
    const float whole = scale > 0 && c < shape.columns ? (row[c] / scale + rounder) - rounder : 0;
    words.of_line(c / 4)[c % 4] = static_cast<std::uint8_t>(static_cast<int>(whole) + 128);
  }
  return scale;
}

// `scales`: that of the row's first group; those of its others are a tile's rows apart.
void pack_int4(const PackedShape& shape, const float* row, RowWords words, std::uint16_t* scales) {
  for (std::int64_t group = 0; group < shape.groups(); ++group) {
    const std::int64_t first = group * group_columns;
    float values[group_columns] = {};
    std::copy(row + first, row + std::min(first + group_columns, shape.columns), values);
    const Int4Group packed = quantise_group(values);
    scales[group * tile_rows] = packed.scale;
    for (std::int64_t i = 0; i < group_columns; i += 8)
      for (std::int64_t byte = 0; byte < 4; ++byte)
        words.of_line((first + i) / 8)[byte] =
            static_cast<std::uint8_t>((packed.values[i + byte] + 8) | (packed.values[i + 4 + byte] + 8) << 4);
  }
}

}  // namespace

bool pack_tile(const PackedShape& shape, std::int64_t tile, const float* rows_values, std::int64_t rows, std::uint8_t* values,
               void* scales) {
  if (tile < 0 || rows < 1 || rows > tile_rows || tile * tile_rows + rows > shape.rows)
    broken_invariant("a tile is packed that the matrix does not have");
  if (!std::all_of(rows_values, rows_values + rows * shape.columns, [](float value) { return std::isfinite(value); }))
    return false;
  std::uint8_t* const memory = values + tile * shape.tile_bytes();
  if (rows < tile_rows || shape.padded_columns() != shape.columns)
    std::memset(memory, 0, static_cast<std::size_t>(shape.tile_bytes()));
  const std::vector<float> zeros(static_cast<std::size_t>(rows < tile_rows ? shape.columns : 0));
  for (std::int64_t r = 0; r < tile_rows; ++r) {
    const float* const row = r < rows ? rows_values + r * shape.columns : zeros.data();
    const RowWords words(memory, r);
    switch (shape.type) {
      case PackedType::f32:
        pack_f32(shape, row, words);
        break;
      case PackedType::bf16:
        pack_bf16(shape, row, words);
        break;
      case PackedType::int8:
        static_cast<float*>(scales)[tile * tile_rows + r] = pack_int8(shape, row, words);
        break;
      case PackedType::int4:
        pack_int4(shape, row, words, static_cast<std::uint16_t*>(scales) + tile * shape.groups() * tile_rows + r);
        break;
    }
  }
  return true;
}

}  // namespace radfm::kernels
