// SPDX-License-Identifier: Apache-2.0
#include "db/tally_names.h"

#include <gtest/gtest.h>

namespace radfm::db {
namespace {

TEST(TallyNames, ADurationIsInTheClassOfItsBound) {
  // Aim: at a bound and one past it, below the first, beyond the last; a negative one is none.
  const auto row = [](std::int64_t ms) { return duration_tallies("f", "of", ms).front().label; };
  EXPECT_EQ(row(0), "of/le 50");
  EXPECT_EQ(row(-7), "of/le 50");
  EXPECT_EQ(row(50), "of/le 50");
  EXPECT_EQ(row(51), "of/le 100");
  EXPECT_EQ(row(duration_classes_ms.back()), "of/le 21600000");
  EXPECT_EQ(row(duration_classes_ms.back() + 1), "of/more");
}

TEST(TallyNames, WhatIsWrittenIsReadBack) {
  // Aim: counts and sums by what they are of, others' rows apart, what is no row of ours left out, a class of before in the one around it.
  std::vector<Tally> tallies{{"other", "a/le 50", 9}, {"f", "a", 9}, {"f", "a/le x", 9}, {"f", "a/", 9}, {"f", "a/le 60", 4}};
  for (const std::int64_t ms : {40, 90, 99'999'999})
    for (const Tally& tally : duration_tallies("f", "a", ms)) tallies.push_back(tally);
  for (const Tally& tally : duration_tallies("f", "b", 7)) tallies.push_back(tally);
  const auto durations = durations_of(tallies, "f");
  ASSERT_EQ(durations.size(), 2U);
  EXPECT_EQ(durations.at("a").count(), 7);
  EXPECT_EQ(durations.at("a").in_class[0], 1);
  EXPECT_EQ(durations.at("a").in_class[1], 5);
  EXPECT_EQ(durations.at("a").in_class.back(), 1);
  EXPECT_EQ(durations.at("a").sum_ms, 40 + 90 + 99'999'999);
  EXPECT_EQ(durations.at("b").sum_ms, 7);
}

}  // namespace
}  // namespace radfm::db
