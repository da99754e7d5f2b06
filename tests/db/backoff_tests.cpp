// SPDX-License-Identifier: Apache-2.0
#include "db/backoff.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace radfm::db {
namespace {

constexpr std::int64_t first_ms = 1'000, max_ms = 1'800'000;
const RandomUpTo longest = [](std::int64_t bound) { return bound; };

TEST(Backoff, DoublesUpToItsCap) {
  // At the last doubling below the cap, and one past it.
  EXPECT_EQ(backoff_ms(1, first_ms, max_ms, longest), 1'000);
  EXPECT_EQ(backoff_ms(2, first_ms, max_ms, longest), 2'000);
  EXPECT_EQ(backoff_ms(11, first_ms, max_ms, longest), 1'024'000);
  EXPECT_EQ(backoff_ms(12, first_ms, max_ms, longest), max_ms);
  EXPECT_EQ(backoff_ms(13, first_ms, max_ms, longest), max_ms);
}

TEST(Backoff, NeverOverflows) {
  // However often something failed and whatever was configured.
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(backoff_ms(std::numeric_limits<int>::max(), first_ms, max_ms, longest), max_ms);
  EXPECT_EQ(backoff_ms(1'000, 1, most, longest), most);
  EXPECT_EQ(backoff_ms(5, first_ms, 10, longest), 10);
  EXPECT_EQ(backoff_ms(5, 0, max_ms, longest), 0);
}

TEST(Backoff, DrawsFromTheWholeRange) {
  // Full jitter: jobs that failed together do not come back together.
  const RandomUpTo random = system_random();
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    const std::int64_t wait = backoff_ms(3, first_ms, max_ms, random);
    EXPECT_GE(wait, 0);
    EXPECT_LE(wait, 4'000);
    seen.insert(wait);
  }
  EXPECT_GT(seen.size(), 100u);
}

}  // namespace
}  // namespace radfm::db
