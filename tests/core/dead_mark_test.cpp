// SPDX-License-Identifier: Apache-2.0
#include "core/dead_mark.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm {
namespace {

TEST(DeadMark, StandsBesideDelivered) {
  // Aim: a dead job is named, and what was delivered stays known; a later delivery takes the dead one away.
  const std::string delivered = add_delivered_mark("", {"d1", 0, 1, "1.2.3"});
  const std::string dead = add_dead_mark(delivered, {"1.2", "d2", 0}, "broken");
  EXPECT_EQ(nlohmann::json::parse(dead)["dead"]["code"], "broken");
  EXPECT_EQ(nlohmann::json::parse(dead)["dead"]["digest"], "d2");
  ASSERT_EQ(parse_delivered_marks(dead).size(), 1U);
  EXPECT_EQ(parse_delivered_marks(dead).front().digest, "d1");
  const std::string later = add_delivered_mark(dead, {"d2", 0, 2, "1.2.4"});
  EXPECT_FALSE(nlohmann::json::parse(later).contains("dead"));
  EXPECT_EQ(parse_delivered_marks(later).size(), 2U);
}

TEST(DeadMark, ForeignTextIsNoObstacle) {
  // Aim: whatever stands in the metadata, the mark is legal JSON.
  for (const char* text : {"", "x", "[]", "{\"jobs\":7}"}) {
    EXPECT_EQ(nlohmann::json::parse(add_dead_mark(text, {"1.2", "d", 3}, "c"))["dead"]["run"], 3) << text;
  }
}

}  // namespace
}  // namespace radfm
