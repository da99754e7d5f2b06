// SPDX-License-Identifier: Apache-2.0
// A matrix [rows, columns] of weights, in the layout that the matrix-vector kernels read and that a converted model
// directory stores: there is no other copy of it in memory. Links no torch.
//
// Rows are taken in tiles of 16. A tile is one stretch of memory, cut into lines of 64 bytes; the 32-bit word r of a line
// belongs to row r of the tile, so that a vector register's lanes are rows and no sum is taken across lanes:
//   f32   one column a line: its value
//   bf16  two columns: the first in the low half
//   int8  four columns, first in the lowest byte, each stored as value + 128; value * scale of the row
//   int4  eight columns: low halves of the four bytes are columns 0 to 3, high halves 4 to 7, each stored as value + 8;
//         value * scale of the row's group of 128 columns (a scale may be negative)
// Rows behind the last are zeros, columns behind the last (to whole lines, of int4 to whole groups) are zeros of their type,
// so that kernels know no edges; what is multiplied with is padded with zeros.
// Scales: int8 float32 [tiles * 16]; int4 bfloat16 [tiles][groups][16]; the others have none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace radfm::kernels {

enum class PackedType { f32, bf16, int8, int4 };

inline constexpr std::int64_t tile_rows = 16;
inline constexpr std::int64_t line_bytes = 64;
inline constexpr std::int64_t group_columns = 128;  // of int4
inline constexpr std::int64_t packed_alignment = 64;
inline constexpr std::int64_t quantised_columns_max = 65536;  // of int8 and int4: their sums fit 32 bits

std::string_view packed_type_name(PackedType type);  // "f32", "bf16", "int8", "int4"

// What a matrix of these sizes takes.
struct PackedShape {
  PackedType type = PackedType::f32;
  std::int64_t rows = 0, columns = 0;

  std::int64_t tiles() const { return (rows + tile_rows - 1) / tile_rows; }
  std::int64_t columns_per_line() const;
  std::int64_t padded_columns() const;  // whole lines; of int4 whole groups
  std::int64_t lines_per_tile() const { return padded_columns() / columns_per_line(); }
  std::int64_t tile_bytes() const { return lines_per_tile() * line_bytes; }
  std::int64_t value_bytes() const { return tiles() * tile_bytes(); }
  std::int64_t groups() const { return type == PackedType::int4 ? padded_columns() / group_columns : 0; }
  std::int64_t scale_bytes() const;  // 0 where there are none
};

// A view: whoever has made it keeps the memory (a mapped file, a tensor) alive. `values` is aligned to packed_alignment,
// `scales` to the size of one.
struct PackedMatrix {
  PackedShape shape;
  const std::uint8_t* values = nullptr;
  const void* scales = nullptr;
};

}  // namespace radfm::kernels
