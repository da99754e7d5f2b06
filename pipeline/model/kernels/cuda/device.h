// SPDX-License-Identifier: Apache-2.0
// What kernels say to a GPU: which thread this is, how threads of a block wait for one another, loads, products of small
// matrices. Kernels (*.cu) say nothing to it by any other way. Two implementations: nvcc's, and the processor's
// (device_on_processor.h), by which the same kernels are tested where no GPU is.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#ifdef __CUDACC__
#include <cuda_runtime.h>
#else
#include "pipeline/model/kernels/cuda/device_on_processor.h"
#endif

#include "pipeline/model/kernels/cuda/stream.h"

namespace radfm::kernels::cuda {

inline constexpr int warp_threads = 32;

#ifdef __CUDACC__

__device__ __forceinline__ int thread() { return static_cast<int>(threadIdx.x); }
__device__ __forceinline__ int block_x() { return static_cast<int>(blockIdx.x); }
__device__ __forceinline__ int block_y() { return static_cast<int>(blockIdx.y); }
__device__ __forceinline__ int block_z() { return static_cast<int>(blockIdx.z); }

// All threads of a block come here before one goes on, and see what the others have written.
__device__ __forceinline__ void sync_block() { __syncthreads(); }
__device__ __forceinline__ void sync_warp() { __syncwarp(); }

// The value of the thread of this warp whose number differs in the bits of `mask`. All 32 threads must come here.
template <typename Value>
__device__ __forceinline__ Value shuffle_xor(Value value, int mask) {
  return __shfl_xor_sync(0xffffffffu, value, mask);
}

// Read once and by this thread alone, so that the first cache is left to others.
__device__ __forceinline__ uint4 load_streamed(const void* address) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.L2::256B.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(address));
  return v;
}
// What another block has written in this launch: past the first cache, which does not hear of it.
__device__ __forceinline__ float load_shared_between_blocks(const float* address) { return __ldcg(address); }
__device__ __forceinline__ int load_shared_between_blocks(const int* address) { return __ldcg(address); }

// What this thread wrote is seen by all blocks before what it writes next.
__device__ __forceinline__ void fence_device() { __threadfence(); }
__device__ __forceinline__ unsigned count_up(unsigned* counter) { return atomicAdd(counter, 1u); }

// sums [16, 8] += a [16, 16] b [16, 8], bfloat16 with float32 sums. Thread (g = lane / 4, t = lane % 4) holds of a: rows g, g + 8 at
// columns 2t, 2t + 1, then rows g, g + 8 at columns 2t + 8, 2t + 9; of b: rows 2t, 2t + 1, then 2t + 8, 2t + 9 of column g;
// of the sums: row g, columns 2t, 2t + 1, then row g + 8 (PTX ISA, "Matrix Fragments for mma.m16n8k16").
__device__ __forceinline__ void multiply_bf16(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
// The same of signed bytes, four to a word, with 32-bit sums: a [16, 32], b [32, 8] ("mma.m16n8k32").
__device__ __forceinline__ void multiply_s8(int (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// One launch, behind all that the stream was told before.
struct Blocks {
  unsigned x = 1, y = 1, z = 1;
};
template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), Blocks blocks, unsigned threads, Stream stream, const Arguments&... arguments) {
  kernel<<<dim3(blocks.x, blocks.y, blocks.z), threads, 0, static_cast<cudaStream_t>(stream)>>>(arguments...);
  const cudaError_t error = cudaGetLastError();
  check_launch(error, cudaGetErrorString(error));
}

#endif

// Largest value and sum over a warp, the same in each of its threads; sums are taken in a fixed order.
__device__ __forceinline__ float warp_max(float value) {
#pragma unroll
  for (int mask = warp_threads / 2; mask > 0; mask /= 2) value = fmaxf(value, shuffle_xor(value, mask));
  return value;
}
__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
  for (int mask = warp_threads / 2; mask > 0; mask /= 2) value += shuffle_xor(value, mask);
  return value;
}

// Of `blocks` blocks that call this with the same counter, which is 0: true for the last to come, which sees what all have
// written before. The counter is 0 again behind it. All threads of a block must come here.
__device__ __forceinline__ bool last_of(unsigned* counter, int blocks) {
  __shared__ bool last;
  fence_device();
  sync_block();
  if (thread() == 0) {
    last = count_up(counter) == static_cast<unsigned>(blocks) - 1;
    if (last) *counter = 0;
    fence_device();
  }
  sync_block();
  return last;
}

__device__ __forceinline__ float float_of_bf16(std::uint32_t bits) { return std::bit_cast<float>(bits << 16); }
// To the nearest, ties to even; a NaN stays one.
__device__ __forceinline__ std::uint32_t bf16_of_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return bits >> 16 | 0x40;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

}  // namespace radfm::kernels::cuda
