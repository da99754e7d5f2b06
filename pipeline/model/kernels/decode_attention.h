// SPDX-License-Identifier: Apache-2.0
// Attention of one new position over the positions read so far, for each head. Defined to the bit like the matrix-vector
// products: whatever the processor, the threads and what is computed beside it.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/matrix_vector.h"

namespace radfm::kernels {

enum class CacheType { f32, bf16 };

// Keys and values of one sequence and layer: [heads][capacity][width], read in place. `length` positions are filled.
struct CacheView {
  CacheType type = CacheType::f32;
  const void* keys = nullptr;
  const void* values = nullptr;
  std::int64_t heads = 0, capacity = 0, width = 0, length = 0;
};

// q, out: [heads][width] float32. out = softmax(q k^T / sqrt(width)) v, the softmax in float32 over all `length` positions.
// Sums over the width: 16 partial sums (column modulo 16) by fused multiply-adds, added as a tree of halves; widths that are no
// multiple of 16 are padded with zeros. Sums over positions go in order of the positions.
struct AttentionQuestion {
  const float* q = nullptr;
  CacheView cache;
  float* out = nullptr;
};
// Several sequences, which may be of different lengths. Heads are shared among the threads of OpenMP.
void attend(const AttentionQuestion* questions, std::int64_t count, Instructions instructions = best_instructions());

}  // namespace radfm::kernels
