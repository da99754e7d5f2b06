// SPDX-License-Identifier: Apache-2.0
// What the products' kernels are given. For matrix_vector*.cpp and prepared_vectors.cpp alone.
//
// The files of an instruction set include this and no header with code in it: a function that they compiled for their
// processor could be the one that the linker keeps for all.
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/model/kernels/matrix_vector.h"

namespace radfm::kernels {

inline constexpr std::int64_t tiles_max = 4;    // that a kernel works on at once: as many streams
inline constexpr std::int64_t vectors_max = 8;  // as many as registers hold the sums of

// Vectors are multiplied in blocks of at most vectors_max, of nearly equal sizes. In a block what a kernel needs next lies next:
// for each unit (two columns of f32 and bf16, four of int8 and int4) and each vector of the block two words: two floats, or
// four digits h and four digits l.
struct PreparedVectors::Layout {
  PackedType type = PackedType::f32;
  std::int64_t columns = 0, units = 0, groups = 0;
  std::vector<std::uint32_t> words;   // [block][unit][vector][2]
  std::vector<std::int32_t> offsets;  // [block][group][vector][2]: what the sums H and L begin at (int8 has one group), which
                                      // takes off what is added to stored values
  std::vector<float> scales;          // [vector]: s
};

inline std::int64_t block_count(std::int64_t vectors) { return (vectors + vectors_max - 1) / vectors_max; }
inline std::int64_t block_begin(std::int64_t block, std::int64_t vectors) { return block * vectors / block_count(vectors); }

// One block of vectors times a few tiles.
struct TileProduct {
  PackedType type = PackedType::f32;
  std::int64_t lines = 0;                        // of a tile
  std::int64_t tiles = 0, vectors = 0;           // at most tiles_at_once(vectors), vectors_max
  const std::uint8_t* values[tiles_max] = {};
  const void* scales[tiles_max] = {};            // int8 float [16], int4 bfloat16 [group][16]
  const std::uint32_t* words = nullptr;          // of the block
  const std::int32_t* offsets = nullptr;
  const float* vector_scales = nullptr;
  float* results = nullptr;                      // [tile][vector][16]
};

inline constexpr std::int64_t tiles_at_once(std::int64_t vectors) { return vectors <= 2 ? 4 : vectors <= 4 ? 2 : 1; }

void multiply_tiles_portable(const TileProduct& product);
#ifdef RADFM_X86_KERNELS
void multiply_tiles_avx2(const TileProduct& product);
void multiply_tiles_avx512(const TileProduct& product);
#endif

}  // namespace radfm::kernels
