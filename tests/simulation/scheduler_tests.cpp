// SPDX-License-Identifier: Apache-2.0
// Aim: who is run, runs; who sleeps is woken by time or by what it waits for; timers fire in their order; the dead stay dead.
#include "tests/simulation/scheduler.h"

#include <gtest/gtest.h>

namespace radfm::simulation {
namespace {

class SchedulerTest : public testing::Test {
 protected:
  void run_all() {
    for (Scheduler::Thread* const thread : scheduler_.runnable()) scheduler_.run(*thread);
  }
  SimulatedClock clock_;
  StackPool stacks_;
  Scheduler scheduler_{clock_, stacks_};
  std::string said_;
};

TEST_F(SchedulerTest, SleepersWakeByTimeOrByWhatTheyWaitFor) {
  bool rung = false;
  Scheduler::Process& process = scheduler_.start("p");
  scheduler_.spawn(process, "by time", [&] {
    scheduler_.sleep(100);
    said_ += "time ";
  });
  scheduler_.spawn(process, "by bell", [&] { said_ += scheduler_.sleep(1'000, [&] { return rung; }) ? "bell " : "late "; });
  run_all();
  EXPECT_TRUE(scheduler_.runnable().empty());
  EXPECT_EQ(scheduler_.idle_ms(), 100);
  rung = true;
  run_all();
  EXPECT_EQ(said_, "bell ");
  scheduler_.advance(100);
  run_all();
  EXPECT_EQ(said_, "bell time ");
  EXPECT_FALSE(scheduler_.has_threads(process));
}

TEST_F(SchedulerTest, TimersFireInTheirOrderAtTheirTime) {
  scheduler_.after(20, [&] { said_ += "20@" + std::to_string(clock_.true_ms()) + " "; });
  scheduler_.after(10, [&] {
    said_ += "10@" + std::to_string(clock_.true_ms()) + " ";
    scheduler_.after(5, [&] { said_ += "15@" + std::to_string(clock_.true_ms()) + " "; });
  });
  scheduler_.advance(30);
  EXPECT_EQ(said_, "10@10 15@15 20@20 ");
  EXPECT_EQ(clock_.true_ms(), 30);
}

TEST_F(SchedulerTest, TheFrozenWaitAndTheDeadAreGone) {
  Scheduler::Process& frozen = scheduler_.start("frozen");
  Scheduler::Process& dying = scheduler_.start("dying");
  scheduler_.spawn(frozen, "frozen", [&] { said_ += "thawed "; });
  scheduler_.spawn(dying, "dying", [&] {
    scheduler_.pause();
    said_ += "never ";
  });
  frozen.frozen_until_ms = 50;
  run_all();
  scheduler_.kill(dying);
  EXPECT_TRUE(scheduler_.runnable().empty());
  scheduler_.advance(50);
  run_all();
  EXPECT_EQ(said_, "thawed ");
}

// The wall clock may be set, and a reboot begins a new boot; true time does neither.
TEST(SimulatedClock, KeepsWallAndBootApart) {
  SimulatedClock clock;
  const std::int64_t wall = clock.wall_ms(), boot = clock.boot_ms();
  clock.advance(1'000);
  clock.step_wall(-86'400'000);
  EXPECT_EQ(clock.wall_ms(), wall + 1'000 - 86'400'000);
  EXPECT_EQ(clock.boot_ms(), boot + 1'000);
  const std::string before = clock.boot_id();
  clock.reboot();
  EXPECT_NE(clock.boot_id(), before);
  EXPECT_LT(clock.boot_ms(), boot);
  EXPECT_EQ(clock.true_ms(), 1'000);
}

}  // namespace
}  // namespace radfm::simulation
