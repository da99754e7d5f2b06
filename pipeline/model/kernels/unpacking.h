// SPDX-License-Identifier: Apache-2.0
// Some rows of one tile unpacked, by each set of instructions. For unpacking*.cpp alone; no code stands here
// (matrix_vector_layout.h says why).
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/packed_matrix.h"

namespace radfm::kernels {

struct TileRows {
  PackedType type = PackedType::f32;
  std::int64_t columns = 0, lines = 0;      // lines of the tile
  const std::uint8_t* values = nullptr;     // of the tile
  const void* scales = nullptr;             // of the tile
  std::int64_t first = 0, count = 0;        // rows of the tile
};

// [count, columns]
void unpack_tile_portable(const TileRows& rows, float* out);
void unpack_tile_portable(const TileRows& rows, std::uint16_t* out);
#ifdef RADFM_X86_KERNELS
void unpack_tile_avx512(const TileRows& rows, float* out);
void unpack_tile_avx512(const TileRows& rows, std::uint16_t* out);
#endif

}  // namespace radfm::kernels
