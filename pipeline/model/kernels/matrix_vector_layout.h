// SPDX-License-Identifier: Apache-2.0
// What the products' kernels are given. For matrix_vector*.cpp and prepared_vectors.cpp alone.
//
// The files of an instruction set include this and no header with code in it: a function that they compiled for their
// processor could be the one that the linker keeps for all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "pipeline/model/kernels/matrix_vector.h"

namespace radfm::kernels {

inline constexpr std::int64_t tiles_max = 4;    // that a kernel works on at once: as many streams
inline constexpr std::int64_t vectors_max = 8;  // as many as registers hold the sums of
inline constexpr std::int64_t tile_vectors_max = 16, tile_columns = 64;  // of a matrix processor's tile

// Vectors are multiplied in blocks of at most vectors_max, of nearly equal sizes. In a block what a kernel needs
// next lies next: for each unit (two columns of f32 and bf16, four of int8 and int4) and each vector of the block two words: two
// floats, or four digits h and four digits l. For a matrix processor blocks are of tile_vectors_max, the last one filled up with zeros:
// for each 64 columns the digits h of each vector, and then l.
struct PreparedVectors::Layout {
  struct alignas(line_bytes) Line {
    std::int8_t digits[tile_columns];
  };
  PackedType type = PackedType::f32;
  bool in_tiles = false;              // lines instead of words
  std::int64_t columns = 0, units = 0, groups = 0;
  std::vector<std::uint32_t> words;   // [block][unit][vector][2]
  std::vector<Line> lines;            // [block][64 columns][h, l][vector]
  std::vector<std::int32_t> offsets;  // [block][group][vector][2]: what the sums H and L begin at (int8 has one group), which
                                      // takes off what is added to stored values
  std::vector<float> scales;          // [vector]: s

  std::int64_t block_vectors_max() const { return in_tiles ? tile_vectors_max : vectors_max; }
  std::int64_t blocks(std::int64_t vectors) const { return (vectors + block_vectors_max() - 1) / block_vectors_max(); }
  std::int64_t block_begin(std::int64_t block, std::int64_t vectors) const {
    return in_tiles ? std::min(block * tile_vectors_max, vectors) : block * vectors / blocks(vectors);
  }
};

// Whether a matrix processor multiplies these.
inline bool fits_tiles(const PackedShape& shape, Instructions instructions) {
  const bool whole_numbers = shape.type == PackedType::int8 || shape.type == PackedType::int4;
  return instructions == Instructions::amx && whole_numbers && shape.columns > 0 && shape.padded_columns() % tile_columns == 0;
}

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
  float* results = nullptr;                      // [tile][vector][16], aligned to a line
};

// Many vectors, whose digits are in lines, times a few tiles of int8 or int4 for a matrix processor.
struct PanelProduct {
  PackedType type = PackedType::int8;
  std::int64_t chunks = 0;                       // of 64 columns
  std::int64_t groups = 0;                       // of a tile's scales
  std::int64_t tiles = 0, vectors = 0;           // at most tiles_max
  const std::uint8_t* values[tiles_max] = {};    // of int4 as spread_int4_amx makes them
  const void* scales[tiles_max] = {};
  const std::int8_t* digits = nullptr;           // the three of the first vector, with which a block begins
  const std::int32_t* offsets = nullptr;
  const float* vector_scales = nullptr;
  std::int32_t* sums = nullptr;                  // work: [block][tile][h, l][16 vectors][16], aligned to a line, as results
  float* results = nullptr;                      // [block][tile][16 vectors][16]
};

inline constexpr std::int64_t tiles_at_once(std::int64_t vectors) { return vectors <= 2 ? 4 : vectors <= 4 ? 2 : 1; }

void multiply_tiles_portable(const TileProduct& product);
#ifdef RADFM_X86_KERNELS
void multiply_tiles_avx2(const TileProduct& product);
// Weights are asked ahead into the second cache, since the first one of many processors has fewer places for what is on its way than
// the memory's latency needs; `near`, into the first: a tenth faster on processors with AMX, as measured.
void multiply_tiles_avx512(const TileProduct& product);
void multiply_tiles_avx512_near(const TileProduct& product);
// Between a begin and an end on the same thread. What a library has configured there (64 bytes) is put back in the end.
void begin_tiles_amx(std::uint8_t* before);
void end_tiles_amx(const std::uint8_t* before);
void multiply_panel_amx(const PanelProduct& product);
// A tile of int4 with a byte for each value: a line more for each.
void spread_int4_amx(const std::uint8_t* packed, std::int64_t lines, std::uint8_t* spread);
#endif

}  // namespace radfm::kernels
