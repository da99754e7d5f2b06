// SPDX-License-Identifier: Apache-2.0
// Rows out of the packed layout with AVX-512. Compiled for it: only unpack_tile_avx512 leaves this file.
//
// Sixteen lines are turned so that a register holds the sixteen words of one row, which are widened from there.
#include <immintrin.h>

#include "pipeline/model/kernels/unpacking.h"

namespace radfm::kernels {
namespace {

constexpr int block_lines = 16;
constexpr std::int64_t prefetch_bytes = 4096;  // so far ahead the next lines are asked for

// Lines [16 rows] to rows [16 words]. Lines behind the last are not read: zeros.
void turn(const std::uint8_t* lines, std::int64_t count, __m512i (&rows)[block_lines]) {
  __m512i pairs[block_lines], fours[block_lines];
  for (int i = 0; i < block_lines; ++i) {
    rows[i] = i < count ? _mm512_loadu_si512(lines + i * line_bytes) : _mm512_setzero_si512();
    _mm_prefetch(reinterpret_cast<const char*>(lines + i * line_bytes + prefetch_bytes), _MM_HINT_T1);
  }
  for (int i = 0; i < block_lines; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < block_lines; i += 4) {
    fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  // Quarter k of fours[4 j + i] has row 4 k + i of lines 4 j to 4 j + 3.
  for (int i = 0; i < 4; ++i) {
    const __m512i even_low = _mm512_shuffle_i32x4(fours[i], fours[i + 4], 0x88), odd_low = _mm512_shuffle_i32x4(fours[i], fours[i + 4], 0xdd);
    const __m512i even_high = _mm512_shuffle_i32x4(fours[i + 8], fours[i + 12], 0x88);
    const __m512i odd_high = _mm512_shuffle_i32x4(fours[i + 8], fours[i + 12], 0xdd);
    rows[i] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
    rows[i + 8] = _mm512_shuffle_i32x4(even_low, even_high, 0xdd);
    rows[i + 4] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
    rows[i + 12] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xdd);
  }
}

// Floats whose upper halves are their bfloat16, to the nearest, ties to even. (Weights are finite.)
__m512i rounded(__m512 values) {
  const __m512i bits = _mm512_castps_si512(values);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  return _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
}

// Sixteen values to the first `left` of the row's places.
void store(float* out, __m512 values, std::int64_t left) {
  if (left >= 16) return _mm512_storeu_ps(out, values);
  if (left > 0) _mm512_mask_storeu_ps(out, static_cast<__mmask16>((1 << left) - 1), values);
}
void store(std::uint16_t* out, __m512 values, std::int64_t left) {
  const __m256i halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded(values), 16));
  if (left >= 16) return _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), halves);
  if (left > 0) _mm256_mask_storeu_epi16(out, static_cast<__mmask16>((1 << left) - 1), halves);
}
// Thirty-two values.
void store(float* out, __m512 first, __m512 second, std::int64_t left) {
  store(out, first, left);
  store(out + 16, second, left - 16);
}
void store(std::uint16_t* out, __m512 first, __m512 second, std::int64_t left) {
  alignas(64) static constexpr std::uint16_t upper_halves[32] = {1,  3,  5,  7,  9,  11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31,
                                                                 33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63};
  const __m512i halves = _mm512_permutex2var_epi16(rounded(first), _mm512_load_si512(upper_halves), rounded(second));
  if (left >= 32) return _mm512_storeu_si512(out, halves);
  if (left > 0) _mm512_mask_storeu_epi16(out, static_cast<__mmask32>((std::uint64_t{1} << left) - 1), halves);
}

// The values of a row's sixteen words, one after the other.
template <class Value>
void widen_f32(__m512i words, Value* out, std::int64_t left) {
  store(out, _mm512_castsi512_ps(words), left);
}

void widen_bf16(__m512i words, float* out, std::int64_t left) {
  const __m256i halves[2] = {_mm512_castsi512_si256(words), _mm512_extracti64x4_epi64(words, 1)};
  for (int i = 0; i < 2; ++i)
    store(out + 16 * i, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves[i]), 16)), left - 16 * i);
}
void widen_bf16(__m512i words, std::uint16_t* out, std::int64_t left) {
  if (left >= 32) return _mm512_storeu_si512(out, words);
  if (left > 0) _mm512_mask_storeu_epi16(out, static_cast<__mmask32>((std::uint64_t{1} << left) - 1), words);
}

template <class Value>
void widen_int8(__m512i words, float scale, Value* out, std::int64_t left) {
  // (stored - 128) * scale, rounded once: 128 * scale is exact.
  const __m512 scales = _mm512_set1_ps(scale), taken_off = _mm512_set1_ps(-128 * scale);
  const auto widened = [&](__m128i stored) { return _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(stored)), scales, taken_off); };
  store(out, widened(_mm512_castsi512_si128(words)), widened(_mm512_extracti32x4_epi32(words, 1)), left);
  store(out + 32, widened(_mm512_extracti32x4_epi32(words, 2)), widened(_mm512_extracti32x4_epi32(words, 3)), left - 32);
}

// The sixteen values that a stored half byte can stand for are looked up.
__m512 int4_table(float scale) {
  const __m512 whole = _mm512_setr_ps(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
  return _mm512_mul_ps(whole, _mm512_set1_ps(scale));
}

// A row's words of one group, its half bytes in order of columns: two registers, in each quarter of which 16 columns lie; quarter
// k of the first has columns 32 k and up, of the second 32 k + 16 and up.
struct HalfBytes {
  __m512i first, second;

  explicit HalfBytes(__m512i words) {
    const __m512i mask = _mm512_set1_epi8(0x0f);
    const __m512i low = _mm512_and_si512(words, mask), high = _mm512_and_si512(_mm512_srli_epi32(words, 4), mask);
    first = _mm512_unpacklo_epi32(low, high);
    second = _mm512_unpackhi_epi32(low, high);
  }
};

template <int Quarter>
__m128i quarter(__m512i bytes) {
  return _mm512_extracti32x4_epi32(bytes, Quarter);
}

template <int Quarter>
void look_up(const HalfBytes& bytes, __m512 table, float* out, std::int64_t left) {
  store(out + 32 * Quarter, _mm512_permutexvar_ps(_mm512_cvtepu8_epi32(quarter<Quarter>(bytes.first)), table), left - 32 * Quarter);
  store(out + 32 * Quarter + 16, _mm512_permutexvar_ps(_mm512_cvtepu8_epi32(quarter<Quarter>(bytes.second)), table),
        left - 32 * Quarter - 16);
}
template <int Quarter>
void look_up(const HalfBytes& bytes, __m512 table, std::uint16_t* out, std::int64_t left) {
  const __m512i halves = _mm512_castsi256_si512(_mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded(table), 16)));
  const __m256i both = _mm256_set_m128i(quarter<Quarter>(bytes.second), quarter<Quarter>(bytes.first));
  widen_bf16(_mm512_permutexvar_epi16(_mm512_cvtepu8_epi16(both), halves), out + 32 * Quarter, left - 32 * Quarter);
}

template <class Value>
void widen_int4(__m512i words, float scale, Value* out, std::int64_t left) {
  const HalfBytes bytes(words);
  const __m512 table = int4_table(scale);
  look_up<0>(bytes, table, out, left);
  look_up<1>(bytes, table, out, left);
  look_up<2>(bytes, table, out, left);
  look_up<3>(bytes, table, out, left);
}

float int4_scale(const TileRows& rows, std::int64_t group, std::int64_t row) {
  const std::uint32_t bits = static_cast<const std::uint16_t*>(rows.scales)[group * tile_rows + row];
  return _mm_cvtss_f32(_mm_castsi128_ps(_mm_cvtsi32_si128(static_cast<int>(bits << 16))));
}

template <class Value>
void unpack_tile(const TileRows& rows, Value* out) {
  const std::int64_t per_line = rows.type == PackedType::f32 ? 1 : rows.type == PackedType::bf16 ? 2 : rows.type == PackedType::int8 ? 4 : 8;
  for (std::int64_t line = 0; line < rows.lines; line += block_lines) {
    __m512i turned[block_lines];
    turn(rows.values + line * line_bytes, rows.lines - line, turned);
    const std::int64_t column = line * per_line, left = rows.columns - column;
    for (std::int64_t i = 0; i < rows.count; ++i) {
      const std::int64_t row = rows.first + i;
      Value* const place = out + i * rows.columns + column;
      switch (rows.type) {
        case PackedType::f32:
          widen_f32(turned[row], place, left);
          break;
        case PackedType::bf16:
          widen_bf16(turned[row], place, left);
          break;
        case PackedType::int8:
          widen_int8(turned[row], static_cast<const float*>(rows.scales)[row], place, left);
          break;
        case PackedType::int4:
          widen_int4(turned[row], int4_scale(rows, line / block_lines, row), place, left);
          break;
      }
    }
  }
}

}  // namespace

void unpack_tile_avx512(const TileRows& rows, float* out) { unpack_tile(rows, out); }
void unpack_tile_avx512(const TileRows& rows, std::uint16_t* out) { unpack_tile(rows, out); }

}  // namespace radfm::kernels
