// SPDX-License-Identifier: Apache-2.0
// The attention of decode_attention.h with AVX2 and FMA. Compiled for it: only attend_head_avx2 leaves this file.
#include <immintrin.h>

#include "pipeline/model/kernels/attention_head.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t lanes = 16, half_lanes = 8;

struct F32 {
  using Element = float;
  static __m256 load(const float* values) { return _mm256_loadu_ps(values); }
};
struct Bf16 {
  using Element = std::uint16_t;
  static __m256 load(const std::uint16_t* values) {
    const __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
    return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
  }
};

float tree_of_halves(__m256 lower, __m256 upper) {
  const __m256 eight = _mm256_add_ps(lower, upper);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// The scores of N positions, `apart` positions from one to the next.
template <class Type, int N>
void scores_of(const AttentionHead& head, std::int64_t first, std::int64_t apart) {
  const auto* const keys = static_cast<const typename Type::Element*>(head.keys);
  __m256 lower[N], upper[N];
  for (int i = 0; i < N; ++i) lower[i] = upper[i] = _mm256_setzero_ps();
  for (std::int64_t c = 0; c < head.width; c += lanes) {
    const __m256 q_lower = _mm256_loadu_ps(head.q + c), q_upper = _mm256_loadu_ps(head.q + c + half_lanes);
    for (int i = 0; i < N; ++i) {
      const auto* const key = keys + (first + i * apart) * head.width + c;
      lower[i] = _mm256_fmadd_ps(q_lower, Type::load(key), lower[i]);
      upper[i] = _mm256_fmadd_ps(q_upper, Type::load(key + half_lanes), upper[i]);
    }
  }
  for (int i = 0; i < N; ++i) head.weights[first + i * apart] = tree_of_halves(lower[i], upper[i]) * head.scale;
}

// Four far places are read beside one another.
template <class Type>
void scores(const AttentionHead& head) {
  const std::int64_t quarter = head.length / 4;
  for (std::int64_t p = 0; p < quarter; ++p) scores_of<Type, 4>(head, p, quarter);
  for (std::int64_t p = quarter * 4; p < head.length; ++p) scores_of<Type, 1>(head, p, 0);
}

__m256 exponentials(__m256 x) {
  const __m256 rounder = _mm256_set1_ps(exponential_rounder);
  const __m256 n = _mm256_sub_ps(_mm256_fmadd_ps(x, _mm256_set1_ps(exponential_log2e), rounder), rounder);
  const __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(exponential_ln2_low), _mm256_fnmadd_ps(n, _mm256_set1_ps(exponential_ln2_high), x));
  __m256 power = _mm256_set1_ps(exponential_series[0]);
  for (int i = 1; i < exponential_terms; ++i) power = _mm256_fmadd_ps(power, r, _mm256_set1_ps(exponential_series[i]));
  const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  const __m256 value = _mm256_mul_ps(power, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
  return _mm256_andnot_ps(_mm256_cmp_ps(x, _mm256_set1_ps(exponential_min), _CMP_LT_OQ), value);
}

// Scores to weights, and their total. Behind the last position stand scores whose weights are 0.
float weigh(const AttentionHead& head) {
  float highest = -__builtin_inff();
  for (std::int64_t p = 0; p < head.length; ++p) highest = head.weights[p] > highest ? head.weights[p] : highest;
  for (std::int64_t p = head.length; p % lanes != 0; ++p) head.weights[p] = -__builtin_inff();
  const __m256 subtrahend = _mm256_set1_ps(highest);
  __m256 totals[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
  for (std::int64_t p = 0; p < head.length; p += lanes)
    for (std::int64_t half = 0; half < 2; ++half) {
      float* const place = head.weights + p + half * half_lanes;
      const __m256 weights = exponentials(_mm256_sub_ps(_mm256_loadu_ps(place), subtrahend));
      _mm256_storeu_ps(place, weights);
      totals[half] = _mm256_add_ps(totals[half], weights);
    }
  return tree_of_halves(totals[0], totals[1]);
}

// Columns [first, first + 8 N) of the sum of weighted values.
template <class Type, int N>
void mix(const AttentionHead& head, std::int64_t first, float total) {
  const auto* values = static_cast<const typename Type::Element*>(head.values) + first;
  __m256 sums[N];
  for (int i = 0; i < N; ++i) sums[i] = _mm256_setzero_ps();
  for (std::int64_t p = 0; p < head.length; ++p, values += head.width) {
    const __m256 weight = _mm256_set1_ps(head.weights[p]);
    for (int i = 0; i < N; ++i) sums[i] = _mm256_fmadd_ps(weight, Type::load(values + i * half_lanes), sums[i]);
  }
  for (int i = 0; i < N; ++i)
    _mm256_storeu_ps(head.out + first + i * half_lanes, _mm256_div_ps(sums[i], _mm256_set1_ps(total)));
}

template <class Type>
void attend_type(const AttentionHead& head) {
  scores<Type>(head);
  const float total = weigh(head);
  std::int64_t first = 0;
  for (; first + 8 * half_lanes <= head.width; first += 8 * half_lanes) mix<Type, 8>(head, first, total);
  for (; first < head.width; first += 2 * half_lanes) mix<Type, 2>(head, first, total);
}

}  // namespace

void attend_head_avx2(const AttentionHead& head) {
  head.type == CacheType::f32 ? attend_type<F32>(head) : attend_type<Bf16>(head);
}

}  // namespace radfm::kernels
