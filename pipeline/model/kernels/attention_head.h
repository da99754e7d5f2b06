// SPDX-License-Identifier: Apache-2.0
// What the kernels of attention are given: one head of one sequence. For decode_attention*.cpp alone; no code stands here
// (matrix_vector_layout.h says why).
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/decode_attention.h"
#include "pipeline/model/kernels/exponential.h"

namespace radfm::kernels {

struct AttentionHead {
  CacheType type = CacheType::f32;
  const void* keys = nullptr;    // [length][width]
  const void* values = nullptr;  // [length][width]
  std::int64_t width = 0, length = 0;
  float scale = 0;               // 1 / sqrt(width)
  const float* q = nullptr;      // [width]
  float* out = nullptr;          // [width]
  float* weights = nullptr;      // scratch [length, rounded up to 16]
};

void attend_head_portable(const AttentionHead& head);
#ifdef RADFM_X86_KERNELS
void attend_head_avx2(const AttentionHead& head);         // width a multiple of 16
void attend_head_avx512(const AttentionHead& head);       // width a multiple of 16
void attend_head_avx512_near(const AttentionHead& head);  // asks ahead into the first cache, as multiply_tiles_avx512_near
#endif

}  // namespace radfm::kernels
