// SPDX-License-Identifier: Apache-2.0
// A GPU played by the processor, so that kernels are tested where none is: blocks one after the other, the threads of a block
// as fibers of one thread that go on until they wait for one another. In which order they go on is drawn from a seed: a
// kernel whose result depends on it lacks a barrier. Slow, and exact: products of matrices are fused multiply-adds in the
// order of the columns.
//
// One launch at a time in a process. A block whose threads wait for what never comes stops the program.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

#include "pipeline/model/kernels/cuda/stream.h"

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__
#define __restrict__
#define __shared__ static

struct uint2 {
  unsigned x, y;
};
struct uint4 {
  unsigned x, y, z, w;
};
struct float4 {
  float x, y, z, w;
};

namespace radfm::kernels::cuda {

struct Blocks {
  unsigned x = 1, y = 1, z = 1;
};

// Of the launches after it.
void set_order_of_threads(std::uint64_t seed);

// Where the running thread is.
struct Here {
  int thread = 0, block_x = 0, block_y = 0, block_z = 0;
};
const Here& here();
void run_blocks(Blocks blocks, unsigned threads, const std::function<void()>& body);

inline int thread() { return here().thread; }
inline int block_x() { return here().block_x; }
inline int block_y() { return here().block_y; }
inline int block_z() { return here().block_z; }
void sync_block();
void sync_warp();

// What each thread of a warp shows the others.
struct Shown {
  std::uint32_t words[8] = {};
};
void show(const Shown& mine);      // waits until all threads of the warp show
const Shown& shown_by(int lane);   // until `stop_showing`
void stop_showing();               // waits until all have seen

template <typename Value>
Value shuffle_xor(Value value, int mask) {
  static_assert(sizeof(Value) == 4 && std::is_trivially_copyable_v<Value>);
  Shown mine;
  std::memcpy(&mine.words[0], &value, 4);
  show(mine);
  std::memcpy(&value, &shown_by((here().thread % 32) ^ mask).words[0], 4);
  stop_showing();
  return value;
}

inline uint4 load_streamed(const void* address) {
  uint4 value;
  std::memcpy(&value, address, sizeof value);
  return value;
}
inline float load_shared_between_blocks(const float* address) { return *address; }
inline int load_shared_between_blocks(const int* address) { return *address; }
inline void fence_device() {}
inline unsigned count_up(unsigned* counter) { return (*counter)++; }

void multiply_bf16(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1);
void multiply_s8(int (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1);

template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), Blocks blocks, unsigned threads, Stream, const Arguments&... arguments) {
  run_blocks(blocks, threads, [&] { kernel(arguments...); });
}

}  // namespace radfm::kernels::cuda
