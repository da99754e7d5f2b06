// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/cuda/likeliest.h"

#include "pipeline/model/kernels/cuda/device.h"

namespace radfm::kernels::cuda {
namespace {

constexpr int threads = 1024, warps = threads / warp_threads;

struct Best {
  float value = -INFINITY;
  int id = 0x7fffffff, finite = 1;
};

__device__ __forceinline__ void take(Best& best, const Best& other) {
  const bool better = other.value > best.value || (other.value == best.value && other.id < best.id);
  if (better) {
    best.value = other.value;
    best.id = other.id;
  }
  best.finite &= other.finite;
}

__device__ __forceinline__ Best best_of_warp(Best best) {
#pragma unroll
  for (int mask = warp_threads / 2; mask > 0; mask /= 2) {
    Best other;
    other.value = shuffle_xor(best.value, mask);
    other.id = shuffle_xor(best.id, mask);
    other.finite = shuffle_xor(best.finite, mask);
    take(best, other);
  }
  return best;
}

// A block for each row.
__global__ void __launch_bounds__(threads) likeliest_kernel(const float* logits, int vocab, Likeliest* out) {
  __shared__ float values[warps];
  __shared__ int ids[warps], finites[warps];
  const float* row = logits + static_cast<std::int64_t>(block_x()) * vocab;
  Best best;
  for (int i = thread(); i < vocab; i += threads) {
    const float value = row[i];
    take(best, Best{value, i, fabsf(value) < INFINITY ? 1 : 0});
  }
  best = best_of_warp(best);
  const int warp = thread() / warp_threads, lane = thread() % warp_threads;
  if (lane == 0) values[warp] = best.value, ids[warp] = best.id, finites[warp] = best.finite;
  sync_block();
  best = best_of_warp(Best{values[lane], ids[lane], finites[lane]});
  if (thread() == 0) out[block_x()] = Likeliest{best.finite ? best.id : 0, best.finite};
}

}  // namespace

void launch_likeliest(const float* logits, int rows, int vocab, Likeliest* out, Stream stream) {
  launch(likeliest_kernel, Blocks{static_cast<unsigned>(rows)}, threads, stream, logits, vocab, out);
}

}  // namespace radfm::kernels::cuda
