// SPDX-License-Identifier: Apache-2.0
// Attention of one new position over the positions read so far, for each head. Defined to the bit like the matrix-vector
// products: whatever the processor, the threads and what is computed beside it.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/instructions.h"

namespace radfm::kernels {

enum class CacheType { f32, bf16 };

// Keys and values of one sequence and layer: [heads][capacity][width], read in place. `length` positions are filled.
struct CacheView {
  CacheType type = CacheType::f32;
  const void* keys = nullptr;
  const void* values = nullptr;
  std::int64_t heads = 0, capacity = 0, width = 0, length = 0;
};

// q, out: [heads][width] float32. out = softmax(q k^T / sqrt(width)) v over all `length` positions (at least one), in float32:
//   score    = dot * (1 / sqrt(width)); the dot has 16 partial sums (column modulo 16) of fused multiply-adds, added as a tree of
//              halves (partial sum i and i + 8, then i and i + 4, ...); widths that are no multiple of 16 are padded with zeros
//   weight   = exponential(score - largest score)
//   out      = (chain of fused multiply-adds of weight * value over the positions in order) / total; the total of the weights has
//              16 partial sums too (position modulo 16)
struct AttentionQuestion {
  const float* q = nullptr;
  CacheView cache;
  float* out = nullptr;
};
// Several sequences, which may be of different lengths. Heads are shared among the threads of OpenMP.
void attend(const AttentionQuestion* questions, std::int64_t count, Instructions instructions = best_instructions());

// e^x for x <= 0, within 2e-7 of it relatively; 0 below -87. Fused operations in a fixed order, so the same everywhere.
float exponential(float x);

}  // namespace radfm::kernels
