// SPDX-License-Identifier: Apache-2.0
// Attention as decode_attention.h defines it, in plain loops: what the others are compared with.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "pipeline/model/kernels/attention_head.h"
#include "pipeline/model/kernels/bfloat16.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t lanes = 16;

float element(const AttentionHead& head, const void* values, std::int64_t index) {
  return head.type == CacheType::f32 ? static_cast<const float*>(values)[index]
                                     : f32_of_bf16(static_cast<const std::uint16_t*>(values)[index]);
}

float tree_of_halves(float (&sums)[lanes]) {
  for (std::int64_t half = lanes / 2; half > 0; half /= 2)
    for (std::int64_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  return sums[0];
}

float score(const AttentionHead& head, std::int64_t position) {
  float sums[lanes] = {};
  for (std::int64_t c = 0; c < (head.width + lanes - 1) / lanes * lanes; ++c) {
    const bool inside = c < head.width;
    const float key = inside ? element(head, head.keys, position * head.width + c) : 0;
    sums[c % lanes] = std::fma(inside ? head.q[c] : 0, key, sums[c % lanes]);
  }
  return tree_of_halves(sums) * head.scale;
}

}  // namespace

float exponential(float x) {
  if (x < exponential_min) return 0;
  const float n = std::fma(x, exponential_log2e, exponential_rounder) - exponential_rounder;
  const float r = std::fma(-n, exponential_ln2_low, std::fma(-n, exponential_ln2_high, x));
  float power = exponential_series[0];
  for (int i = 1; i < exponential_terms; ++i) power = std::fma(power, r, exponential_series[i]);
  const int exponent = n < 0 ? static_cast<int>(n) : 0;  // of no number: 0
  return power * std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
}

void attend_head_portable(const AttentionHead& head) {
  float largest = -std::numeric_limits<float>::infinity();
  for (std::int64_t p = 0; p < head.length; ++p) {
    head.weights[p] = score(head, p);
    largest = std::max(largest, head.weights[p]);
  }
  float totals[lanes] = {};
  for (std::int64_t p = 0; p < head.length; ++p) {
    head.weights[p] = exponential(head.weights[p] - largest);
    totals[p % lanes] += head.weights[p];
  }
  const float total = tree_of_halves(totals);
  std::fill(head.out, head.out + head.width, 0.0f);
  for (std::int64_t p = 0; p < head.length; ++p)
    for (std::int64_t c = 0; c < head.width; ++c)
      head.out[c] = std::fma(head.weights[p], element(head, head.values, p * head.width + c), head.out[c]);
  for (std::int64_t c = 0; c < head.width; ++c) head.out[c] /= total;
}

}  // namespace radfm::kernels
