// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fiber.h"

#include <cstdint>

#include "core/result.h"

namespace radfm::simulation {

StackPool::Stack StackPool::take() {
  if (free_.empty()) return std::make_unique_for_overwrite<std::byte[]>(stack_bytes);
  Stack stack = std::move(free_.back());
  free_.pop_back();
  return stack;
}

Fiber::Fiber(StackPool& stacks, std::function<void()> body) : stacks_(stacks), body_(std::move(body)), stack_(stacks.take()) {}

Fiber::~Fiber() {
  kill();
  stacks_.give_back(std::move(stack_));
}

// makecontext() hands over ints only, so the address travels in two halves.
void Fiber::enter(unsigned low, unsigned high) {
  const std::uintptr_t address = (std::uintptr_t{high} << 32) | low;
  reinterpret_cast<Fiber*>(address)->run();
}

void Fiber::run() {
  try {
    if (!killed_) body_();
  } catch (const Killed&) {
    // The process was killed: nothing of it is left but what it wrote.
  }
  ended_ = true;
  swapcontext(&own_, &resumer_);
}

void Fiber::resume() {
  if (ended_) return;
  if (!started_) {
    started_ = true;
    if (getcontext(&own_) != 0) broken_invariant("a fiber cannot be made");
    own_.uc_stack.ss_sp = stack_.get();
    own_.uc_stack.ss_size = StackPool::stack_bytes;
    own_.uc_link = nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&own_, reinterpret_cast<void (*)()>(reinterpret_cast<void*>(&Fiber::enter)), 2, static_cast<unsigned>(address & 0xFFFFFFFFU),
                static_cast<unsigned>(address >> 32));
  }
  if (swapcontext(&resumer_, &own_) != 0) broken_invariant("a fiber cannot be entered");
}

void Fiber::pause() {
  if (!killed_ && swapcontext(&own_, &resumer_) != 0) broken_invariant("a fiber cannot be left");
  if (killed_) throw Killed{};
}

void Fiber::kill() {
  if (ended_) return;
  killed_ = true;
  if (started_) {
    resume();
  } else {
    ended_ = true;
  }
}

}  // namespace radfm::simulation
