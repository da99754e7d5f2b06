// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/cuda/prepare.h"

#include "pipeline/model/kernels/cuda/device.h"

namespace radfm::kernels::cuda {
namespace {

constexpr int threads = 1024, warps = threads / warp_threads;
constexpr int quads_max = static_cast<int>(prepared_columns_max / 4 / threads);  // that a thread keeps in registers
constexpr float steps_of_largest = 32512;  // 127 * 256: the largest value in whole numbers

constexpr float smallest_step = 0x1p-126f;       // a smaller one would be no normal number

enum class Source { norm, gated, plain };

struct Parameters {
  PreparedSpace out;
  int columns, padded;  // padded: to whole chunks
  int digit_columns;
  Norm norm;
  const float* values;  // of gated and plain
};

struct Quad {
  float v[4];
};

// Four values of a row from `column`; zeros behind the last.
__device__ __forceinline__ Quad read_quad(const float* row, int column, int columns) {
  Quad quad;
  if (column + 4 <= columns && reinterpret_cast<std::uintptr_t>(row + column) % 16 == 0) {
    const float4 four = *reinterpret_cast<const float4*>(row + column);
    quad.v[0] = four.x, quad.v[1] = four.y, quad.v[2] = four.z, quad.v[3] = four.w;
    return quad;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) quad.v[i] = column + i < columns ? row[column + i] : 0;
  return quad;
}

__device__ __forceinline__ void write_quad(float* row, int column, int columns, const Quad& quad) {
#pragma unroll
  for (int i = 0; i < 4; ++i)
    if (column + i < columns) row[column + i] = quad.v[i];
}

__device__ __forceinline__ Quad embedded(const Embedding& embedding, int vector, int column, int columns) {
  const int token = embedding.rows[vector].token;
  Quad quad;
#pragma unroll
  for (int i = 0; i < 4; ++i)
    quad.v[i] = token >= 0 && column + i < columns
                    ? float_of_bf16(embedding.table[static_cast<std::int64_t>(token) * columns + column + i])
                    : 0;
  return quad;
}

// Over all threads of the block, the same in each; in a fixed order.
__device__ __forceinline__ float block_sum(float value) {
  __shared__ float of_warps[warps];
  value = warp_sum(value);
  if (thread() % warp_threads == 0) of_warps[thread() / warp_threads] = value;
  sync_block();
  return warp_sum(of_warps[thread() % warp_threads]);
}
__device__ __forceinline__ int larger(int a, int b) { return a > b ? a : b; }

// The largest magnitude of all. As whole numbers, bits of magnitudes are in the values' order, and what is no number is the largest.
__device__ __forceinline__ float block_largest(const Quad (&quads)[quads_max]) {
  __shared__ int of_warps[warps];
  int bits = 0;
#pragma unroll
  for (int n = 0; n < quads_max; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) bits = larger(bits, std::bit_cast<int>(fabsf(quads[n].v[i])));
#pragma unroll
  for (int mask = warp_threads / 2; mask > 0; mask /= 2) bits = larger(bits, shuffle_xor(bits, mask));
  if (thread() % warp_threads == 0) of_warps[thread() / warp_threads] = bits;
  sync_block();
  bits = of_warps[thread() % warp_threads];
#pragma unroll
  for (int mask = warp_threads / 2; mask > 0; mask /= 2) bits = larger(bits, shuffle_xor(bits, mask));
  return std::bit_cast<float>(bits);
}

template <Source source>
__device__ __forceinline__ Quad source_quad(const Parameters& p, int vector, int column) {
  if constexpr (source == Source::plain)
    return read_quad(p.values + std::int64_t{vector} * p.columns, column, p.columns);
  if constexpr (source == Source::gated) {
    const float* row = p.values + std::int64_t{vector} * 2 * p.columns;
    const Quad gate = read_quad(row, column, p.columns);
    Quad up = read_quad(row + p.columns, column, p.columns);
#pragma unroll
    for (int i = 0; i < 4; ++i) up.v[i] = gate.v[i] / (1 + expf(-gate.v[i])) * up.v[i];
    return up;
  }
  float* row = p.norm.x + std::int64_t{vector} * p.columns;
  Quad x = p.norm.embedding.rows ? embedded(p.norm.embedding, vector, column, p.columns) : read_quad(row, column, p.columns);
  if (p.norm.added) {
    const Quad added = read_quad(p.norm.added + std::int64_t{vector} * p.columns, column, p.columns);
#pragma unroll
    for (int i = 0; i < 4; ++i) x.v[i] += added.v[i];
  }
  if (p.norm.added || p.norm.embedding.rows) write_quad(row, column, p.columns, x);
  return x;
}

__device__ __forceinline__ void normalise(const Parameters& p, Quad (&quads)[quads_max]) {
  float squares = 0;
#pragma unroll
  for (int n = 0; n < quads_max; ++n)
#pragma unroll
    for (int i = 0; i < 4; ++i) squares += quads[n].v[i] * quads[n].v[i];
  const float scale = 1 / sqrtf(block_sum(squares) / static_cast<float>(p.columns) + p.norm.eps);
#pragma unroll
  for (int n = 0; n < quads_max; ++n) {
    const int column = 4 * (thread() + n * threads);
    if (column >= p.columns) continue;
    const Quad weight = read_quad(p.norm.weight, column, p.columns);
#pragma unroll
    for (int i = 0; i < 4; ++i) quads[n].v[i] = weight.v[i] * (quads[n].v[i] * scale);
  }
}

__device__ __forceinline__ void write_word(const Parameters& p, int chunk, int vector, int digit, int word, std::uint32_t value) {
  p.out.words[prepared_word(p.out.type, p.digit_columns, chunk, digits * vector + digit, word)] = value;
}

__device__ __forceinline__ void write_bf16(const Parameters& p, int vector, int column, const Quad& quad) {
#pragma unroll
  for (int pair = 0; pair < 2; ++pair) {
    std::uint32_t first = 0, second = 0;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const float value = quad.v[2 * pair + i];
      const std::uint32_t near = bf16_of_float(value);
      first |= near << (16 * i);
      second |= bf16_of_float(value - float_of_bf16(near)) << (16 * i);
    }
    const int line = column % chunk_columns(PackedType::bf16) / 2 + pair, chunk = column / chunk_columns(PackedType::bf16);
    write_word(p, chunk, vector, 0, word_in_chunk(PackedType::bf16, line, 0), first);
    write_word(p, chunk, vector, 1, word_in_chunk(PackedType::bf16, line, 0), second);
  }
}

__device__ __forceinline__ void write_whole(const Parameters& p, int vector, int column, const Quad& quad, float step) {
  std::uint32_t high = 0, low = 0;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int whole = step > 0 ? static_cast<int>(rintf(quad.v[i] / step)) : 0;
    const int first = (whole + 128) >> 8, second = whole - 256 * first;
    high |= static_cast<std::uint32_t>(first & 0xff) << (8 * i);
    low |= static_cast<std::uint32_t>(second & 0xff) << (8 * i);
  }
  const int in_line = columns_per_line(p.out.type), in_chunk = chunk_lines * in_line;
  const int line = column % in_chunk / in_line, half = column % in_line / 4;
  write_word(p, column / in_chunk, vector, 0, word_in_chunk(p.out.type, line, half), high);
  write_word(p, column / in_chunk, vector, 1, word_in_chunk(p.out.type, line, half), low);
}

// A block for each vector.
template <Source source>
__global__ void __launch_bounds__(threads) prepare_kernel(const __grid_constant__ Parameters p) {
  const int vector = block_x();
  Quad quads[quads_max];
#pragma unroll
  for (int n = 0; n < quads_max; ++n) {
    const int column = 4 * (thread() + n * threads);
    quads[n] = column < p.columns ? source_quad<source>(p, vector, column) : Quad{};
  }
  if constexpr (source == Source::norm) normalise(p, quads);

  float step = 0;
  if (p.out.type != PackedType::bf16) {
    const float largest = block_largest(quads);
    step = largest < INFINITY ? largest / steps_of_largest : NAN;
    if (step < smallest_step) step = 0;
    if (thread() == 0) p.out.steps[vector] = step;
  }
#pragma unroll
  for (int n = 0; n < quads_max; ++n) {
    const int column = 4 * (thread() + n * threads);
    if (column >= p.padded) continue;
    if (p.out.type == PackedType::bf16)
      write_bf16(p, vector, column, quads[n]);
    else
      write_whole(p, vector, column, quads[n], step);
  }
}

Parameters parameters_of(const PreparedSpace& out) {
  if (out.columns > prepared_columns_max || out.vectors < 1 || out.vectors > vectors_max)
    check_launch(1, "vectors that are too long or too many to be prepared");
  Parameters p{};
  p.out = out;
  p.columns = static_cast<int>(out.columns);
  p.padded = static_cast<int>(chunks_of(out.type, out.columns)) * chunk_columns(out.type);
  p.digit_columns = prepared_columns(out.vectors);
  return p;
}

template <Source source>
void launch_source(const Parameters& p, Stream stream) {
  launch(prepare_kernel<source>, Blocks{static_cast<unsigned>(p.out.vectors)}, threads, stream, p);
}

}  // namespace

void launch_norm(const Norm& norm, const PreparedSpace& out, Stream stream) {
  Parameters p = parameters_of(out);
  p.norm = norm;
  launch_source<Source::norm>(p, stream);
}

void launch_gated(const float* gate_up, const PreparedSpace& out, Stream stream) {
  Parameters p = parameters_of(out);
  p.values = gate_up;
  launch_source<Source::gated>(p, stream);
}

void launch_plain(const float* values, const PreparedSpace& out, Stream stream) {
  Parameters p = parameters_of(out);
  p.values = values;
  launch_source<Source::plain>(p, stream);
}

}  // namespace radfm::kernels::cuda
