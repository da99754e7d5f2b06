// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/cuda/attention.h"

#include "pipeline/model/kernels/cuda/device.h"

namespace radfm::kernels::cuda {
namespace {

constexpr int threads = split_positions, warps = threads / warp_threads;
constexpr int lanes_per_position = 4, positions_per_warp = warp_threads / lanes_per_position;
constexpr int piece = 8;  // values in 16 bytes

// What the threads of a block share.
struct Room {
  float q[head_width_max];
  float weights[split_positions];
  float of_warps[warps];
  float sums[threads * piece];
};

// One head of one sequence.
struct Head {
  const float *q, *k, *v;
  std::uint16_t *keys, *values;
  int position;
  float* out;
  float* partial;  // of its first split
};

__device__ __forceinline__ Head head_of(const Attention& p, int head, int vector) {
  const std::int64_t hidden = std::int64_t{p.heads} * p.width, at = std::int64_t{head} * p.width;
  const StepRow row = p.rows[vector];
  const CacheAddresses cache = p.caches[vector];
  const float* mine = p.qkv + vector * 3 * hidden + at;
  const std::int64_t first = at * row.capacity;
  return {mine, mine + hidden, mine + 2 * hidden, cache.keys + first, cache.values + first, row.position,
          p.out + vector * hidden + at,
          p.partials + (std::int64_t{vector} * p.heads + head) * attention_splits(p.context) * (p.width + 2)};
}

// (first half, second half) turns by the position's angles.
__device__ __forceinline__ void rotate(const Attention& p, const Head& head, const float* x, int d, float& first, float& second) {
  const int half = p.width / 2;
  const float cosine = p.cosines[std::int64_t{head.position} * p.width + d], sine = p.sines[std::int64_t{head.position} * p.width + d];
  first = x[d] * cosine - x[d + half] * sine;
  second = x[d + half] * cosine + x[d] * sine;
}

// q into the room; the new position's key and value into the cache, by the block whose split has it.
__device__ __forceinline__ void begin(const Attention& p, const Head& head, bool newest, Room& room) {
  const int half = p.width / 2;
  for (int d = thread(); d < half; d += threads) {
    rotate(p, head, head.q, d, room.q[d], room.q[d + half]);
    if (!newest) continue;
    const std::int64_t row = std::int64_t{head.position} * p.width;
    float first, second;
    rotate(p, head, head.k, d, first, second);
    head.keys[row + d] = static_cast<std::uint16_t>(bf16_of_float(first));
    head.keys[row + d + half] = static_cast<std::uint16_t>(bf16_of_float(second));
    head.values[row + d] = static_cast<std::uint16_t>(bf16_of_float(head.v[d]));
    head.values[row + d + half] = static_cast<std::uint16_t>(bf16_of_float(head.v[d + half]));
  }
  sync_block();
}

__device__ __forceinline__ void widen(const uint4& piece_of_row, float (&values)[piece]) {
  const std::uint32_t words[4] = {piece_of_row.x, piece_of_row.y, piece_of_row.z, piece_of_row.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    values[2 * i] = float_of_bf16(words[i] & 0xffff);
    values[2 * i + 1] = float_of_bf16(words[i] >> 16);
  }
}

// Scores of `live` positions from `first` into room.weights: four threads a position, eight positions a warp.
__device__ __forceinline__ void score(const Attention& p, const Head& head, int first, int live, Room& room) {
  const int lane = thread() % warp_threads, warp = thread() / warp_threads;
  const int t = lane % lanes_per_position, pieces = p.width / piece;
  const float scale = 1 / sqrtf(static_cast<float>(p.width));
#pragma unroll
  for (int round = 0; round < split_positions / (warps * positions_per_warp); ++round) {
    const int position = (round * warps + warp) * positions_per_warp + lane / lanes_per_position;
    float sum = 0;
    if (position < live) {
      const std::uint16_t* row = head.keys + std::int64_t{first + position} * p.width;
#pragma unroll 4
      for (int i = t; i < pieces; i += lanes_per_position) {
        float values[piece];
        widen(*reinterpret_cast<const uint4*>(row + i * piece), values);
#pragma unroll
        for (int k = 0; k < piece; ++k) sum = fmaf(values[k], room.q[i * piece + k], sum);
      }
    }
    sum += shuffle_xor(sum, 1);
    sum += shuffle_xor(sum, 2);
    if (t == 0) room.weights[position] = sum * scale;
  }
  sync_block();
}

struct Softmax {
  float largest, sum;
};

// room.weights: scores to exp(score - largest), zeros behind the last.
__device__ __forceinline__ Softmax weigh(int live, Room& room) {
  const int warp = thread() / warp_threads;
  const float mine = thread() < live ? room.weights[thread()] : -INFINITY;
  const float of_warp = warp_max(mine);
  if (thread() % warp_threads == 0) room.of_warps[warp] = of_warp;
  sync_block();
  Softmax softmax{room.of_warps[0], 0};
  for (int i = 1; i < warps; ++i) softmax.largest = fmaxf(softmax.largest, room.of_warps[i]);
  const float weight = thread() < live ? expf(mine - softmax.largest) : 0;
  room.weights[thread()] = weight;
  const float sum = warp_sum(weight);
  sync_block();  // all have read the largest
  if (thread() % warp_threads == 0) room.of_warps[warp] = sum;
  sync_block();
  for (int i = 0; i < warps; ++i) softmax.sum += room.of_warps[i];
  return softmax;
}

// Weighted sums of the values' rows into room.sums: [groups of positions][width]. Returns the groups.
__device__ __forceinline__ int mix(const Attention& p, const Head& head, int first, int live, Room& room) {
  const int pieces = p.width / piece, groups = threads / pieces;
  const int group = thread() / pieces, i = thread() % pieces;
  if (group < groups) {
    float sums[piece] = {};
#pragma unroll 4
    for (int position = group; position < live; position += groups) {
      float values[piece];
      widen(*reinterpret_cast<const uint4*>(head.values + std::int64_t{first + position} * p.width + i * piece), values);
      const float weight = room.weights[position];
#pragma unroll
      for (int k = 0; k < piece; ++k) sums[k] = fmaf(weight, values[k], sums[k]);
    }
#pragma unroll
    for (int k = 0; k < piece; ++k) room.sums[group * p.width + i * piece + k] = sums[k];
  }
  sync_block();
  return groups;
}

// What the splits of a head found, joined in their order.
__device__ __forceinline__ void join(const Attention& p, const Head& head, int splits) {
  const int stride = p.width + 2;
  float largest = -INFINITY, weights = 0;
  for (int split = 0; split < splits; ++split)
    largest = fmaxf(largest, load_shared_between_blocks(head.partial + split * stride + p.width));
  for (int split = 0; split < splits; ++split)
    weights += load_shared_between_blocks(head.partial + split * stride + p.width + 1) *
               expf(load_shared_between_blocks(head.partial + split * stride + p.width) - largest);
  for (int d = thread(); d < p.width; d += threads) {
    float sum = 0;
    for (int split = 0; split < splits; ++split)
      sum += load_shared_between_blocks(head.partial + split * stride + d) *
             expf(load_shared_between_blocks(head.partial + split * stride + p.width) - largest);
    head.out[d] = sum / weights;
  }
}

// blocks: [splits][heads][vectors]; those behind a sequence's last position have nothing to do.
__global__ void __launch_bounds__(threads) attention_kernel(const __grid_constant__ Attention p) {
  __shared__ Room room;
  const int split = block_x(), vector = block_z();
  const Head head = head_of(p, block_y(), vector);
  if (head.position < 0) {
    for (int d = thread(); split == 0 && d < p.width; d += threads) head.out[d] = 0;
    return;
  }
  const int positions = head.position + 1, splits = attention_splits(positions), first = split * split_positions;
  if (split >= splits) return;
  const int live = positions - first < split_positions ? positions - first : split_positions;
  begin(p, head, split == splits - 1, room);
  score(p, head, first, live, room);
  const Softmax softmax = weigh(live, room);
  const int groups = mix(p, head, first, live, room);
  float* partial = head.partial + split * (p.width + 2);
  for (int d = thread(); d < p.width; d += threads) {
    float sum = 0;
    for (int group = 0; group < groups; ++group) sum += room.sums[group * p.width + d];
    if (splits == 1)
      head.out[d] = sum / softmax.sum;
    else
      partial[d] = sum;
  }
  if (splits == 1) return;
  if (thread() == 0) {
    partial[p.width] = softmax.largest;
    partial[p.width + 1] = softmax.sum;
  }
  if (last_of(p.counters + std::int64_t{vector} * p.heads + block_y(), splits)) join(p, head, splits);
}

}  // namespace

void launch_attention(const Attention& attention, Stream stream) {
  if (attention.width % piece != 0 || attention.width > head_width_max || attention.width < piece)
    check_launch(1, "heads of a width that the attention does not know");
  const Blocks blocks{static_cast<unsigned>(attention_splits(attention.context)), static_cast<unsigned>(attention.heads),
                      static_cast<unsigned>(attention.vectors)};
  launch(attention_kernel, blocks, threads, stream, attention);
}

}  // namespace radfm::kernels::cuda
