// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/worker_watch.h"

#include <gtest/gtest.h>

namespace radfm::plugin {
namespace {

using Change = WorkerWatch::Change;
constexpr std::int64_t silence_ms = 30'000, step_ms = 5'000, seen = 1'795'000'000'000;

class WorkerWatchTest : public ::testing::Test {
 protected:
  Change look(std::int64_t seen_wall_ms, std::int64_t later_ms = step_ms) { return watch.look(seen_wall_ms, now += later_ms, silence_ms); }
  // Looks until it is told, at most so often; how often it took.
  int looks_until(Change wanted, std::int64_t seen_wall_ms, int at_most = 20) {
    for (int looks = 1; looks <= at_most; ++looks) {
      if (look(seen_wall_ms) == wanted) return looks;
    }
    return 0;
  }
  std::int64_t now = 1'000'000;
  WorkerWatch watch{std::nullopt};
};

TEST_F(WorkerWatchTest, SilenceIsToldAtItsLimitAndOnce) {
  // Aim: at the limit, not one look before; the same until it is recorded, then nothing.
  EXPECT_EQ(looks_until(Change::silent, seen), 1 + silence_ms / step_ms);
  EXPECT_EQ(watch.since(), "2026-11-18T11:06:40Z");
  EXPECT_EQ(look(seen), Change::silent);
  watch.recorded(Change::silent);
  EXPECT_EQ(looks_until(Change::silent, seen), 0);
}

TEST_F(WorkerWatchTest, AWordEndsIt) {
  // Aim: a worker that speaks is never silent; one that speaks again is told once, with when it had been heard last.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(look(seen + i), Change::none);
  ASSERT_NE(looks_until(Change::silent, seen), 0);
  watch.recorded(Change::silent);
  EXPECT_EQ(look(seen + 60'000), Change::heard);
  EXPECT_EQ(watch.since(), "2026-11-18T11:06:40Z");
  watch.recorded(Change::heard);
  EXPECT_EQ(look(seen + 60'000), Change::none);
}

TEST_F(WorkerWatchTest, TimeInWhichNobodyLookedIsNoSilence) {
  // Aim: a machine that slept for a day, and a clock that went back, cost one step each.
  look(seen);
  EXPECT_EQ(look(seen, 86'400'000), Change::none);
  EXPECT_EQ(look(seen, -5'000), Change::none);
  EXPECT_EQ(looks_until(Change::silent, seen), (silence_ms - between_looks_max_ms) / step_ms);
}

TEST_F(WorkerWatchTest, WhatWasKnownBeforeAStartGoesOn) {
  // Aim: a silence that was told is not told again, and its end is; a worker that was never heard is named so.
  watch = WorkerWatch("2026-11-01T00:00:00Z");
  EXPECT_EQ(looks_until(Change::silent, seen), 0);
  EXPECT_EQ(look(seen + 1), Change::heard);
  watch = WorkerWatch(std::nullopt);
  EXPECT_NE(looks_until(Change::silent, 0), 0);
  EXPECT_EQ(watch.since(), "never");
}

}  // namespace
}  // namespace radfm::plugin
