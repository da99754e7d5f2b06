// SPDX-License-Identifier: Apache-2.0
// The attention of decode_attention.h with AVX-512. Compiled for it: only attend_head_avx512 leaves this file.
#include <immintrin.h>

#include "pipeline/model/kernels/attention_head.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t lanes = 16;
// So far ahead what lies in one stream, and in each of four, is asked for, into the second cache.
constexpr std::int64_t prefetch_of_one_bytes = 4096, prefetch_of_four_bytes = 1024;

struct F32 {
  using Element = float;
  static __m512 load(const float* values) { return _mm512_loadu_ps(values); }
};
struct Bf16 {
  using Element = std::uint16_t;
  static __m512 load(const std::uint16_t* values) {
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
};

template <std::int64_t bytes, class Element>
void prefetch(const Element* values) {
  _mm_prefetch(reinterpret_cast<const char*>(values) + bytes, _MM_HINT_T1);
}

float tree_of_halves(__m512 sums) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(sums),
                                     _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(sums), 1)));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// The dots of N positions, `apart` elements from one to the next.
template <class Type, int N>
void dots(const AttentionHead& head, const typename Type::Element* keys, std::int64_t apart, float* out, std::int64_t out_apart) {
  __m512 sums[N];
  for (int i = 0; i < N; ++i) sums[i] = _mm512_setzero_ps();
  for (std::int64_t c = 0; c < head.width; c += lanes) {
    const __m512 q = _mm512_loadu_ps(head.q + c);
    for (int i = 0; i < N; ++i) {
      const auto* const key = keys + i * apart + c;
      prefetch<prefetch_of_four_bytes>(key);
      sums[i] = _mm512_fmadd_ps(q, Type::load(key), sums[i]);
    }
  }
  for (int i = 0; i < N; ++i) out[i * out_apart] = tree_of_halves(sums[i]) * head.scale;
}

// Four far places are read beside one another.
template <class Type>
void scores(const AttentionHead& head) {
  const auto* const keys = static_cast<const typename Type::Element*>(head.keys);
  const std::int64_t quarter = head.length / 4;
  for (std::int64_t p = 0; p < quarter; ++p)
    dots<Type, 4>(head, keys + p * head.width, quarter * head.width, head.weights + p, quarter);
  for (std::int64_t p = quarter * 4; p < head.length; ++p) dots<Type, 1>(head, keys + p * head.width, 0, head.weights + p, 0);
}

__m512 exponentials(__m512 x) {
  const __m512 rounder = _mm512_set1_ps(exponential_rounder);
  const __m512 n = _mm512_sub_ps(_mm512_fmadd_ps(x, _mm512_set1_ps(exponential_log2e), rounder), rounder);
  const __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(exponential_ln2_low), _mm512_fnmadd_ps(n, _mm512_set1_ps(exponential_ln2_high), x));
  __m512 power = _mm512_set1_ps(exponential_series[0]);
  for (int i = 1; i < exponential_terms; ++i) power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(exponential_series[i]));
  const __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
  const __m512 value = _mm512_mul_ps(power, _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23)));
  const __mmask16 low = _mm512_cmp_ps_mask(x, _mm512_set1_ps(exponential_min), _CMP_LT_OQ);
  return _mm512_mask_mov_ps(value, low, _mm512_setzero_ps());
}

__mmask16 mask_of(std::int64_t left) { return static_cast<__mmask16>(left >= lanes ? 0xffff : (1 << left) - 1); }

// Scores to weights, and their total.
float weigh(const AttentionHead& head) {
  __m512 largest = _mm512_set1_ps(-__builtin_inff());
  for (std::int64_t p = 0; p < head.length; p += lanes) {
    const __mmask16 mask = mask_of(head.length - p);
    largest = _mm512_mask_max_ps(largest, mask, _mm512_maskz_loadu_ps(mask, head.weights + p), largest);
  }
  const __m512 highest = _mm512_set1_ps(_mm512_reduce_max_ps(largest));
  __m512 totals = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < head.length; p += lanes) {
    const __mmask16 mask = mask_of(head.length - p);
    const __m512 scores = _mm512_maskz_loadu_ps(mask, head.weights + p);
    const __m512 weights = _mm512_maskz_mov_ps(mask, exponentials(_mm512_sub_ps(scores, highest)));
    _mm512_storeu_ps(head.weights + p, weights);
    totals = _mm512_add_ps(totals, weights);
  }
  return tree_of_halves(totals);
}

// Columns [first, first + 16 N) of the sum of weighted values.
template <class Type, int N>
void mix(const AttentionHead& head, std::int64_t first, float total) {
  const auto* values = static_cast<const typename Type::Element*>(head.values) + first;
  __m512 sums[N];
  for (int i = 0; i < N; ++i) sums[i] = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < head.length; ++p, values += head.width) {
    const __m512 weight = _mm512_set1_ps(head.weights[p]);
    for (int i = 0; i < N; ++i) {
      prefetch<prefetch_of_one_bytes>(values + i * lanes);
      sums[i] = _mm512_fmadd_ps(weight, Type::load(values + i * lanes), sums[i]);
    }
  }
  for (int i = 0; i < N; ++i) _mm512_storeu_ps(head.out + first + i * lanes, _mm512_div_ps(sums[i], _mm512_set1_ps(total)));
}

template <class Type>
void attend_type(const AttentionHead& head) {
  scores<Type>(head);
  const float total = weigh(head);
  std::int64_t first = 0;
  for (; first + 8 * lanes <= head.width; first += 8 * lanes) mix<Type, 8>(head, first, total);
  for (; first + 4 * lanes <= head.width; first += 4 * lanes) mix<Type, 4>(head, first, total);
  for (; first < head.width; first += lanes) mix<Type, 1>(head, first, total);
}

}  // namespace

void attend_head_avx512(const AttentionHead& head) {
  head.type == CacheType::f32 ? attend_type<F32>(head) : attend_type<Bf16>(head);
}

}  // namespace radfm::kernels
