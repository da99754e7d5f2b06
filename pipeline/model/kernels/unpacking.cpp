// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/unpacking.h"

#include <algorithm>
#include <cstring>

#include "core/result.h"
#include "pipeline/model/kernels/bfloat16.h"
#include "pipeline/model/kernels/packing.h"
#include "pipeline/model/kernels/parallel_work.h"

namespace radfm::kernels {
namespace {

std::uint32_t word_of(const TileRows& rows, std::int64_t line, std::int64_t row) {
  std::uint32_t word = 0;
  std::memcpy(&word, rows.values + line * line_bytes + row * 4, sizeof word);
  return word;
}

float value_of(const TileRows& rows, std::int64_t row, std::int64_t column) {
  switch (rows.type) {
    case PackedType::f32:
      return std::bit_cast<float>(word_of(rows, column, row));
    case PackedType::bf16:
      return f32_of_bf16(static_cast<std::uint16_t>(word_of(rows, column / 2, row) >> column % 2 * 16));
    case PackedType::int8: {
      const std::uint32_t stored = word_of(rows, column / 4, row) >> column % 4 * 8 & 255;
      return static_cast<float>(static_cast<int>(stored) - 128) * static_cast<const float*>(rows.scales)[row];
    }
    case PackedType::int4: {
      const std::uint32_t stored = word_of(rows, column / 8, row) >> (column % 4 * 8 + column % 8 / 4 * 4) & 15;
      const std::uint16_t scale = static_cast<const std::uint16_t*>(rows.scales)[column / group_columns * tile_rows + row];
      return static_cast<float>(static_cast<int>(stored) - 8) * f32_of_bf16(scale);
    }
  }
  broken_invariant("a packed type that nobody unpacks");
}

void store(float value, float& out) { out = value; }
void store(float value, std::uint16_t& out) { out = bf16_of(value); }

template <class Value>
void unpack_plainly(const TileRows& rows, Value* out) {
  for (std::int64_t row = 0; row < rows.count; ++row)
    for (std::int64_t column = 0; column < rows.columns; ++column)
      store(value_of(rows, rows.first + row, column), out[row * rows.columns + column]);
}

template <class Value>
void unpack_tile(const TileRows& rows, Value* out, [[maybe_unused]] Instructions instructions) {
#ifdef RADFM_X86_KERNELS
  if (instructions >= Instructions::avx512_vnni) return unpack_tile_avx512(rows, out);
#endif
  unpack_tile_portable(rows, out);
}

template <class Value>
void unpack(const PackedMatrix& matrix, std::int64_t first, std::int64_t count, Value* out, Instructions instructions) {
  const PackedShape& shape = matrix.shape;
  if (first < 0 || count < 0 || first + count > shape.rows) broken_invariant("rows are unpacked that a matrix does not have");
  if (count == 0) return;
  const std::int64_t scale_bytes = shape.scale_bytes() / shape.tiles();
#pragma omp parallel for schedule(static) if (is_shared_work(count * shape.columns * static_cast<std::int64_t>(sizeof(Value))))
  for (std::int64_t tile = first / tile_rows; tile <= (first + count - 1) / tile_rows; ++tile) {
    const std::int64_t begin = std::max(first, tile * tile_rows), end = std::min(first + count, (tile + 1) * tile_rows);
    TileRows rows;
    rows.type = shape.type;
    rows.columns = shape.columns;
    rows.lines = shape.lines_per_tile();
    rows.values = matrix.values + tile * shape.tile_bytes();
    if (scale_bytes > 0) rows.scales = static_cast<const std::uint8_t*>(matrix.scales) + tile * scale_bytes;
    rows.first = begin - tile * tile_rows;
    rows.count = end - begin;
    unpack_tile(rows, out + (begin - first) * shape.columns, instructions);
  }
}

}  // namespace

void unpack_tile_portable(const TileRows& rows, float* out) { unpack_plainly(rows, out); }
void unpack_tile_portable(const TileRows& rows, std::uint16_t* out) { unpack_plainly(rows, out); }

void unpack_rows(const PackedMatrix& matrix, std::int64_t first, std::int64_t count, float* out, Instructions instructions) {
  unpack(matrix, first, count, out, instructions);
}

void unpack_rows(const PackedMatrix& matrix, std::int64_t first, std::int64_t count, std::uint16_t* out,
                 Instructions instructions) {
  unpack(matrix, first, count, out, instructions);
}

}  // namespace radfm::kernels
