// SPDX-License-Identifier: Apache-2.0
// The products of matrix_vector.h with AVX-512 and VNNI. Compiled for it: only multiply_tiles_avx512 and
// multiply_tiles_avx512_near leave this file.
//
// A register's lanes are the 16 rows of a tile. Each kernel keeps the sums of T tiles and V vectors in registers: a line
// of weights is read and widened once for all V vectors.
#include <immintrin.h>

#include "pipeline/model/kernels/matrix_vector_layout.h"

namespace radfm::kernels {
namespace {

// So far ahead each stream's weights are asked for, as measured: farther where there are few streams.
constexpr std::int64_t prefetch_bytes(int tiles) { return tiles < 3 ? 4096 : 1024; }

// T streams of weights, asked ahead into `cache`.
template <int T, _mm_hint cache>
struct Lines {
  const std::uint8_t* of[T];

  explicit Lines(const TileProduct& product) {
    for (int t = 0; t < T; ++t) of[t] = product.values[t];
  }
  __m512i take(int t) {
    const __m512i line = _mm512_load_si512(of[t]);
    _mm_prefetch(reinterpret_cast<const char*>(of[t] + prefetch_bytes(T)), cache);
    of[t] += line_bytes;
    return line;
  }
};

__m512 broadcast_float(const std::uint32_t* word) { return _mm512_castsi512_ps(_mm512_set1_epi32(static_cast<int>(*word))); }
__m512i broadcast_word(const std::uint32_t* word) { return _mm512_set1_epi32(static_cast<int>(*word)); }

// The chains over the even and the odd columns.
template <int T, int V>
struct Chains {
  __m512 even[T][V], odd[T][V];

  Chains() {
    for (int t = 0; t < T; ++t)
      for (int v = 0; v < V; ++v) even[t][v] = odd[t][v] = _mm512_setzero_ps();
  }
  void store(float* results) const {
    for (int t = 0; t < T; ++t)
      for (int v = 0; v < V; ++v) _mm512_storeu_ps(results + (t * V + v) * tile_rows, _mm512_add_ps(even[t][v], odd[t][v]));
  }
};

template <int T, int V, _mm_hint cache>
void multiply_f32(const TileProduct& product) {
  Chains<T, V> sums;
  Lines<T, cache> lines(product);
  const std::uint32_t* x = product.words;
  std::int64_t line = 0;
  for (; line + 1 < product.lines; line += 2, x += 2 * V)
    for (int t = 0; t < T; ++t) {
      const __m512 even = _mm512_castsi512_ps(lines.take(t)), odd = _mm512_castsi512_ps(lines.take(t));
      for (int v = 0; v < V; ++v) {
        sums.even[t][v] = _mm512_fmadd_ps(even, broadcast_float(x + 2 * v), sums.even[t][v]);
        sums.odd[t][v] = _mm512_fmadd_ps(odd, broadcast_float(x + 2 * v + 1), sums.odd[t][v]);
      }
    }
  if (line < product.lines)
    for (int t = 0; t < T; ++t) {
      const __m512 even = _mm512_castsi512_ps(lines.take(t));
      for (int v = 0; v < V; ++v) sums.even[t][v] = _mm512_fmadd_ps(even, broadcast_float(x + 2 * v), sums.even[t][v]);
    }
  sums.store(product.results);
}

template <int T, int V, _mm_hint cache>
void multiply_bf16(const TileProduct& product) {
  Chains<T, V> sums;
  Lines<T, cache> lines(product);
  const __m512i upper_half = _mm512_set1_epi32(static_cast<int>(0xffff0000));
  const std::uint32_t* x = product.words;
  for (std::int64_t line = 0; line < product.lines; ++line, x += 2 * V)
    for (int t = 0; t < T; ++t) {
      const __m512i pair = lines.take(t);
      const __m512 even = _mm512_castsi512_ps(_mm512_slli_epi32(pair, 16));
      const __m512 odd = _mm512_castsi512_ps(_mm512_and_si512(pair, upper_half));
      for (int v = 0; v < V; ++v) {
        sums.even[t][v] = _mm512_fmadd_ps(even, broadcast_float(x + 2 * v), sums.even[t][v]);
        sums.odd[t][v] = _mm512_fmadd_ps(odd, broadcast_float(x + 2 * v + 1), sums.odd[t][v]);
      }
    }
  sums.store(product.results);
}

// H and L of T tiles and V vectors.
template <int T, int V>
struct DigitSums {
  __m512i high[T][V], low[T][V];

  explicit DigitSums(const std::int32_t* offsets) {
    for (int v = 0; v < V; ++v)
      for (int t = 0; t < T; ++t) {
        high[t][v] = _mm512_set1_epi32(offsets[2 * v]);
        low[t][v] = _mm512_set1_epi32(offsets[2 * v + 1]);
      }
  }
  void add(int t, __m512i values, const std::uint32_t* x) {
    for (int v = 0; v < V; ++v) {
      high[t][v] = _mm512_dpbusd_epi32(high[t][v], values, broadcast_word(x + 2 * v));
      low[t][v] = _mm512_dpbusd_epi32(low[t][v], values, broadcast_word(x + 2 * v + 1));
    }
  }
  __m512 joined(int t, int v) const {
    return _mm512_fmadd_ps(_mm512_set1_ps(256), _mm512_cvtepi32_ps(high[t][v]), _mm512_cvtepi32_ps(low[t][v]));
  }
};

template <int T, int V, _mm_hint cache>
void multiply_int8(const TileProduct& product) {
  DigitSums<T, V> sums(product.offsets);
  Lines<T, cache> lines(product);
  for (int t = 0; t < T; ++t) _mm_prefetch(static_cast<const char*>(product.scales[t]), _MM_HINT_T0);  // needed in the end
  const std::uint32_t* x = product.words;
  for (std::int64_t line = 0; line < product.lines; ++line, x += 2 * V)
    for (int t = 0; t < T; ++t) sums.add(t, lines.take(t), x);
  for (int t = 0; t < T; ++t) {
    const __m512 scale = _mm512_loadu_ps(product.scales[t]);
    for (int v = 0; v < V; ++v) {
      const __m512 both = _mm512_mul_ps(scale, _mm512_set1_ps(product.vector_scales[v]));
      _mm512_storeu_ps(product.results + (t * V + v) * tile_rows, _mm512_mul_ps(sums.joined(t, v), both));
    }
  }
}

__m512 widened_bf16(const std::uint16_t* values) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(
      _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(values))), 16));
}

// Sums of a group of int4. Where the registers suffice, values in the upper halves of bytes are multiplied where they stand, 16 times
// too large, and their sums are put right in the end, which is exact: one shift a group instead of one a line.
template <int T, int V>
struct GroupSums {
  static constexpr bool in_place = T * V <= 4;
  DigitSums<T, V> sums, upper;

  explicit GroupSums(const std::int32_t* offsets) : sums(offsets), upper(nothing) {}
  void add(int t, __m512i pair, const std::uint32_t* x) {
    const __m512i lower_half = _mm512_set1_epi8(0x0f);
    sums.add(t, _mm512_and_si512(pair, lower_half), x);
    if constexpr (in_place)
      upper.add(t, _mm512_andnot_si512(lower_half, pair), x + 2 * V);
    else
      sums.add(t, _mm512_and_si512(_mm512_srli_epi32(pair, 4), lower_half), x + 2 * V);
  }
  __m512 joined(int t, int v) {
    if constexpr (in_place) {
      sums.high[t][v] = _mm512_add_epi32(sums.high[t][v], _mm512_srai_epi32(upper.high[t][v], 4));
      sums.low[t][v] = _mm512_add_epi32(sums.low[t][v], _mm512_srai_epi32(upper.low[t][v], 4));
    }
    return sums.joined(t, v);
  }

 private:
  static constexpr std::int32_t nothing[2 * V] = {};
};

template <int T, int V, _mm_hint cache>
void multiply_int4(const TileProduct& product) {
  constexpr std::int64_t group_lines = group_columns / 8, scales_ahead = 8;  // groups
  const std::uint16_t* scales[T];
  for (int t = 0; t < T; ++t) scales[t] = static_cast<const std::uint16_t*>(product.scales[t]);
  Lines<T, cache> lines(product);
  const std::uint32_t* x = product.words;
  __m512 y[T][V];
  for (int t = 0; t < T; ++t)
    for (int v = 0; v < V; ++v) y[t][v] = _mm512_setzero_ps();
  for (std::int64_t group = 0; group < product.lines / group_lines; ++group) {
    GroupSums<T, V> sums(product.offsets + group * V * 2);
    for (int t = 0; t < T; ++t)
      _mm_prefetch(reinterpret_cast<const char*>(scales[t] + (group + scales_ahead) * tile_rows), _MM_HINT_T0);
    for (std::int64_t line = 0; line < group_lines; ++line, x += 4 * V)
      for (int t = 0; t < T; ++t) sums.add(t, lines.take(t), x);
    for (int t = 0; t < T; ++t) {
      const __m512 scale = widened_bf16(scales[t] + group * tile_rows);
      for (int v = 0; v < V; ++v) y[t][v] = _mm512_fmadd_ps(sums.joined(t, v), scale, y[t][v]);
    }
  }
  for (int t = 0; t < T; ++t)
    for (int v = 0; v < V; ++v)
      _mm512_storeu_ps(product.results + (t * V + v) * tile_rows, _mm512_mul_ps(y[t][v], _mm512_set1_ps(product.vector_scales[v])));
}

template <int T, int V, _mm_hint cache>
void multiply_type(const TileProduct& product) {
  switch (product.type) {
    case PackedType::f32:
      return multiply_f32<T, V, cache>(product);
    case PackedType::bf16:
      return multiply_bf16<T, V, cache>(product);
    case PackedType::int8:
      return multiply_int8<T, V, cache>(product);
    case PackedType::int4:
      return multiply_int4<T, V, cache>(product);
  }
}

template <int V, _mm_hint cache>
void multiply_vectors(const TileProduct& product) {
  constexpr std::int64_t most = tiles_at_once(V);
  if constexpr (most >= 4)
    if (product.tiles == 4) return multiply_type<4, V, cache>(product);
  if constexpr (most >= 3)
    if (product.tiles == 3) return multiply_type<3, V, cache>(product);
  if constexpr (most >= 2)
    if (product.tiles == 2) return multiply_type<2, V, cache>(product);
  multiply_type<1, V, cache>(product);
}

template <_mm_hint cache>
void multiply_tiles(const TileProduct& product) {
  static_assert(vectors_max == 8);
  switch (product.vectors) {
    case 1:
      return multiply_vectors<1, cache>(product);
    case 2:
      return multiply_vectors<2, cache>(product);
    case 3:
      return multiply_vectors<3, cache>(product);
    case 4:
      return multiply_vectors<4, cache>(product);
    case 5:
      return multiply_vectors<5, cache>(product);
    case 6:
      return multiply_vectors<6, cache>(product);
    case 7:
      return multiply_vectors<7, cache>(product);
    default:
      return multiply_vectors<8, cache>(product);
  }
}

}  // namespace

void multiply_tiles_avx512(const TileProduct& product) { multiply_tiles<_MM_HINT_T1>(product); }
void multiply_tiles_avx512_near(const TileProduct& product) { multiply_tiles<_MM_HINT_T0>(product); }

}  // namespace radfm::kernels
