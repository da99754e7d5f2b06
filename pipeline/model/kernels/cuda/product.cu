// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/cuda/product.h"

#include "pipeline/model/kernels/cuda/device.h"

namespace radfm::kernels::cuda {
namespace {

struct Parameters {
  DeviceMatrix matrices[matrices_max];
  int first_block[matrices_max + 1];   // of each matrix; the last is the number of all
  std::int64_t first_row[matrices_max];  // in y
  std::int64_t tile_bytes;
  int lines, chunks, splits, vectors;
  const std::uint32_t* x;
  const float* steps;
  float* y;
  std::int64_t stride;
  void* partials;
  unsigned* counters;
};

// What a warp has read of two tiles and of the vectors for one chunk. Words of a `line[j]`: line t + 4j, rows 4q to 4q + 3.
template <PackedType type, int tiles>
struct Chunk {
  static constexpr int quarters = digit_words(type) / 16;  // 16 bytes of a digit column that a thread needs
  uint4 line[4];
  uint4 x[tiles][quarters];
  uint2 scales;
};

// Sums of two rows (r: of the four) by 4 vectors, in both digits: what a warp keeps.
template <PackedType type, int tiles>
struct Sums {
  float values[tiles][2][4];
};
template <int tiles>
struct Sums<PackedType::int8, tiles> {
  int values[tiles][2][4];
};

// A row's sum for a vector that is not yet complete: of int8 whole numbers, which can be added in any order.
template <PackedType type>
struct Partial {
  float value = 0;
  __device__ __forceinline__ void add(const Partial& other) { value += other.value; }
};
template <>
struct Partial<PackedType::int8> {
  int high = 0, low = 0;
  __device__ __forceinline__ void add(const Partial& other) {
    high += other.high;
    low += other.low;
  }
};

__device__ __forceinline__ std::uint32_t word_of(const uint4& four, int i) {
  return i == 0 ? four.x : i == 1 ? four.y : i == 2 ? four.z : four.w;
}

__device__ __forceinline__ uint4 nothing() { return uint4{0, 0, 0, 0}; }

struct Place {  // of a thread
  const std::uint8_t* values;   // of its tile, quad and first line
  const std::uint16_t* scales;  // int4: of its tile's first group, its rows
  const std::uint32_t* x;       // of its digit column and its quarter of a chunk
  int t;
  bool there, wanted[4];        // its tile; its digit column of each product is that of a vector
};

template <PackedType type, int tiles>
__device__ __forceinline__ void load(Chunk<type, tiles>& chunk, const Place& place, const Parameters& p, int number) {
  const std::uint8_t* lines = place.values + std::int64_t{number} * chunk_lines * line_bytes;
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    // Groups of int4 are whole.
    const bool read = place.there && (type == PackedType::int4 || number * chunk_lines + place.t + 4 * j < p.lines);
    chunk.line[j] = read ? load_streamed(lines + 4 * j * line_bytes) : nothing();
  }
  if constexpr (type == PackedType::int4)
    chunk.scales = place.there ? *reinterpret_cast<const uint2*>(place.scales + std::int64_t{number} * tile_rows) : uint2{0, 0};
  constexpr int columns = tiles * tile_columns;
#pragma unroll
  for (int tile = 0; tile < tiles; ++tile)
#pragma unroll
    for (int i = 0; i < Chunk<type, tiles>::quarters; ++i) {
      const std::int64_t word = (std::int64_t{number} * columns + tile * tile_columns) * digit_words(type) + 4 * i;
      chunk.x[tile][i] = place.wanted[tile] ? *reinterpret_cast<const uint4*>(place.x + word) : nothing();
    }
}

// Two rows and the lines t, t + 4 of one step of a chunk, as a product of small matrices wants them.
template <PackedType type, int tiles>
__device__ __forceinline__ void rows_of(const Chunk<type, tiles>& chunk, int step, int r, std::uint32_t (&a)[4]) {
  const std::uint32_t flip = type == PackedType::int8 ? 0x80808080u : 0u;  // value + 128 as a signed byte
  a[0] = word_of(chunk.line[2 * step], 2 * r) ^ flip;
  a[1] = word_of(chunk.line[2 * step], 2 * r + 1) ^ flip;
  a[2] = word_of(chunk.line[2 * step + 1], 2 * r) ^ flip;
  a[3] = word_of(chunk.line[2 * step + 1], 2 * r + 1) ^ flip;
}

template <PackedType type, int tiles>
__device__ __forceinline__ void add_chunk(Sums<type, tiles>& sums, const Chunk<type, tiles>& chunk) {
#pragma unroll
  for (int step = 0; step < 2; ++step)
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      std::uint32_t a[4];
      rows_of(chunk, step, r, a);
#pragma unroll
      for (int tile = 0; tile < tiles; ++tile) {
        const std::uint32_t b0 = word_of(chunk.x[tile][0], 2 * step), b1 = word_of(chunk.x[tile][0], 2 * step + 1);
        if constexpr (type == PackedType::int8)
          multiply_s8(sums.values[tile][r], a, b0, b1);
        else
          multiply_bf16(sums.values[tile][r], a, b0, b1);
      }
    }
}

// A chunk of int4 is a group. Halves of bytes stand for value + 8; in the upper half of a signed byte, with its sign turned,
// that is 16 times the value.
template <int tiles>
__device__ __forceinline__ void add_group(Sums<PackedType::int4, tiles>& sums, const Chunk<PackedType::int4, tiles>& chunk) {
  constexpr std::uint32_t high = 0xf0f0f0f0u, sign = 0x80808080u;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    int whole[tiles][4] = {};
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const std::uint32_t first = word_of(chunk.line[j], 2 * r), second = word_of(chunk.line[j], 2 * r + 1);
      const std::uint32_t a[4] = {(first << 4 & high) ^ sign, (second << 4 & high) ^ sign, (first & high) ^ sign,
                                  (second & high) ^ sign};
#pragma unroll
      for (int tile = 0; tile < tiles; ++tile)
        multiply_s8(whole[tile], a, word_of(chunk.x[tile][j / 2], 2 * (j % 2)), word_of(chunk.x[tile][j / 2], 2 * (j % 2) + 1));
    }
    const std::uint32_t pair = r == 0 ? chunk.scales.x : chunk.scales.y;
    const float scales[2] = {float_of_bf16(pair & 0xffff), float_of_bf16(pair >> 16)};
#pragma unroll
    for (int tile = 0; tile < tiles; ++tile)
#pragma unroll
      for (int i = 0; i < 2; ++i) {  // row; sums.values[...][i] is that row's, the rest is not used
        const float group = fmaf(256.0f, static_cast<float>(whole[tile][2 * i] >> 4), static_cast<float>(whole[tile][2 * i + 1] >> 4));
        sums.values[tile][r][i] = fmaf(group, scales[i], sums.values[tile][r][i]);
      }
  }
}

template <PackedType type, int tiles>
__device__ __forceinline__ Partial<type> partial_of(const Sums<type, tiles>& sums, int tile, int r, int i) {
  const auto& values = sums.values[tile][r];
  if constexpr (type == PackedType::int8)
    return {values[2 * i], values[2 * i + 1]};
  else if constexpr (type == PackedType::int4)
    return {values[i]};
  else
    return {values[2 * i] + values[2 * i + 1]};
}

template <PackedType type>
__device__ __forceinline__ float finished(const Partial<type>& sum, const Parameters& p, const DeviceMatrix& matrix, std::int64_t row, int vector) {
  if constexpr (type == PackedType::int8)
    return fmaf(256.0f, static_cast<float>(sum.high), static_cast<float>(sum.low)) *
           (static_cast<const float*>(matrix.scales)[row] * p.steps[vector]);
  else if constexpr (type == PackedType::int4)
    return sum.value * p.steps[vector];
  else
    return sum.value;
}

__device__ __forceinline__ Partial<PackedType::int8> read_partial(const Partial<PackedType::int8>* from) {
  return {load_shared_between_blocks(&from->high), load_shared_between_blocks(&from->low)};
}
template <PackedType type>
__device__ __forceinline__ Partial<type> read_partial(const Partial<type>* from) {
  return {load_shared_between_blocks(&from->value)};
}

template <PackedType type, int tiles>
__device__ __forceinline__ Sums<type, tiles> summed(const Place& place, const Parameters& p, int begin, int end) {
  constexpr int ahead = tiles == 1 ? 3 : 2;  // chunks whose loads are under way
  Sums<type, tiles> sums = {};
  Chunk<type, tiles> ring[ahead];
#pragma unroll
  for (int i = 0; i < ahead; ++i)
    if (begin + i < end) load(ring[i], place, p, begin + i);
  for (int chunk = begin; chunk < end; chunk += ahead)
#pragma unroll
    for (int i = 0; i < ahead; ++i)
      if (chunk + i < end) {
        if constexpr (type == PackedType::int4)
          add_group(sums, ring[i]);
        else
          add_chunk(sums, ring[i]);
        if (chunk + i + ahead < end) load(ring[i], place, p, chunk + i + ahead);
      }
  return sums;
}

// Blocks on a multiprocessor that registers must suffice for.
constexpr int resident(PackedType type, int tiles) { return type == PackedType::int4 && tiles == 4 ? 1 : 2; }

// blocks: [rows in blocks of 64][splits]. Warps: pair of tiles, and share of the split's columns.
template <PackedType type, int tiles>
__global__ void __launch_bounds__(product_threads, resident(type, tiles)) product_kernel(const __grid_constant__ Parameters p) {
  constexpr int vectors = tiles * tile_columns / digits;
  __shared__ Partial<type> shares[shares_per_block][vectors][block_rows];

  int number = 0;
  while (block_x() >= p.first_block[number + 1]) ++number;
  const DeviceMatrix& matrix = p.matrices[number];
  const int lane = thread() % warp_threads, warp = thread() / warp_threads;
  const int pair = warp % pairs_per_block, share = warp / pairs_per_block;
  const int g = lane / 4, t = lane % 4, quad = g % 4, second_tile = g / 4;
  const std::int64_t block_row = std::int64_t{block_x() - p.first_block[number]} * block_rows;
  const std::int64_t tile_number = block_row / tile_rows + 2 * pair + second_tile;

  Place place;
  place.t = t;
  place.there = tile_number * tile_rows < matrix.rows;
  place.values = matrix.values + tile_number * p.tile_bytes + t * line_bytes + quad * 16;
  if constexpr (type == PackedType::int4)
    place.scales = static_cast<const std::uint16_t*>(matrix.scales) + tile_number * p.chunks * tile_rows + 4 * quad;
  place.x = p.x + g * digit_words(type) + t * (digit_words(type) / 4);
#pragma unroll
  for (int tile = 0; tile < tiles; ++tile) place.wanted[tile] = tile * tile_columns + g < digits * p.vectors;

  const int parts = p.splits * shares_per_block, part = block_y() * shares_per_block + share;
  const Sums<type, tiles> sums = summed<type, tiles>(place, p, p.chunks * part / parts, p.chunks * (part + 1) / parts);

#pragma unroll
  for (int tile = 0; tile < tiles; ++tile)
#pragma unroll
    for (int r = 0; r < 2; ++r)
#pragma unroll
      for (int i = 0; i < 2; ++i)
        shares[share][tile * 4 + t][pair * pair_rows + second_tile * 16 + quad * 4 + 2 * r + i] = partial_of(sums, tile, r, i);
  sync_block();

  const std::int64_t padded_rows = std::int64_t{p.first_block[matrices_max]} * block_rows;
  auto* partials = static_cast<Partial<type>*>(p.partials) + std::int64_t{block_x()} * block_rows;
  for (int i = thread(); i < block_rows * p.vectors; i += product_threads) {
    const int row = i % block_rows, vector = i / block_rows;
    Partial<type> sum = shares[0][vector][row];
    for (int other = 1; other < shares_per_block; ++other) sum.add(shares[other][vector][row]);
    if (p.splits > 1)
      partials[(std::int64_t{block_y()} * p.vectors + vector) * padded_rows + row] = sum;
    else if (block_row + row < matrix.rows)
      p.y[vector * p.stride + p.first_row[number] + block_row + row] = finished<type>(sum, p, matrix, block_row + row, vector);
  }
  if (p.splits == 1 || !last_of(p.counters + block_x(), p.splits)) return;
  for (int i = thread(); i < block_rows * p.vectors; i += product_threads) {
    const int row = i % block_rows, vector = i / block_rows;
    if (block_row + row >= matrix.rows) continue;
    Partial<type> sum;
    for (int split = 0; split < p.splits; ++split)
      sum.add(read_partial(&partials[(std::int64_t{split} * p.vectors + vector) * padded_rows + row]));
    p.y[vector * p.stride + p.first_row[number] + block_row + row] = finished<type>(sum, p, matrix, block_row + row, vector);
  }
}

Parameters parameters_of(const Product& product) {
  Parameters p{};
  int blocks = 0;
  std::int64_t rows = 0;
  for (int i = 0; i < matrices_max; ++i) {
    p.first_block[i] = blocks;
    p.first_row[i] = rows;
    if (i >= product.count) continue;
    p.matrices[i] = product.matrices[i];
    blocks += static_cast<int>(row_blocks_of(product.matrices[i].rows));
    rows += product.matrices[i].rows;
  }
  p.first_block[matrices_max] = blocks;
  const PackedShape shape{product.type, 1, product.columns};
  p.tile_bytes = shape.tile_bytes();
  p.lines = static_cast<int>(shape.lines_per_tile());
  p.chunks = static_cast<int>(chunks_of(product.type, product.columns));
  p.splits = product.splits();
  p.vectors = product.vectors;
  p.x = product.x.words;
  p.steps = product.x.steps;
  p.y = product.y;
  p.stride = product.stride;
  p.partials = product.space.partials;
  p.counters = product.space.counters;
  return p;
}

template <PackedType type>
void launch_typed(const Product& product, Stream stream) {
  const Parameters p = parameters_of(product);
  const Blocks blocks{static_cast<unsigned>(p.first_block[matrices_max]), static_cast<unsigned>(p.splits)};
  switch (prepared_columns(product.vectors) / tile_columns) {
    case 1:
      return launch(product_kernel<type, 1>, blocks, product_threads, stream, p);
    case 2:
      return launch(product_kernel<type, 2>, blocks, product_threads, stream, p);
    default:
      return launch(product_kernel<type, 4>, blocks, product_threads, stream, p);
  }
}

}  // namespace

std::int64_t Product::row_blocks() const {
  std::int64_t blocks = 0;
  for (int i = 0; i < count; ++i) blocks += row_blocks_of(matrices[i].rows);
  return blocks;
}

void launch_product(const Product& product, Stream stream) {
  if (product.vectors < 1 || product.vectors > vectors_max || product.count < 1 || product.count > matrices_max)
    check_launch(1, "a product of too many vectors or matrices");
  switch (product.type) {
    case PackedType::bf16:
      return launch_typed<PackedType::bf16>(product, stream);
    case PackedType::int8:
      return launch_typed<PackedType::int8>(product, stream);
    case PackedType::int4:
      return launch_typed<PackedType::int4>(product, stream);
    case PackedType::f32:
      check_launch(1, "a product of float32 weights, which no kernel reads");
  }
}

}  // namespace radfm::kernels::cuda
