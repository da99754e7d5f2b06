// SPDX-License-Identifier: Apache-2.0
// A step's attention on a GPU: rotary positions, the cache's new row, and the softmax over all positions, in one launch. The
// positions of a head are split among blocks by 128; the last block to finish joins the splits in their order.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/cuda/prepare.h"
#include "pipeline/model/kernels/cuda/stream.h"

namespace radfm::kernels::cuda {

inline constexpr int split_positions = 128;
inline constexpr int head_width_max = 256;

// Of one sequence and layer: bfloat16 [heads][capacity][width], 16-byte aligned.
struct CacheAddresses {
  std::uint16_t* keys = nullptr;
  std::uint16_t* values = nullptr;
};

constexpr int attention_splits(std::int64_t positions) {
  return static_cast<int>((positions + split_positions - 1) / split_positions);
}
// Unscaled sums, the largest score and the sum of weights of each split.
constexpr std::int64_t attention_partial_floats(int vectors, int heads, int width, std::int64_t context) {
  return std::int64_t{vectors} * heads * attention_splits(context) * (width + 2);
}

struct Attention {
  const float* qkv = nullptr;  // [vectors][q, k, v], each [heads][width], not yet rotated
  int vectors = 0, heads = 0, width = 0;  // width: a multiple of 8, at most head_width_max
  std::int64_t context = 0;               // positions that a cache can have
  const StepRow* rows = nullptr;          // [vectors], on the device
  const CacheAddresses* caches = nullptr;  // [vectors], on the device
  const float* cosines = nullptr;          // [context][width]: rotary_table of llama.h
  const float* sines = nullptr;
  float* partials = nullptr;     // attention_partial_floats
  unsigned* counters = nullptr;  // [vectors][heads], zeros; zeros again behind the launch
  float* out = nullptr;          // [vectors][heads * width]
};
void launch_attention(const Attention& attention, Stream stream);

}  // namespace radfm::kernels::cuda
