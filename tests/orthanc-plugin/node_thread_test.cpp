// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/node_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <new>
#include <stdexcept>
#include <vector>

namespace radfm::plugin {
namespace {

constexpr std::chrono::hours long_wait{1};

TEST(NodeThreadTest, RingBeforeTheWaitIsHeard) {
  // Aim: a bell that rings while a round runs leads to another round, though the wait is long.
  std::promise<void> second;
  int rounds = 0;
  NodeThread* self = nullptr;
  std::promise<void> ready;
  NodeThread thread([&] {
    if (++rounds == 1) {
      ready.get_future().wait();
      self->ring();
    }
    if (rounds == 2) second.set_value();
    return std::chrono::milliseconds(long_wait);
  });
  self = &thread;
  ready.set_value();
  second.get_future().wait();
  thread.stop();
  EXPECT_EQ(rounds, 2);
}

TEST(NodeThreadTest, RingsWithoutEndAreGathered) {
  // Aim: bells that never stop lead to one round in a second, not to one for each; the first is answered before that.
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> rounds;
  std::promise<void> third;
  std::atomic<bool> ended = false;
  NodeThread thread([&] {
    rounds.push_back(Clock::now());
    if (rounds.size() == 3) {
      ended = true;
      third.set_value();
    }
    return std::chrono::milliseconds(long_wait);
  });
  while (!ended) thread.ring();
  third.get_future().wait();
  thread.stop();
  ASSERT_GE(rounds.size(), 3U);
  // The thread reckons from just before a round, and that moment is not seen here.
  EXPECT_GE(rounds[2] - rounds[1], std::chrono::milliseconds(990));
}

TEST(NodeThreadTest, StopEndsTheWait) {
  // Aim: stopping does not wait for the next round, and stopping twice is harmless.
  std::promise<void> first;
  NodeThread thread([&] {
    first.set_value();
    return std::chrono::milliseconds(long_wait);
  });
  first.get_future().wait();
  thread.stop();
  thread.stop();
}

TEST(NodeThreadTest, ExceptionDoesNotEndTheThread) {
  // Aim: a round that throws is followed by another.
  std::promise<void> threw, second;
  int rounds = 0;
  NodeThread thread([&]() -> std::chrono::milliseconds {
    if (++rounds == 1) {
      threw.set_value();
      throw std::runtime_error("a library's");
    }
    if (rounds == 2) second.set_value();
    return long_wait;
  });
  threw.get_future().wait();
  thread.ring();
  second.get_future().wait();
  thread.stop();
}

TEST(NodeThreadTest, NothingThrownLeaves) {
  // Aim: what is no std::exception costs a round like any other, also at the end; the end comes once, after the last round.
  std::promise<void> threw, second;
  int rounds = 0, ends = 0;
  {
    NodeThread thread(
        [&]() -> std::chrono::milliseconds {
          if (++rounds == 1) {
            threw.set_value();
            throw 7;
          }
          if (rounds == 2) second.set_value();
          return long_wait;
        },
        [&] {
          ++ends;
          throw std::bad_alloc();
        });
    threw.get_future().wait();
    thread.ring();
    second.get_future().wait();
    EXPECT_EQ(ends, 0);
  }
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(rounds, 2);
}

}  // namespace
}  // namespace radfm::plugin
