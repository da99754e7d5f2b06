// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/cuda/unpack.h"

#include "pipeline/model/kernels/cuda/device.h"

namespace radfm::kernels::cuda {
namespace {

constexpr int threads = 128, warps = threads / warp_threads;

struct Parameters {
  DeviceMatrix matrix;
  std::int64_t columns, tile_bytes;
  int lines, chunks;
  std::uint16_t* out;
};

// One value of the word of row `row` (of all), as bfloat16.
template <PackedType type>
__device__ __forceinline__ std::uint16_t value_of(std::uint32_t word, int i, float scale) {
  if constexpr (type == PackedType::bf16) return static_cast<std::uint16_t>(word >> (16 * i));
  int whole = 0;
  if constexpr (type == PackedType::int8) whole = static_cast<int>(word >> (8 * i) & 0xff) - 128;
  if constexpr (type == PackedType::int4) whole = static_cast<int>(word >> (8 * (i % 4) + (i < 4 ? 0 : 4)) & 0xf) - 8;
  return static_cast<std::uint16_t>(bf16_of_float(static_cast<float>(whole) * scale));
}

template <PackedType type>
__device__ __forceinline__ float scale_of(const Parameters& p, std::int64_t tile, int chunk, int row) {
  if constexpr (type == PackedType::int8) return static_cast<const float*>(p.matrix.scales)[tile * tile_rows + row];
  if constexpr (type == PackedType::int4)
    return float_of_bf16(static_cast<const std::uint16_t*>(p.matrix.scales)[(tile * p.chunks + chunk) * tile_rows + row]);
  return 1;
}

// blocks: [chunks by warps][tiles]. A warp reads a chunk of a tile, turns it in shared memory and writes stretches of rows.
template <PackedType type>
__global__ void __launch_bounds__(threads) unpack_kernel(const __grid_constant__ Parameters p) {
  constexpr int in_line = columns_per_line(type), in_chunk = chunk_columns(type);
  __shared__ std::uint16_t turned[warps][tile_rows][in_chunk + 2];
  const int warp = thread() / warp_threads, lane = thread() % warp_threads;
  const int chunk = block_x() * warps + warp;
  if (chunk >= p.chunks) return;
  const std::int64_t tile = block_y();
  const std::uint8_t* values = p.matrix.values + tile * p.tile_bytes + std::int64_t{chunk} * chunk_lines * line_bytes;
  for (int i = lane; i < chunk_lines * 4; i += warp_threads) {
    const int line = i / 4, quad = i % 4;
    if (chunk * chunk_lines + line >= p.lines) continue;
    const uint4 four = load_streamed(values + i * 16);
    const std::uint32_t words[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      const float scale = scale_of<type>(p, tile, chunk, 4 * quad + k);
#pragma unroll
      for (int c = 0; c < in_line; ++c) turned[warp][4 * quad + k][line * in_line + c] = value_of<type>(words[k], c, scale);
    }
  }
  sync_warp();
  for (int i = lane; i < tile_rows * in_chunk / 2; i += warp_threads) {
    const int in_tile = i / (in_chunk / 2), in_row = 2 * (i % (in_chunk / 2));
    const std::int64_t row = tile * tile_rows + in_tile, column = std::int64_t{chunk} * in_chunk + in_row;
    if (row >= p.matrix.rows || column >= p.columns) continue;
    const std::uint32_t first = turned[warp][in_tile][in_row], second = turned[warp][in_tile][in_row + 1];
    std::uint16_t* to = p.out + row * p.columns + column;
    if (p.columns % 2 == 0) {
      *reinterpret_cast<std::uint32_t*>(to) = first | second << 16;
    } else {
      to[0] = static_cast<std::uint16_t>(first);
      if (column + 1 < p.columns) to[1] = static_cast<std::uint16_t>(second);
    }
  }
}

template <PackedType type>
void launch_typed(const Parameters& p, Stream stream) {
  const Blocks blocks{static_cast<unsigned>((p.chunks + warps - 1) / warps),
                      static_cast<unsigned>((p.matrix.rows + tile_rows - 1) / tile_rows)};
  launch(unpack_kernel<type>, blocks, threads, stream, p);
}

}  // namespace

void launch_unpack(PackedType type, const DeviceMatrix& matrix, std::int64_t columns, std::uint16_t* out, Stream stream) {
  const PackedShape shape{type, matrix.rows, columns};
  const Parameters p{matrix, columns, shape.tile_bytes(), static_cast<int>(shape.lines_per_tile()),
                     static_cast<int>(chunks_of(type, columns)), out};
  switch (type) {
    case PackedType::bf16:
      return launch_typed<PackedType::bf16>(p, stream);
    case PackedType::int8:
      return launch_typed<PackedType::int8>(p, stream);
    case PackedType::int4:
      return launch_typed<PackedType::int4>(p, stream);
    case PackedType::f32:
      check_launch(1, "float32 weights are not unpacked");
  }
}

}  // namespace radfm::kernels::cuda
