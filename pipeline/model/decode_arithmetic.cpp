// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/decode_arithmetic.h"

#include <c10/util/BFloat16.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "pipeline/model/kernels/exponential.h"

namespace radfm::model {

void rms_norm(const float* x, const float* weight, std::int64_t width, float eps, float* out) {
  constexpr std::int64_t lanes = 16;
  std::array<float, lanes> sums{};
  std::int64_t i = 0;
  for (; i + lanes <= width; i += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) sums[static_cast<std::size_t>(lane)] += x[i + lane] * x[i + lane];
  for (std::int64_t lane = 0; i + lane < width; ++lane) sums[static_cast<std::size_t>(lane)] += x[i + lane] * x[i + lane];
  float sum = 0;
  for (const float lane : sums) sum += lane;
  const float scale = 1.0f / std::sqrt(sum / static_cast<float>(width) + eps);
  for (std::int64_t k = 0; k < width; ++k) out[k] = x[k] * scale * weight[k];
}

void rotate(float* x, std::int64_t heads, std::int64_t width, const float* cos, const float* sin) {
  const std::int64_t half = width / 2;
  for (std::int64_t head = 0; head < heads; ++head, x += width) {
    for (std::int64_t i = 0; i < half; ++i) {
      const float first = x[i], second = x[half + i];
      x[i] = first * cos[i] - second * sin[i];
      x[half + i] = second * cos[half + i] + first * sin[half + i];
    }
  }
}

namespace {

// e^x as the attention's kernels have it, without a branch and without fused steps, so that the compiler takes several at once.
// Above 87 it is infinite.
inline float exponential(float x) {
  const float bounded = x < kernels::exponential_min ? kernels::exponential_min : x;
  const float shifted = bounded * kernels::exponential_log2e + kernels::exponential_rounder;
  const float n = shifted - kernels::exponential_rounder;
  const float r = bounded - n * kernels::exponential_ln2_high - n * kernels::exponential_ln2_low;
  float power = kernels::exponential_series[0];
  for (int i = 1; i < kernels::exponential_terms; ++i) power = power * r + kernels::exponential_series[i];
  const std::uint32_t whole = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kernels::exponential_rounder);
  const float value = power * std::bit_cast<float>((whole + 127u) << 23);
  return x > -kernels::exponential_min ? std::numeric_limits<float>::infinity() : value;
}

}  // namespace

void gate(const float* gate, float* up, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) up[i] *= gate[i] / (1.0f + exponential(-gate[i]));
}

void write_position(const float* x, std::int64_t heads, std::int64_t width, std::int64_t capacity, std::int64_t position,
                    kernels::CacheType type, void* cache) {
  for (std::int64_t head = 0; head < heads; ++head) {
    const float* from = x + head * width;
    const std::int64_t place = (head * capacity + position) * width;
    if (type == kernels::CacheType::f32)
      std::copy_n(from, width, static_cast<float*>(cache) + place);
    else
      std::copy_n(from, width, static_cast<c10::BFloat16*>(cache) + place);
  }
}

}  // namespace radfm::model
