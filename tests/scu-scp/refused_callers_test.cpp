// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/refused_callers.h"

#include <gtest/gtest.h>

namespace radfm::scu {
namespace {

TEST(RefusedCallers, AtTheLimitAndOnePastIt) {
  // Aim: an address is heard at the limit and shut out one point later, until its minute is over; another one is not concerned.
  RefusedCallers callers;
  for (int i = 0; i < refusal_points_max; ++i) callers.note("10.0.0.1", refusal_points, 1'000);
  EXPECT_FALSE(callers.is_shut_out("10.0.0.1", refusal_points_max, 1'000));
  callers.note("10.0.0.1", refusal_points, 2'000);
  EXPECT_TRUE(callers.is_shut_out("10.0.0.1", refusal_points_max, 2'000));
  EXPECT_FALSE(callers.is_shut_out("10.0.0.2", refusal_points_max, 2'000));
  EXPECT_TRUE(callers.is_shut_out("10.0.0.1", refusal_points_max, 1'000 + refusal_window_ms - 1));
  EXPECT_FALSE(callers.is_shut_out("10.0.0.1", refusal_points_max, 1'000 + refusal_window_ms));
}

TEST(RefusedCallers, SilenceCostsMore) {
  // Aim: fewer silent callers than places are needed until their address is shut out.
  RefusedCallers callers;
  int silent = 0;
  for (; !callers.is_shut_out("10.0.0.1", refusal_points_max, 0); ++silent) callers.note("10.0.0.1", silence_points, 0);
  EXPECT_EQ(silent, 7);
}

TEST(RefusedCallers, ANewMinuteBeginsWithNothing) {
  // Aim: points of a minute that is over are not added to those of the next.
  RefusedCallers callers;
  callers.note("10.0.0.1", refusal_points_max, 0);
  callers.note("10.0.0.1", refusal_points_max, refusal_window_ms);
  EXPECT_FALSE(callers.is_shut_out("10.0.0.1", refusal_points_max, refusal_window_ms));
}

TEST(RefusedCallers, MemoryIsBounded) {
  // Aim: at the limit of addresses and one past it; the worst one stays known.
  RefusedCallers callers;
  callers.note("worst", refusal_points_max + 1, 0);
  for (std::size_t i = 1; i < remembered_addresses_max; ++i) callers.note("a" + std::to_string(i), refusal_points, 0);
  EXPECT_EQ(callers.remembered(), remembered_addresses_max);
  callers.note("one more", refusal_points, 0);
  EXPECT_EQ(callers.remembered(), remembered_addresses_max);
  EXPECT_TRUE(callers.is_shut_out("worst", refusal_points_max, 0));
  callers.note("tomorrow", refusal_points, refusal_window_ms);
  EXPECT_EQ(callers.remembered(), 1U);
}

}  // namespace
}  // namespace radfm::scu
