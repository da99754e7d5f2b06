// SPDX-License-Identifier: Apache-2.0
// Aim: a fiber goes on where it stopped, and one that is killed is unwound where it stood, without another word.
#include "tests/simulation/fiber.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace radfm::simulation {
namespace {

struct SaysWhenItGoes {
  std::string& said;
  ~SaysWhenItGoes() { said += "gone "; }
};

TEST(Fiber, GoesOnWhereItStopped) {
  StackPool stacks;
  std::string said;
  Fiber* self = nullptr;
  Fiber fiber(stacks, [&] {
    said += "one ";
    self->pause();
    said += "two ";
  });
  self = &fiber;
  fiber.resume();
  said += "between ";
  EXPECT_FALSE(fiber.ended());
  fiber.resume();
  EXPECT_TRUE(fiber.ended());
  EXPECT_EQ(said, "one between two ");
}

TEST(Fiber, IsUnwoundWhenItIsKilled) {
  StackPool stacks;
  std::string said;
  Fiber* self = nullptr;
  Fiber fiber(stacks, [&] {
    const SaysWhenItGoes witness{said};
    self->pause();
    said += "never ";
  });
  self = &fiber;
  fiber.resume();
  fiber.kill();
  EXPECT_TRUE(fiber.ended());
  EXPECT_EQ(said, "gone ");
}

TEST(Fiber, ThatNeverRanIsKilledWithoutRunning) {
  StackPool stacks;
  bool ran = false;
  {
    Fiber fiber(stacks, [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
}

// Each has its own exceptions, as long as none pauses in a handler.
TEST(Fiber, ThrowsAndCatchesForItself) {
  StackPool stacks;
  int caught = 0;
  Fiber* selves[2] = {nullptr, nullptr};
  const auto body = [&](int which) {
    for (int i = 0; i < 3; ++i) {
      try {
        throw std::runtime_error("mine");
      } catch (const std::runtime_error&) {
        ++caught;
      }
      selves[which]->pause();
    }
  };
  Fiber one(stacks, [&] { body(0); }), other(stacks, [&] { body(1); });
  selves[0] = &one;
  selves[1] = &other;
  for (int i = 0; i < 4; ++i) {
    one.resume();
    other.resume();
  }
  EXPECT_EQ(caught, 6);
  EXPECT_TRUE(one.ended() && other.ended());
}

}  // namespace
}  // namespace radfm::simulation
