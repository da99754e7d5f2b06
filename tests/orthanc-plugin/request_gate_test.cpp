// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/request_gate.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace radfm::plugin {
namespace {

TEST(RequestGateTest, PlacesInsideAtTheLimitAndOnePastIt) {
  // Aim: as many as may be, one more is refused, and a place that was given back is free.
  RequestGate gate;
  std::vector<RequestGate::Place> places;
  for (int i = 0; i < requests_inside_max; ++i) places.push_back(std::move(*gate.enter()));
  EXPECT_FALSE(gate.enter().has_value());
  EXPECT_FALSE(gate.enter().has_value());
  places.pop_back();
  EXPECT_TRUE(gate.enter().has_value());
  EXPECT_TRUE(gate.enter().has_value());  // the last one was given back at once
}

TEST(RequestGateTest, OrthancKeepsThreadsForItself) {
  // Aim: a third of few threads, never none, never more than our own limit.
  EXPECT_EQ(requests_inside_of(50), 16);
  EXPECT_EQ(requests_inside_of(10'000), requests_inside_max);
  EXPECT_EQ(requests_inside_of(9), 3);
  EXPECT_EQ(requests_inside_of(2), 1);
  EXPECT_EQ(requests_inside_of(1), 1);
  RequestGate gate;
  gate.limit_inside(1);
  const auto place = gate.enter();
  EXPECT_TRUE(place.has_value());
  EXPECT_FALSE(gate.enter().has_value());
}

TEST(RequestGateTest, ManyThreadsNeverExceedTheLimit) {
  // Aim: the count is right whoever comes when.
  RequestGate gate;
  gate.limit_inside(3);
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 2'000; ++round) {
        const auto place = gate.enter();
        if (!place) continue;
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
  EXPECT_TRUE(gate.enter().has_value());
}

TEST(RequestGateTest, ABurstAndNoMore) {
  // Aim: the burst passes, one more waits as long as it is told and no longer; another user and another cost are not concerned.
  RequestGate gate;
  for (int i = 0; i < change_rate.burst; ++i) ASSERT_EQ(gate.seconds_to_wait(Cost::change, "anna", 1'000), 0) << i;
  const int wait_s = gate.seconds_to_wait(Cost::change, "anna", 1'000);
  EXPECT_EQ(wait_s, 1);
  EXPECT_EQ(gate.seconds_to_wait(Cost::change, "bert", 1'000), 0);
  EXPECT_EQ(gate.seconds_to_wait(Cost::change, "", 1'000), 0);
  for (const Cost other : {Cost::list, Cost::index}) EXPECT_EQ(gate.seconds_to_wait(other, "anna", 1'000), 0);
  EXPECT_EQ(gate.seconds_to_wait(Cost::change, "anna", 1'000 + 1'000 * wait_s), 0);
}

TEST(RequestGateTest, ABucketFillsToItsBurstAndNotBeyond) {
  // Aim: a day of rest allows one burst; a clock that goes back takes nothing away; what is small is never counted.
  RequestGate gate;
  gate.seconds_to_wait(Cost::list, "anna", 5'000);
  gate.seconds_to_wait(Cost::list, "anna", 4'000);
  int passed = 0;
  while (gate.seconds_to_wait(Cost::list, "anna", 86'400'000) == 0) ++passed;
  EXPECT_EQ(passed, list_rate.burst);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(gate.seconds_to_wait(Cost::small, "anna", 0), 0);
}

}  // namespace
}  // namespace radfm::plugin
