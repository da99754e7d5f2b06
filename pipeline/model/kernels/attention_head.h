// SPDX-License-Identifier: Apache-2.0
// What the kernels of attention are given: one head of one sequence. For decode_attention*.cpp alone; no code stands here
// (matrix_vector_layout.h says why).
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/decode_attention.h"

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

// The constants of exponential(): x = n ln 2 + r, with ln 2 in two parts, and e^r by its series to the 7th power.
inline constexpr float exponential_min = -87;
inline constexpr float exponential_log2e = 1.44269504f;
inline constexpr float exponential_ln2_high = 0.693145752f;  // 16 bits, so that n times it is exact
inline constexpr float exponential_ln2_low = 1.42860677e-6f;
inline constexpr float exponential_rounder = 12582912;          // 1.5 * 2^23: adding it rounds to whole numbers
inline constexpr int exponential_terms = 8;
inline constexpr float exponential_series[exponential_terms] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1, 1};

void attend_head_portable(const AttentionHead& head);
#ifdef RADFM_X86_KERNELS
void attend_head_avx2(const AttentionHead& head);    // width a multiple of 16
void attend_head_avx512(const AttentionHead& head);  // width a multiple of 16
#endif

}  // namespace radfm::kernels
