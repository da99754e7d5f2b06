// SPDX-License-Identifier: Apache-2.0
// Aim: shares are all of the work, each part once, whoever takes them; and small in the end.
#include "pipeline/model/kernels/parallel_work.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace radfm::kernels {
namespace {

TEST(Shares, AreAllOfTheWorkOnceAndNeverGrow) {
  for (const int threads : {1, 2, 7})
    for (const std::int64_t count : {0, 1, 5, 6, 7, 352, 10'000}) {
      Shares shares(count, threads);
      std::int64_t taken = 0, last = count;
      for (auto share = shares.next(); share.begin < share.end; share = shares.next()) {
        EXPECT_EQ(share.begin, taken);
        EXPECT_LE(share.end - share.begin, last);
        last = share.end - share.begin;
        taken = share.end;
      }
      EXPECT_EQ(taken, count) << threads << " threads";
      EXPECT_EQ(last, std::min<std::int64_t>(count, 1)) << count << " parts, " << threads << " threads";
      EXPECT_EQ(shares.next().begin, shares.next().end) << "there is no more";
    }
}

TEST(Shares, AreTakenByThreadsAtOnceAndNoPartTwice) {
  constexpr std::int64_t count = 20'000;
  constexpr int threads = 4;
  Shares shares(count, threads);
  std::vector<std::vector<Shares::Share>> taken(threads);
  std::vector<std::thread> workers;
  for (auto& own : taken)
    workers.emplace_back([&shares, &own] {
      for (auto share = shares.next(); share.begin < share.end; share = shares.next()) own.push_back(share);
    });
  for (std::thread& worker : workers) worker.join();
  std::vector<int> times(count, 0);
  for (const auto& own : taken)
    for (const Shares::Share& share : own)
      for (std::int64_t i = share.begin; i < share.end; ++i) ++times[static_cast<std::size_t>(i)];
  EXPECT_EQ(times, std::vector<int>(count, 1));
}

}  // namespace
}  // namespace radfm::kernels
