// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/result.h"
#include "pipeline/model/kernels/matrix_vector_layout.h"
#include "pipeline/model/kernels/parallel_work.h"

namespace radfm::kernels {
namespace {

constexpr float digits_range = 32512;  // 127 * 256: the largest whole number whose digits both fit a byte
constexpr float rounder = 12582912;    // 1.5 * 2^23: adding and taking it off rounds to whole numbers, ties to even
constexpr std::int64_t unit_digits = 4;

// Fewer are not worth a matrix processor's tiles, as measured: of int4 the weights have to be spread out.
constexpr std::int64_t tiled_vectors_min(PackedType type) { return type == PackedType::int4 ? 16 : 5; }

// Where the words of one vector lie: of unit u at first + u * step.
struct Place {
  std::uint32_t* first = nullptr;
  std::int64_t step = 0;
};

void place_floats(const float* x, std::int64_t columns, Place place) {
  for (std::int64_t unit = 0; unit < columns / 2; ++unit) std::memcpy(place.first + unit * place.step, x + 2 * unit, 8);
  if (columns % 2 == 0) return;
  const float last[2] = {x[columns - 1], 0};
  std::memcpy(place.first + columns / 2 * place.step, last, 8);
}

// s; NaN where a value is not finite, 0 where all are zeros or nearly.
float digits_scale(const float* x, std::int64_t columns) {
  constexpr std::int64_t lanes = 16;               // side by side, for the compiler to take several at once
  std::uint32_t largest[lanes] = {}, alone = 0;    // magnitudes, whose bit patterns are in the order of their values
  constexpr std::uint32_t magnitude = 0x7fffffff, infinite = 0x7f800000;
  std::int64_t c = 0;
  for (; c + lanes <= columns; c += lanes)
    for (std::int64_t i = 0; i < lanes; ++i) largest[i] = std::max(largest[i], std::bit_cast<std::uint32_t>(x[c + i]) & magnitude);
  for (; c < columns; ++c) alone = std::max(alone, std::bit_cast<std::uint32_t>(x[c]) & magnitude);
  const std::uint32_t most = std::max(alone, *std::max_element(largest, largest + lanes));
  if (most >= infinite) return std::numeric_limits<float>::quiet_NaN();
  const float scale = std::bit_cast<float>(most) / digits_range;
  return std::isnormal(scale) ? scale : 0;
}

// h and l of each column, zeros behind the last.
void split_digits(const float* x, std::int64_t columns, std::int64_t padded, float scale, std::int8_t* high, std::int8_t* low) {
  std::fill_n(high, padded, std::int8_t{0});
  std::fill_n(low, padded, std::int8_t{0});
  if (!(scale > 0)) return;
  for (std::int64_t c = 0; c < columns; ++c) {
    const int whole = static_cast<int>((x[c] / scale + rounder) - rounder);
    const int l = ((whole + 128) & 255) - 128;
    low[c] = static_cast<std::int8_t>(l);
    high[c] = static_cast<std::int8_t>((whole - l) >> 8);
  }
}

void place_lines(const std::vector<std::int8_t>& high, const std::vector<std::int8_t>& low, PreparedVectors::Layout::Line* first) {
  for (std::size_t c = 0; c < high.size(); c += tile_columns, first += 2 * tile_vectors_max) {
    std::memcpy(first->digits, high.data() + c, tile_columns);
    std::memcpy(first[tile_vectors_max].digits, low.data() + c, tile_columns);
  }
}

void place_digits(const std::vector<std::int8_t>& high, const std::vector<std::int8_t>& low, Place place) {
  for (std::size_t c = 0; c < high.size(); c += unit_digits, place.first += place.step) {
    std::memcpy(place.first, high.data() + c, unit_digits);
    std::memcpy(place.first + 1, low.data() + c, unit_digits);
  }
}

std::int32_t sum(const std::int8_t* values, std::int64_t count) {
  std::int32_t total = 0;
  for (std::int64_t i = 0; i < count; ++i) total += values[i];
  return total;
}

}  // namespace

PreparedVectors::PreparedVectors() : layout_(std::make_unique<Layout>()) {}
PreparedVectors::~PreparedVectors() = default;

void PreparedVectors::prepare(const PackedShape& shape, const float* x, std::int64_t count, std::int64_t stride,
                              Instructions instructions) {
  const bool digits = shape.type == PackedType::int8 || shape.type == PackedType::int4;
  if (digits && shape.columns > quantised_columns_max) broken_invariant("a matrix has more columns than whole sums of 32 bits hold");
  Layout& layout = *layout_;
  const std::int64_t padded = shape.padded_columns();
  count_ = count;
  layout.type = shape.type;
  layout.columns = shape.columns;
  layout.units = digits ? padded / unit_digits : (padded + 1) / 2;
  layout.groups = shape.type == PackedType::int8 ? 1 : shape.groups();
  layout.in_tiles = fits_tiles(shape, instructions) && count >= tiled_vectors_min(shape.type);
  layout.words.resize(static_cast<std::size_t>(layout.in_tiles ? 0 : layout.units * count * 2));
  layout.lines.assign(static_cast<std::size_t>(layout.in_tiles ? layout.blocks(count) * tile_vectors_max * padded / tile_columns * 2 : 0), {});
  layout.offsets.resize(static_cast<std::size_t>(layout.groups * count * 2));
  layout.scales.resize(static_cast<std::size_t>(count));
  const std::int64_t group_width = digits && layout.groups > 0 ? padded / layout.groups : 0;
  const std::int32_t added = shape.type == PackedType::int8 ? 128 : 8;
#pragma omp parallel if (count > 1 && is_shared_work(count * shape.columns * 4))
  {
    std::vector<std::int8_t> high(static_cast<std::size_t>(digits ? padded : 0)), low(high);
#pragma omp for schedule(static)
    for (std::int64_t v = 0; v < count; ++v) {
      std::int64_t block = v / layout.block_vectors_max();  // or the next: blocks are of nearly equal sizes
      while (block > 0 && layout.block_begin(block, count) > v) --block;
      while (layout.block_begin(block + 1, count) <= v) ++block;
      const std::int64_t begin = layout.block_begin(block, count), vectors = layout.block_begin(block + 1, count) - begin;
      const Place place{layout.words.data() + (layout.units * begin + (v - begin)) * 2, vectors * 2};
      const float* const values = x + v * stride;
      if (!digits) {
        place_floats(values, shape.columns, place);
        continue;
      }
      const float scale = digits_scale(values, shape.columns);
      layout.scales[static_cast<std::size_t>(v)] = scale;
      split_digits(values, shape.columns, padded, scale, high.data(), low.data());
      if (layout.in_tiles)
        place_lines(high, low, layout.lines.data() + padded / tile_columns * begin * 2 + (v - begin));
      else
        place_digits(high, low, place);
      for (std::int64_t group = 0; group < layout.groups; ++group) {
        std::int32_t* const offset = layout.offsets.data() + (layout.groups * begin + group * vectors + (v - begin)) * 2;
        offset[0] = -added * sum(high.data() + group * group_width, group_width);
        offset[1] = -added * sum(low.data() + group * group_width, group_width);
      }
    }
  }
}

}  // namespace radfm::kernels
