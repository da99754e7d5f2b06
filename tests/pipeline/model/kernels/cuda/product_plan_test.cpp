// SPDX-License-Identifier: Apache-2.0
// Aim: the arithmetic by which a GPU divides a product gives each value one place, each column one share, and blocks enough for
// the matrices of the published model.
#include "pipeline/model/kernels/cuda/product_plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "pipeline/model/kernels/cuda/attention.h"

namespace radfm::kernels::cuda {
namespace {

constexpr PackedType types[] = {PackedType::bf16, PackedType::int8, PackedType::int4};

TEST(ProductPlan, ChunksAreSixteenLines) {
  for (const PackedType type : types) {
    const PackedShape shape{type, 16, 1000};
    EXPECT_EQ(columns_per_line(type), shape.columns_per_line());
    EXPECT_EQ(chunks_of(type, 1000), (shape.lines_per_tile() + chunk_lines - 1) / chunk_lines);
  }
  EXPECT_EQ(chunk_columns(PackedType::int4), group_columns);  // kernels take a chunk of int4 for a group
}

// Every word of every digit column has a place of its own, and the places fill the memory.
TEST(ProductPlan, PlacesOfPreparedWords) {
  for (const PackedType type : types)
    for (const int vectors : {1, 4, 5, 8, 9, 16}) {
      const int columns = prepared_columns(vectors), halves = type == PackedType::int4 ? 2 : 1;
      EXPECT_GE(columns, digits * vectors);
      std::set<std::int64_t> places;
      for (std::int64_t chunk = 0; chunk < 3; ++chunk)
        for (int column = 0; column < columns; ++column)
          for (int line = 0; line < chunk_lines; ++line)
            for (int half = 0; half < halves; ++half)
              places.insert(prepared_word(type, columns, chunk, column, word_in_chunk(type, line, half)));
      const std::int64_t words = prepared_bytes(type, 3 * chunk_columns(type), vectors) / 4;
      EXPECT_EQ(static_cast<std::int64_t>(places.size()), words);
      EXPECT_EQ(*places.begin(), 0);
      EXPECT_EQ(*places.rbegin(), words - 1);
    }
}

// Matrices of the published model give each of 132 multiprocessors work, evenly, and no warp less than three chunks.
TEST(ProductPlan, SplitsFillTheDevice) {
  struct Sizes {
    std::int64_t rows, columns;
  };
  for (const PackedType type : types)
    for (const Sizes sizes : {Sizes{5120, 5120}, {15360, 5120}, {27648, 5120}, {5120, 13824}, {32000, 5120}}) {
      const std::int64_t blocks = row_blocks_of(sizes.rows);
      const int splits = splits_of(type, blocks, sizes.columns);
      EXPECT_GE(blocks * splits, 132) << sizes.rows;
      EXPECT_GE(chunks_of(type, sizes.columns) / (splits * shares_per_block), 3);
      const double rounds = static_cast<double>(blocks * splits) / 132;
      EXPECT_GE(rounds / std::ceil(rounds), 0.6) << sizes.rows << " x " << sizes.columns << ": " << blocks << " blocks, " << splits;
    }
  EXPECT_EQ(splits_of(PackedType::int4, 1, 64), 1);
}

TEST(ProductPlan, StepSizes) {
  EXPECT_EQ(step_size(1), 1);
  EXPECT_EQ(step_size(2), 2);
  EXPECT_EQ(step_size(3), 4);
  EXPECT_EQ(step_size(5), 8);
  EXPECT_EQ(step_size(33), sequences_max);
}

TEST(ProductPlan, AttentionSplits) {
  EXPECT_EQ(attention_splits(1), 1);
  EXPECT_EQ(attention_splits(128), 1);
  EXPECT_EQ(attention_splits(129), 2);
  EXPECT_EQ(attention_splits(2048), 16);
}

}  // namespace
}  // namespace radfm::kernels::cuda
