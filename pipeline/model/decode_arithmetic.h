// SPDX-License-Identifier: Apache-2.0
// What a decoding step does between its products, for one sequence each, in float32. Every sum is taken in one order, so that
// the same values give the same bits whatever is computed beside them.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/decode_attention.h"

namespace radfm::model {

// out = x / sqrt(mean of x^2 + eps) * weight, each [width]. The mean is of 16 partial sums (place modulo 16), added in order.
void rms_norm(const float* x, const float* weight, std::int64_t width, float eps, float* out);

// x [heads][width]: (first half, second half) of each head becomes x * cos + (-second, first) * sin; cos, sin [width].
void rotate(float* x, std::int64_t heads, std::int64_t width, const float* cos, const float* sin);

// up = silu(gate) * up, each [count]; silu(g) = g / (1 + e^-g).
void gate(const float* gate, float* up, std::int64_t count);

// Writes x [heads][width] as position `position` of a cache [heads][capacity][width], rounded to the nearest where it is bfloat16.
void write_position(const float* x, std::int64_t heads, std::int64_t width, std::int64_t capacity, std::int64_t position,
                    kernels::CacheType type, void* cache);

}  // namespace radfm::model
