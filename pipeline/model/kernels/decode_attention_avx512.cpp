// SPDX-License-Identifier: Apache-2.0
// The attention of decode_attention.h with AVX-512. Compiled for it: only attend_head_avx512 and attend_head_avx512_near leave it.
#include <immintrin.h>

#include "pipeline/model/kernels/attention_head.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t lanes = 16, line_bytes = 64;
// So far ahead what lies in one stream, and in each of four, is asked for.
constexpr std::int64_t prefetch_of_one_bytes = 2048, prefetch_of_four_bytes = 1024;

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

// Asks for the lines of `count` elements, so far ahead.
template <_mm_hint cache, class Element>
void prefetch(const Element* values, std::int64_t count, std::int64_t ahead_bytes) {
  const char* const first = reinterpret_cast<const char*>(values) + ahead_bytes;
  for (std::int64_t i = 0; i < count * static_cast<std::int64_t>(sizeof(Element)); i += line_bytes) _mm_prefetch(first + i, cache);
}

float tree_of_halves(__m512 sums) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(sums),
                                     _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(sums), 1)));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// Four trees at once: the sum of sums[i] is in the first lane of quarter i.
__m512 trees_of_halves(const __m512 (&sums)[4]) {
  const auto eight = [](__m512 a, __m512 b) { return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee)); };
  const __m512 first = eight(sums[0], sums[1]), second = eight(sums[2], sums[3]);
  const __m512 four = _mm512_add_ps(_mm512_shuffle_f32x4(first, second, 0x88), _mm512_shuffle_f32x4(first, second, 0xdd));
  const __m512 two = _mm512_add_ps(four, _mm512_permute_ps(four, 0x4e));
  return _mm512_add_ps(two, _mm512_permute_ps(two, 0xb1));
}

// The scores of positions first + i * apart: four far places are read beside one another.
template <class Type, _mm_hint cache>
void four_scores(const AttentionHead& head, std::int64_t first, std::int64_t apart) {
  const auto* const keys = static_cast<const typename Type::Element*>(head.keys) + first * head.width;
  const std::int64_t step = apart * head.width;
  __m512 sums[4];
  for (int i = 0; i < 4; ++i) {
    prefetch<cache>(keys + i * step, head.width, prefetch_of_four_bytes);
    sums[i] = _mm512_setzero_ps();
  }
  for (std::int64_t c = 0; c < head.width; c += lanes) {
    const __m512 q = _mm512_loadu_ps(head.q + c);
    for (int i = 0; i < 4; ++i) sums[i] = _mm512_fmadd_ps(q, Type::load(keys + i * step + c), sums[i]);
  }
  const __m512 scores = _mm512_mul_ps(trees_of_halves(sums), _mm512_set1_ps(head.scale));
  float* const out = head.weights + first;
  _mm_store_ss(out, _mm512_castps512_ps128(scores));
  _mm_store_ss(out + apart, _mm512_extractf32x4_ps(scores, 1));
  _mm_store_ss(out + 2 * apart, _mm512_extractf32x4_ps(scores, 2));
  _mm_store_ss(out + 3 * apart, _mm512_extractf32x4_ps(scores, 3));
}

template <class Type>
void one_score(const AttentionHead& head, std::int64_t position) {
  const auto* const key = static_cast<const typename Type::Element*>(head.keys) + position * head.width;
  __m512 sums = _mm512_setzero_ps();
  for (std::int64_t c = 0; c < head.width; c += lanes) sums = _mm512_fmadd_ps(_mm512_loadu_ps(head.q + c), Type::load(key + c), sums);
  head.weights[position] = tree_of_halves(sums) * head.scale;
}

template <class Type, _mm_hint cache>
void scores(const AttentionHead& head) {
  const std::int64_t quarter = head.length / 4;
  for (std::int64_t p = 0; p < quarter; ++p) four_scores<Type, cache>(head, p, quarter);
  for (std::int64_t p = quarter * 4; p < head.length; ++p) one_score<Type>(head, p);
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
template <class Type, _mm_hint cache, int N>
void mix(const AttentionHead& head, std::int64_t first, float total) {
  const auto* values = static_cast<const typename Type::Element*>(head.values) + first;
  __m512 sums[N];
  for (int i = 0; i < N; ++i) sums[i] = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < head.length; ++p, values += head.width) {
    const __m512 weight = _mm512_set1_ps(head.weights[p]);
    prefetch<cache>(values, N * lanes, prefetch_of_one_bytes);
    for (int i = 0; i < N; ++i) sums[i] = _mm512_fmadd_ps(weight, Type::load(values + i * lanes), sums[i]);
  }
  for (int i = 0; i < N; ++i) _mm512_storeu_ps(head.out + first + i * lanes, _mm512_div_ps(sums[i], _mm512_set1_ps(total)));
}

template <class Type, _mm_hint cache>
void attend_type(const AttentionHead& head) {
  scores<Type, cache>(head);
  const float total = weigh(head);
  std::int64_t first = 0;
  for (; first + 8 * lanes <= head.width; first += 8 * lanes) mix<Type, cache, 8>(head, first, total);
  for (; first + 4 * lanes <= head.width; first += 4 * lanes) mix<Type, cache, 4>(head, first, total);
  for (; first < head.width; first += lanes) mix<Type, cache, 1>(head, first, total);
}

template <_mm_hint cache>
void attend_head(const AttentionHead& head) {
  head.type == CacheType::f32 ? attend_type<F32, cache>(head) : attend_type<Bf16, cache>(head);
}

}  // namespace

void attend_head_avx512(const AttentionHead& head) { attend_head<_MM_HINT_T1>(head); }
void attend_head_avx512_near(const AttentionHead& head) { attend_head<_MM_HINT_T0>(head); }

}  // namespace radfm::kernels
