// SPDX-License-Identifier: Apache-2.0
// The products of matrix_vector.h with AVX2 and FMA. Compiled for it: only multiply_tiles_avx2 leaves this file.
//
// A tile's 16 rows are two registers: each half of the lines is a pass of its own, over T tiles and V vectors at once.
#include <immintrin.h>

#include "pipeline/model/kernels/matrix_vector_layout.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t half_rows = 8, half_bytes = 32;

// One pass: the upper or lower half of the lines of T tiles, V of the block's vectors.
struct Pass {
  const TileProduct& product;
  std::int64_t half, tile, vector;

  const std::uint8_t* values(std::int64_t t) const { return product.values[tile + t] + half * half_bytes; }
  const std::uint32_t* words() const { return product.words + 2 * vector; }
  std::int64_t step() const { return 2 * product.vectors; }  // words from one unit to the next
  float* results(std::int64_t t, std::int64_t v) const {
    return product.results + ((tile + t) * product.vectors + vector + v) * tile_rows + half * half_rows;
  }
  float scale(std::int64_t v) const { return product.vector_scales[vector + v]; }
};

__m256i half_line(const std::uint8_t* values) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(values)); }
__m256 broadcast_float(const std::uint32_t* word) { return _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(*word))); }
__m256i broadcast_word(const std::uint32_t* word) { return _mm256_set1_epi32(static_cast<int>(*word)); }

template <int T, int V>
struct Chains {
  __m256 even[T][V], odd[T][V];

  Chains() {
    for (int t = 0; t < T; ++t)
      for (int v = 0; v < V; ++v) even[t][v] = odd[t][v] = _mm256_setzero_ps();
  }
  void add_even(int t, __m256 values, const std::uint32_t* x) {
    for (int v = 0; v < V; ++v) even[t][v] = _mm256_fmadd_ps(values, broadcast_float(x + 2 * v), even[t][v]);
  }
  void add_odd(int t, __m256 values, const std::uint32_t* x) {
    for (int v = 0; v < V; ++v) odd[t][v] = _mm256_fmadd_ps(values, broadcast_float(x + 2 * v + 1), odd[t][v]);
  }
  void store(const Pass& pass) const {
    for (int t = 0; t < T; ++t)
      for (int v = 0; v < V; ++v) _mm256_storeu_ps(pass.results(t, v), _mm256_add_ps(even[t][v], odd[t][v]));
  }
};

template <int T, int V>
void multiply_f32(const Pass& pass) {
  Chains<T, V> sums;
  const std::uint32_t* x = pass.words();
  std::int64_t line = 0;
  for (; line + 1 < pass.product.lines; line += 2, x += pass.step())
    for (int t = 0; t < T; ++t) {
      const std::uint8_t* const values = pass.values(t) + line * line_bytes;
      sums.add_even(t, _mm256_castsi256_ps(half_line(values)), x);
      sums.add_odd(t, _mm256_castsi256_ps(half_line(values + line_bytes)), x);
    }
  if (line < pass.product.lines)
    for (int t = 0; t < T; ++t) sums.add_even(t, _mm256_castsi256_ps(half_line(pass.values(t) + line * line_bytes)), x);
  sums.store(pass);
}

template <int T, int V>
void multiply_bf16(const Pass& pass) {
  Chains<T, V> sums;
  const __m256i upper_half = _mm256_set1_epi32(static_cast<int>(0xffff0000));
  const std::uint32_t* x = pass.words();
  for (std::int64_t line = 0; line < pass.product.lines; ++line, x += pass.step())
    for (int t = 0; t < T; ++t) {
      const __m256i pair = half_line(pass.values(t) + line * line_bytes);
      sums.add_even(t, _mm256_castsi256_ps(_mm256_slli_epi32(pair, 16)), x);
      sums.add_odd(t, _mm256_castsi256_ps(_mm256_and_si256(pair, upper_half)), x);
    }
  sums.store(pass);
}

// H and L.
template <int T, int V>
struct DigitSums {
  __m256i high[T][V], low[T][V];

  explicit DigitSums(const std::int32_t* offsets) {
    for (int v = 0; v < V; ++v)
      for (int t = 0; t < T; ++t) {
        high[t][v] = _mm256_set1_epi32(offsets[2 * v]);
        low[t][v] = _mm256_set1_epi32(offsets[2 * v + 1]);
      }
  }
  // Any bytes: bytes 0 and 2 of each word, and 1 and 3, as 16 bits, since pairs of products of bytes would not fit 16.
  void add_bytes(int t, __m256i values, const std::uint32_t* x) {
    const __m256i first = _mm256_and_si256(values, _mm256_set1_epi16(0x00ff)), second = _mm256_srli_epi16(values, 8);
    for (int v = 0; v < V; ++v) {
      high[t][v] = _mm256_add_epi32(high[t][v], dot(first, second, broadcast_word(x + 2 * v)));
      low[t][v] = _mm256_add_epi32(low[t][v], dot(first, second, broadcast_word(x + 2 * v + 1)));
    }
  }
  // Bytes up to 15: two products of bytes fit 16 bits.
  void add_small(int t, __m256i values, const std::uint32_t* x) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (int v = 0; v < V; ++v) {
      high[t][v] = _mm256_add_epi32(high[t][v], _mm256_madd_epi16(_mm256_maddubs_epi16(values, broadcast_word(x + 2 * v)), ones));
      low[t][v] = _mm256_add_epi32(low[t][v], _mm256_madd_epi16(_mm256_maddubs_epi16(values, broadcast_word(x + 2 * v + 1)), ones));
    }
  }
  __m256 joined(int t, int v) const {
    return _mm256_fmadd_ps(_mm256_set1_ps(256), _mm256_cvtepi32_ps(high[t][v]), _mm256_cvtepi32_ps(low[t][v]));
  }

 private:
  static __m256i dot(__m256i first, __m256i second, __m256i digits) {
    const __m256i first_digits = _mm256_srai_epi16(_mm256_slli_epi16(digits, 8), 8), second_digits = _mm256_srai_epi16(digits, 8);
    return _mm256_add_epi32(_mm256_madd_epi16(first, first_digits), _mm256_madd_epi16(second, second_digits));
  }
};

template <int T, int V>
void multiply_int8(const Pass& pass) {
  DigitSums<T, V> sums(pass.product.offsets + 2 * pass.vector);
  const std::uint32_t* x = pass.words();
  for (std::int64_t line = 0; line < pass.product.lines; ++line, x += pass.step())
    for (int t = 0; t < T; ++t) sums.add_bytes(t, half_line(pass.values(t) + line * line_bytes), x);
  for (int t = 0; t < T; ++t) {
    const __m256 scale = _mm256_loadu_ps(static_cast<const float*>(pass.product.scales[pass.tile + t]) + pass.half * half_rows);
    for (int v = 0; v < V; ++v) {
      const __m256 both = _mm256_mul_ps(scale, _mm256_set1_ps(pass.scale(v)));
      _mm256_storeu_ps(pass.results(t, v), _mm256_mul_ps(sums.joined(t, v), both));
    }
  }
}

__m256 widened_bf16(const std::uint16_t* values) {
  const __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
  return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
}

template <int T, int V>
void multiply_int4(const Pass& pass) {
  constexpr std::int64_t group_lines = group_columns / 8;
  const __m256i lower_half = _mm256_set1_epi8(0x0f);
  const std::uint32_t* x = pass.words();
  __m256 y[T][V];
  for (int t = 0; t < T; ++t)
    for (int v = 0; v < V; ++v) y[t][v] = _mm256_setzero_ps();
  for (std::int64_t group = 0; group < pass.product.lines / group_lines; ++group) {
    DigitSums<T, V> sums(pass.product.offsets + (group * pass.product.vectors + pass.vector) * 2);
    for (std::int64_t line = group * group_lines; line < (group + 1) * group_lines; ++line, x += 2 * pass.step())
      for (int t = 0; t < T; ++t) {
        const __m256i pair = half_line(pass.values(t) + line * line_bytes);
        sums.add_small(t, _mm256_and_si256(pair, lower_half), x);
        sums.add_small(t, _mm256_and_si256(_mm256_srli_epi32(pair, 4), lower_half), x + pass.step());
      }
    for (int t = 0; t < T; ++t) {
      const __m256 scale = widened_bf16(static_cast<const std::uint16_t*>(pass.product.scales[pass.tile + t]) + group * tile_rows +
                                        pass.half * half_rows);
      for (int v = 0; v < V; ++v) y[t][v] = _mm256_fmadd_ps(sums.joined(t, v), scale, y[t][v]);
    }
  }
  for (int t = 0; t < T; ++t)
    for (int v = 0; v < V; ++v) _mm256_storeu_ps(pass.results(t, v), _mm256_mul_ps(y[t][v], _mm256_set1_ps(pass.scale(v))));
}

template <int T, int V>
void multiply_type(const Pass& pass) {
  switch (pass.product.type) {
    case PackedType::f32:
      return multiply_f32<T, V>(pass);
    case PackedType::bf16:
      return multiply_bf16<T, V>(pass);
    case PackedType::int8:
      return multiply_int8<T, V>(pass);
    case PackedType::int4:
      return multiply_int4<T, V>(pass);
  }
}

// Four tiles of one vector, two of two, one of more: eight sums in registers at most.
template <int T, int V>
void multiply_passes(const TileProduct& product, std::int64_t tile, std::int64_t vector) {
  for (const std::int64_t half : {0, 1}) multiply_type<T, V>(Pass{product, half, tile, vector});
}

void multiply_tile(const TileProduct& product, std::int64_t tile) {
  std::int64_t vector = 0;
  for (; vector + 4 <= product.vectors; vector += 4) multiply_passes<1, 4>(product, tile, vector);
  switch (product.vectors - vector) {
    case 1:
      return multiply_passes<1, 1>(product, tile, vector);
    case 2:
      return multiply_passes<1, 2>(product, tile, vector);
    case 3:
      return multiply_passes<1, 3>(product, tile, vector);
    default:
      return;
  }
}

}  // namespace

void multiply_tiles_avx2(const TileProduct& product) {
  if (product.tiles == 4 && product.vectors == 1) return multiply_passes<4, 1>(product, 0, 0);
  if (product.tiles == 4 && product.vectors == 2) {
    multiply_passes<2, 2>(product, 0, 0);
    return multiply_passes<2, 2>(product, 2, 0);
  }
  for (std::int64_t tile = 0; tile < product.tiles; ++tile) multiply_tile(product, tile);
}

}  // namespace radfm::kernels
