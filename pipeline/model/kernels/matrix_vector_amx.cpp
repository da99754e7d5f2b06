// SPDX-License-Identifier: Apache-2.0
// The products of matrix_vector.h with AMX, for many vectors at once: whole numbers of 8 bits by tiles of 16 x 64, the same sums as by
// any other instructions. Compiled for it: only the functions of matrix_vector_layout.h leave this file.
//
// A processor's tile of weights is 16 lines of the packed layout as they lie: 64 columns of 16 rows. The digits h and the digits l of
// 16 vectors are two more, and their products with two tiles of weights are four sums.
#include <immintrin.h>

#include "pipeline/model/kernels/matrix_vector_layout.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t tile_lines = 16;             // of weights: 64 columns
constexpr std::int64_t prefetch_bytes = 4096;       // so far ahead packed int4 are asked for
constexpr std::int64_t chunk_bytes = tile_lines * line_bytes;
constexpr std::int64_t group_chunks = group_columns / tile_columns;
// A stretch of columns of four tiles of weights, and of one block of vectors, stays in the first cache while all vectors pass by.
constexpr std::int64_t stretch_chunks = 8;
constexpr std::int64_t sums_of_tile = tile_vectors_max * tile_rows;

// What LDTILECFG reads (Intel's manual, volume 1, 18.3): sums are in 0 to 3 (h and l of the first tile of weights, h and l of the second
// one), h in 4, l in 5, weights in 6 and 7. A constant, since GCC 12 does not see that the instruction reads more than eight bytes.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
const TileConfiguration configuration;

// The sums of a block of vectors and one or two tiles of weights: [tile][h, l][vector][16 rows].
template <bool two>
void load_sums(const std::int32_t* sums) {
  _tile_loadd(0, sums, line_bytes);
  _tile_loadd(1, sums + sums_of_tile, line_bytes);
  if constexpr (two) {
    _tile_loadd(2, sums + 2 * sums_of_tile, line_bytes);
    _tile_loadd(3, sums + 3 * sums_of_tile, line_bytes);
  }
}

template <bool two>
void zero_sums() {
  _tile_zero(0);
  _tile_zero(1);
  if constexpr (two) {
    _tile_zero(2);
    _tile_zero(3);
  }
}

template <bool two>
void store_sums(std::int32_t* sums) {
  _tile_stored(0, sums, line_bytes);
  _tile_stored(1, sums + sums_of_tile, line_bytes);
  if constexpr (two) {
    _tile_stored(2, sums + 2 * sums_of_tile, line_bytes);
    _tile_stored(3, sums + 3 * sums_of_tile, line_bytes);
  }
}

void ask_ahead(const std::uint8_t* weights) {
  for (std::int64_t line = 0; line < tile_lines; ++line)
    _mm_prefetch(reinterpret_cast<const char*>(weights + stretch_chunks * chunk_bytes + line * line_bytes), _MM_HINT_T1);
}

// Adds `chunks` times 64 columns. `ask`: for the next stretch of the weights.
template <bool two>
void add_up(const std::int8_t* digits, const std::uint8_t* first, const std::uint8_t* second, std::int64_t chunks, bool ask) {
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    _tile_loadd(4, digits, line_bytes);
    _tile_loadd(6, first, line_bytes);
    _tile_dpbsud(0, 4, 6);
    _tile_loadd(5, digits + chunk_bytes, line_bytes);
    _tile_dpbsud(1, 5, 6);
    if constexpr (two) {
      _tile_loadd(7, second, line_bytes);
      _tile_dpbsud(2, 4, 7);
      _tile_dpbsud(3, 5, 7);
    }
    if (ask) {
      ask_ahead(first);
      if constexpr (two) ask_ahead(second);
    }
    digits += 2 * chunk_bytes;
    first += chunk_bytes;
    second += chunk_bytes;
  }
}

__m512 joined(const std::int32_t* sums, const std::int32_t* offsets) {
  const __m512i high = _mm512_add_epi32(_mm512_load_si512(sums), _mm512_set1_epi32(offsets[0]));
  const __m512i low = _mm512_add_epi32(_mm512_load_si512(sums + sums_of_tile), _mm512_set1_epi32(offsets[1]));
  return _mm512_fmadd_ps(_mm512_set1_ps(256), _mm512_cvtepi32_ps(high), _mm512_cvtepi32_ps(low));
}

__m512 widened_bf16(const std::uint16_t* values) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(
      _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(values))), 16));
}

// A stretch of columns of one block of vectors and one or two tiles.
struct Part {
  const PanelProduct& panel;
  std::int64_t block, tile, chunk, chunks;  // the first tile

  std::int64_t vectors() const { return std::min(tile_vectors_max, panel.vectors - block * tile_vectors_max); }
  const std::int8_t* digits() const { return panel.digits + (block * panel.chunks + chunk) * 2 * chunk_bytes; }
  const std::uint8_t* weights(std::int64_t t) const { return panel.values[tile + t] + chunk * chunk_bytes; }
  std::int32_t* sums() const { return panel.sums + (block * panel.tiles + tile) * 2 * sums_of_tile; }
  float* results(std::int64_t t, std::int64_t v) const {
    return panel.results + ((block * panel.tiles + tile + t) * tile_vectors_max + v) * tile_rows;
  }
  bool asks() const { return block == 0; }
};

// Sums go on from stretch to stretch.
template <bool two>
void multiply_int8(const Part& part) {
  if (part.chunk == 0) zero_sums<two>();
  else load_sums<two>(part.sums());
  add_up<two>(part.digits(), part.weights(0), part.weights(two ? 1 : 0), part.chunks, part.asks());
  store_sums<two>(part.sums());
}

template <bool two>
void finish_int8(const Part& part) {
  for (int t = 0; t < (two ? 2 : 1); ++t) {
    const __m512 scale = _mm512_loadu_ps(part.panel.scales[part.tile + t]);
    for (std::int64_t v = 0; v < part.vectors(); ++v) {
      const std::int64_t vector = part.block * tile_vectors_max + v;
      const __m512 both = _mm512_mul_ps(scale, _mm512_set1_ps(part.panel.vector_scales[vector]));
      const __m512 sum = joined(part.sums() + 2 * t * sums_of_tile + v * tile_rows, part.panel.offsets + 2 * vector);
      _mm512_store_ps(part.results(t, v), _mm512_mul_ps(sum, both));
    }
  }
}

// Each group's sums are joined and scaled at once: what goes on are the results.
template <bool two>
void multiply_int4(const Part& part) {
  alignas(64) std::int32_t sums[4 * sums_of_tile];
  for (std::int64_t chunk = 0; chunk < part.chunks; chunk += group_chunks) {
    const std::int64_t group = (part.chunk + chunk) / group_chunks;
    zero_sums<two>();
    add_up<two>(part.digits() + chunk * 2 * chunk_bytes, part.weights(0) + chunk * chunk_bytes,
                part.weights(two ? 1 : 0) + chunk * chunk_bytes, group_chunks, false);
    store_sums<two>(sums);
    for (int t = 0; t < (two ? 2 : 1); ++t) {
      const __m512 scale = widened_bf16(static_cast<const std::uint16_t*>(part.panel.scales[part.tile + t]) + group * tile_rows);
      // In each block of the layout the offsets of a group lie together.
      const std::int32_t* const offsets =
          part.panel.offsets + (part.block * tile_vectors_max * part.panel.groups + group * part.vectors()) * 2;
      for (std::int64_t v = 0; v < part.vectors(); ++v) {
        float* const y = part.results(t, v);
        const __m512 before = group == 0 ? _mm512_setzero_ps() : _mm512_load_ps(y);
        _mm512_store_ps(y, _mm512_fmadd_ps(joined(sums + 2 * t * sums_of_tile + v * tile_rows, offsets + 2 * v), scale, before));
      }
    }
  }
}

template <bool two>
void finish_int4(const Part& part) {
  for (int t = 0; t < (two ? 2 : 1); ++t)
    for (std::int64_t v = 0; v < part.vectors(); ++v) {
      float* const y = part.results(t, v);
      _mm512_store_ps(y, _mm512_mul_ps(_mm512_load_ps(y), _mm512_set1_ps(part.panel.vector_scales[part.block * tile_vectors_max + v])));
    }
}

template <bool two>
void multiply_part(const Part& part) {
  part.panel.type == PackedType::int8 ? multiply_int8<two>(part) : multiply_int4<two>(part);
}

template <bool two>
void finish_part(const Part& part) {
  part.panel.type == PackedType::int8 ? finish_int8<two>(part) : finish_int4<two>(part);
}

// Two tiles after two, and the last one alone.
template <class Two, class One>
void each_pair(std::int64_t tiles, const Two& two, const One& one) {
  std::int64_t tile = 0;
  for (; tile + 1 < tiles; tile += 2) two(tile);
  if (tile < tiles) one(tile);
}

}  // namespace

void spread_int4_amx(const std::uint8_t* packed, std::int64_t lines, std::uint8_t* spread) {
  const __m512i lower_half = _mm512_set1_epi8(0x0f);
  for (std::int64_t line = 0; line < lines; ++line, packed += line_bytes, spread += 2 * line_bytes) {
    const __m512i pair = _mm512_load_si512(packed);
    _mm_prefetch(reinterpret_cast<const char*>(packed + prefetch_bytes), _MM_HINT_T1);
    _mm512_store_si512(spread, _mm512_and_si512(pair, lower_half));
    _mm512_store_si512(spread + line_bytes, _mm512_and_si512(_mm512_srli_epi32(pair, 4), lower_half));
  }
}

void begin_tiles_amx(std::uint8_t* before) {
  _tile_storeconfig(before);
  _tile_loadconfig(&configuration);
}

void end_tiles_amx(const std::uint8_t* before) {
  if (before[0] != 0)
    _tile_loadconfig(before);
  else
    _tile_release();
}

void multiply_panel_amx(const PanelProduct& panel) {
  const std::int64_t blocks = (panel.vectors + tile_vectors_max - 1) / tile_vectors_max;
  for (std::int64_t chunk = 0; chunk < panel.chunks; chunk += stretch_chunks) {
    const std::int64_t chunks = std::min(stretch_chunks, panel.chunks - chunk);
    for (std::int64_t block = 0; block < blocks; ++block)
      each_pair(panel.tiles, [&](std::int64_t tile) { multiply_part<true>({panel, block, tile, chunk, chunks}); },
                [&](std::int64_t tile) { multiply_part<false>({panel, block, tile, chunk, chunks}); });
  }
  for (std::int64_t block = 0; block < blocks; ++block)
    each_pair(panel.tiles, [&](std::int64_t tile) { finish_part<true>({panel, block, tile, 0, 0}); },
              [&](std::int64_t tile) { finish_part<false>({panel, block, tile, 0, 0}); });
}

}  // namespace radfm::kernels
