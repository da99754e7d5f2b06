// SPDX-License-Identifier: Apache-2.0
#include "core/clock.h"

#include <gtest/gtest.h>

namespace radfm {
namespace {

TEST(SystemClock, ReadsPlausibleTimes) {
  // Aim: the units are milliseconds and the boot clock never goes back.
  const SystemClock clock;
  EXPECT_GT(clock.wall_ms(), 1'700'000'000'000);
  EXPECT_LT(clock.wall_ms(), 10'000'000'000'000);
  const auto first = clock.boot_ms();
  EXPECT_GT(first, 0);
  EXPECT_LE(first, clock.boot_ms());
}

TEST(SystemClock, NamesTheBootTheSameForAllItsInstances) {
  // Aim: two processes of one boot must agree, so the name comes from the kernel and not from the instance.
  EXPECT_FALSE(SystemClock().boot_id().empty());
  EXPECT_EQ(SystemClock().boot_id(), SystemClock().boot_id());
}

}  // namespace
}  // namespace radfm
