// SPDX-License-Identifier: Apache-2.0
// How a GPU divides a product y = W x of a packed matrix and some vectors, and how it wants the vectors. Plain arithmetic,
// the same for kernels and for those who launch them.
//
// Weights are read where they lie (packed_matrix.h): a warp takes a pair of tiles, 32 rows, and reads 16 lines of each at a
// time (a chunk), every thread 16 bytes of a line. Four words of a line are four rows: two by two they are what a product
// of small matrices wants of a thread, so that nothing is moved between threads.
//
// A vector is two columns of such a product, its digits:
//   bf16        x = first + second, both bfloat16: x to 16 bits and more
//   int8, int4  x = s (256 first + second), as the processor's kernels have it (matrix_vector.h)
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/packed_matrix.h"

namespace radfm::kernels::cuda {

inline constexpr int chunk_lines = 16;
inline constexpr int digits = 2;           // columns of a vector
inline constexpr int tile_columns = 8;     // of vectors' digits in one product of small matrices
inline constexpr int vectors_max = 16;     // that one launch multiplies with: more do not fit its registers
inline constexpr int pair_rows = 32;       // two tiles: what a warp computes
inline constexpr int pairs_per_block = 2;  // whose warps read the same vectors at the same time
inline constexpr int shares_per_block = 4; // of a pair's columns: one warp each
inline constexpr int block_rows = pair_rows * pairs_per_block;
inline constexpr int product_threads = 32 * pairs_per_block * shares_per_block;
inline constexpr int splits_max = 8;       // blocks that share the columns of the same rows

constexpr int columns_per_line(PackedType type) {
  return type == PackedType::bf16 ? 2 : type == PackedType::int8 ? 4 : 8;
}
constexpr int chunk_columns(PackedType type) { return chunk_lines * columns_per_line(type); }
constexpr std::int64_t chunks_of(PackedType type, std::int64_t columns) {
  return (columns + chunk_columns(type) - 1) / chunk_columns(type);
}

// The 32-bit words of one digit of a vector for a chunk: 16, or of int4 32.
constexpr int digit_words(PackedType type) { return type == PackedType::int4 ? 2 * chunk_lines : chunk_lines; }

// Columns of digits that `vectors` take, in whole products: 8, 16 or 32.
constexpr int prepared_columns(int vectors) {
  return vectors <= 4 ? tile_columns : vectors <= 8 ? 2 * tile_columns : 4 * tile_columns;
}

// Prepared vectors: [chunk][digit column][thread of 4][what it needs], so that each thread reads whole 16 bytes. Which word
// of a chunk's digit column holds the values of line `line`; of int4 the half of the line's columns that are high halves of
// bytes are behind the low ones.
constexpr int word_in_chunk(PackedType type, int line, int half) {
  const int t = line % 4, j = line / 4;
  return type == PackedType::int4 ? t * 8 + 2 * j + half : t * 4 + j;
}
constexpr std::int64_t prepared_word(PackedType type, int columns, std::int64_t chunk, int column, int word) {
  return (chunk * columns + column) * digit_words(type) + word;
}
constexpr std::int64_t prepared_bytes(PackedType type, std::int64_t matrix_columns, int vectors) {
  return 4 * chunks_of(type, matrix_columns) * prepared_columns(vectors) * digit_words(type);
}

// Into how many blocks the columns of each block's rows are split. Depends on the matrix alone, so that sums are taken in the
// same order on every device and for any number of vectors. Chosen for 132 multiprocessors.
int splits_of(PackedType type, std::int64_t row_blocks, std::int64_t columns);

// Rows in whole blocks.
constexpr std::int64_t row_blocks_of(std::int64_t rows) { return (rows + block_rows - 1) / block_rows; }

// What a launch needs beside its results, for partial sums of splits: 8 bytes for each row, vector and split.
constexpr std::int64_t partial_bytes(std::int64_t row_blocks, int vectors, int splits) {
  return splits > 1 ? row_blocks * block_rows * std::int64_t{vectors} * splits * 8 : 0;
}

// The first of the sizes 1, 2, 4, 8, 16, 32, 64 that holds `sequences`: steps are captured for these.
inline constexpr int sequences_max = 64;
constexpr int step_size(int sequences) {
  int size = 1;
  while (size < sequences) size *= 2;
  return size;
}

}  // namespace radfm::kernels::cuda
