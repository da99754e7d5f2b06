// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/cuda/device_on_processor.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "core/result.h"

namespace radfm::kernels::cuda {
namespace {

constexpr std::size_t stack_bytes = 128 << 10;
constexpr unsigned threads_max = 1024, lanes = 32;

struct Barrier {
  unsigned arrived = 0, generation = 0;
};

// A context is entered once; from then on jumps lead in and out, which ask the kernel of the system nothing.
struct Fiber {
  ucontext_t context{};
  jmp_buf place{};
  std::unique_ptr<char[]> stack;
  bool begun = false, done = true;
};

// The block that runs.
struct Block {
  std::vector<Fiber> fibers;
  jmp_buf scheduler{};
  Here here;
  unsigned threads = 0;
  bool moved = false;  // a thread came to a barrier or its end since the scheduler began its round
  Barrier all, warps[threads_max / lanes];
  Shown shown[threads_max];
  const std::function<void()>* body = nullptr;
  std::mt19937_64 order{0};
};
Block block;

Fiber& running() { return block.fibers[static_cast<std::size_t>(block.here.thread)]; }

[[gnu::noinline]] void yield() {
  if (_setjmp(running().place) == 0) _longjmp(block.scheduler, 1);
}

// Until the fiber yields or ends.
[[gnu::noinline]] void resume(Fiber& fiber) {
  if (_setjmp(block.scheduler) != 0) return;
  if (fiber.begun) _longjmp(fiber.place, 1);
  fiber.begun = true;
  setcontext(&fiber.context);
}

void wait(Barrier& barrier, unsigned threads) {
  block.moved = true;
  const unsigned generation = barrier.generation;
  if (++barrier.arrived == threads) {
    barrier.arrived = 0;
    ++barrier.generation;
    return;
  }
  while (barrier.generation == generation) yield();
}

Barrier& own_warp() {
  return block.warps[static_cast<unsigned>(block.here.thread) / lanes];
}

void fiber_main() {
  (*block.body)();
  running().done = true;
  block.moved = true;
  _longjmp(block.scheduler, 1);
}

void begin(Fiber& fiber) {
  if (!fiber.stack) fiber.stack = std::make_unique<char[]>(stack_bytes);
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = stack_bytes;
  makecontext(&fiber.context, fiber_main, 0);
  fiber.begun = fiber.done = false;
}

void run_block() {
  std::vector<int> order(block.threads);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), block.order);
  for (unsigned i = 0; i < block.threads; ++i) begin(block.fibers[i]);
  for (bool any = true; any;) {
    any = block.moved = false;
    for (const int thread : order) {
      Fiber& fiber = block.fibers[static_cast<std::size_t>(thread)];
      if (fiber.done) continue;
      any = true;
      block.here.thread = thread;
      resume(fiber);
    }
    if (any && !block.moved) broken_invariant("threads of a block wait for others that never come");
  }
}

float bf16_at(std::uint32_t word, int half) {
  return std::bit_cast<float>(half ? word & 0xffff0000 : word << 16);
}

int byte_at(std::uint32_t word, int byte) {
  return static_cast<std::int8_t>(word >> (8 * byte));
}

// sums += a b for what this thread holds of the sums, the matrices taken from the threads that hold them: `product(word of a,
// word of b, sum)` adds what two words hold.
template <typename Sum, typename Product>
void multiply_shown(Sum (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1, Product product) {
  show({{a[0], a[1], a[2], a[3], b0, b1}});
  const int lane = block.here.thread % static_cast<int>(lanes), g = lane / 4, t = lane % 4;
  for (int i = 0; i < 4; ++i)
    for (int half = 0; half < 2; ++half)
      for (int k = 0; k < 4; ++k) {
        const std::uint32_t mine = shown_by(4 * g + k).words[2 * half + i / 2];
        const std::uint32_t other = shown_by(4 * (2 * t + i % 2) + k).words[4 + half];
        sums[i] = product(mine, other, sums[i]);
      }
  stop_showing();
}

}  // namespace

void set_order_of_threads(std::uint64_t seed) { block.order.seed(seed); }

const Here& here() { return block.here; }

void run_blocks(Blocks blocks, unsigned threads, const std::function<void()>& body) {
  if (threads == 0 || threads > threads_max || threads % lanes != 0) broken_invariant("a launch of part of a warp");
  block.threads = threads;
  block.body = &body;
  block.fibers.resize(std::max<std::size_t>(block.fibers.size(), threads));
  for (unsigned z = 0; z < blocks.z; ++z)
    for (unsigned y = 0; y < blocks.y; ++y)
      for (unsigned x = 0; x < blocks.x; ++x) {
        block.here = {0, static_cast<int>(x), static_cast<int>(y), static_cast<int>(z)};
        run_block();
      }
}

void sync_block() { wait(block.all, block.threads); }
void sync_warp() { wait(own_warp(), lanes); }

void show(const Shown& mine) {
  block.shown[block.here.thread] = mine;
  sync_warp();
}
const Shown& shown_by(int lane) {
  return block.shown[block.here.thread / static_cast<int>(lanes) * static_cast<int>(lanes) + lane];
}
void stop_showing() { sync_warp(); }

void multiply_bf16(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  multiply_shown(sums, a, b0, b1, [](std::uint32_t x, std::uint32_t y, float sum) {
    sum = std::fma(bf16_at(x, 0), bf16_at(y, 0), sum);
    return std::fma(bf16_at(x, 1), bf16_at(y, 1), sum);
  });
}

void multiply_s8(int (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  multiply_shown(sums, a, b0, b1, [](std::uint32_t x, std::uint32_t y, int sum) {
    for (int byte = 0; byte < 4; ++byte) sum += byte_at(x, byte) * byte_at(y, byte);
    return sum;
  });
}

}  // namespace radfm::kernels::cuda
