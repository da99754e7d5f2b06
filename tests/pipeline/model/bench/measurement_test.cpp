// SPDX-License-Identifier: Apache-2.0
// Aim: times are taken in turn, each after what it needs, and their middle is a median.
#include "pipeline/model/bench/measurement.h"

#include <gtest/gtest.h>

namespace radfm::model {
namespace {

TEST(Measurement, MedianAndSpread) {
  const Timing odd = timing_of({3, 1, 2});
  EXPECT_EQ(odd.median_s, 2);
  EXPECT_EQ(odd.lowest_s, 1);
  EXPECT_EQ(odd.highest_s, 3);
  EXPECT_EQ(odd.rounds, 3);
  EXPECT_EQ(timing_of({4, 1, 2, 3}).median_s, 2.5);
  EXPECT_EQ(timing_of({7}).median_s, 7);
}

TEST(Measurement, RoundsOfAllInTurn) {
  std::string order;
  const std::vector<Measurement> list{
      {.kind = "first", .prepare = [&] { order += "p"; }, .run = [&] { order += "1"; }},
      {.kind = "second", .run = [&] { order += "2"; }},
  };
  const auto timings = timed(list, 3, c10::kCPU);
  EXPECT_EQ(order, "p12p12p12");
  ASSERT_EQ(timings.size(), 2u);
  for (const Timing& timing : timings) {
    EXPECT_EQ(timing.rounds, 3);
    EXPECT_LE(timing.lowest_s, timing.median_s);
    EXPECT_LE(timing.median_s, timing.highest_s);
  }
}

}  // namespace
}  // namespace radfm::model
