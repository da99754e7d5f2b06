// SPDX-License-Identifier: Apache-2.0
// A function that can be stopped in its middle and gone on with later, on a stack of its own, in the thread that resumes it.
// What is simulated runs in fibers, so that real code which calls and waits can be interleaved without threads.
//
// One thread. A fiber pauses only between calls of the world, never while an exception is being handled: what C++ keeps of
// exceptions in flight is kept for each thread.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace radfm::simulation {

// Thrown out of pause() in a fiber whose process was killed: what was on its stack is gone. Caught by the fiber alone.
struct Killed {};

// Stacks are used again: thousands of simulations make the same few fibers.
class StackPool {
 public:
  static constexpr std::size_t stack_bytes = std::size_t{512} << 10;
  using Stack = std::unique_ptr<std::byte[]>;
  Stack take();
  void give_back(Stack stack) { free_.push_back(std::move(stack)); }

 private:
  std::vector<Stack> free_;
};

class Fiber {
 public:
  // `stacks` must outlive it.
  Fiber(StackPool& stacks, std::function<void()> body);
  ~Fiber();  // kills it where it has not ended
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void resume();  // until it pauses or ends
  void pause();   // called by the body, however deep
  void kill();    // its stack is unwound; pauses are refused from here on
  bool ended() const { return ended_; }

 private:
  static void enter(unsigned low, unsigned high);
  void run();

  StackPool& stacks_;
  std::function<void()> body_;
  StackPool::Stack stack_;
  ucontext_t own_{}, resumer_{};
  bool started_ = false, ended_ = false, killed_ = false;
};

}  // namespace radfm::simulation
