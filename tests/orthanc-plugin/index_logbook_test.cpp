// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/index_logbook.h"

#include <gtest/gtest.h>

#include "orthanc-plugin/due_order.h"
#include "tests/orthanc-plugin/fake_orthanc.h"

namespace radfm::plugin {
namespace {

class IndexLogbookTest : public ::testing::Test {
 protected:
  // Orthanc's start, after a death or a clean end, `later_ms` after the last one.
  IndexLogbook started(std::int64_t later_ms) {
    clock.advance(later_ms);
    IndexLogbook logbook(orthanc, clock);
    EXPECT_TRUE(logbook.open().ok());
    return logbook;
  }
  FakeClock clock;
  FakeOrthanc orthanc{clock};
};

TEST_F(IndexLogbookTest, OneQuickDeathIsNoReason) {
  // Aim: an update, a kill, one crash: the plugin goes on at once.
  EXPECT_EQ(started(0).quiet_because(), "");
  EXPECT_EQ(started(1'000).quiet_because(), "");
}

TEST_F(IndexLogbookTest, QuietTimesGrowToALimit) {
  // Aim: from the second quick death on nothing is asked for a time that doubles up to a limit, and not longer.
  started(0);
  started(1'000);
  for (const std::int64_t wait : {quiet_first_ms, 2 * quiet_first_ms, 4 * quiet_first_ms, 8 * quiet_first_ms, quiet_max_ms, quiet_max_ms}) {
    const IndexLogbook logbook = started(1'000);
    clock.advance(wait - 1);
    EXPECT_NE(logbook.quiet_because().find("soon after its start"), std::string::npos) << wait;
    clock.advance(1);
    EXPECT_EQ(logbook.quiet_because(), "") << wait;
  }
}

TEST_F(IndexLogbookTest, CalmOrACleanEndEndsTheCount) {
  // Aim: a start quick_start_ms after the last one is none in quick succession; nor is one after a clean end; nor one
  // whose clock was set back.
  for (int i = 0; i < 5; ++i) EXPECT_EQ(started(quick_start_ms).quiet_because(), "");
  for (int i = 0; i < 5; ++i) {
    IndexLogbook logbook = started(10);
    EXPECT_EQ(logbook.quiet_because(), "");
    logbook.close();
  }
  for (int i = 0; i < 5; ++i) {
    clock.wall -= 3'600'000;
    EXPECT_EQ(started(1).quiet_because(), "");
  }
  started(quick_start_ms);
  started(quick_start_ms - 1);
  EXPECT_NE(started(quick_start_ms - 1).quiet_because(), "");
}

TEST_F(IndexLogbookTest, WhatIsInHandAtADeathIsSuspect) {
  // Aim: only what was begun and not answered counts, each death once; the wait grows, and at deaths_of_one_max it is named.
  {
    IndexLogbook logbook = started(0);
    ASSERT_TRUE(logbook.begin("study a").ok());
    ASSERT_TRUE(logbook.begin("study b").ok());
  }
  std::int64_t wait_ms = suspect_wait_first_ms;
  for (int death = 1; death < deaths_of_one_max; ++death) {
    IndexLogbook logbook = started(600'000);
    EXPECT_EQ(logbook.deaths("study a"), 0);
    EXPECT_EQ(logbook.deaths("study b"), death);
    EXPECT_EQ(logbook.waits_until_ms("study a"), 0);
    EXPECT_EQ(logbook.waits_until_ms("study b"), clock.wall + wait_ms);
    EXPECT_FALSE(logbook.must_leave_behind("study b"));
    EXPECT_TRUE(logbook.left_behind().empty());
    ASSERT_TRUE(logbook.begin("study b").ok());
    wait_ms *= 4;
  }
  IndexLogbook logbook = started(600'000);
  EXPECT_TRUE(logbook.must_leave_behind("study b"));
  ASSERT_EQ(logbook.left_behind().size(), 1U);
  EXPECT_NE(logbook.left_behind()[0].find("study b was left behind"), std::string::npos);
  EXPECT_EQ(started(600'000).left_behind().size(), 1U);  // nothing in hand: no further death of it, and still named
  EXPECT_EQ(started(suspect_kept_ms).left_behind().size(), 0U);
}

TEST_F(IndexLogbookTest, AcquittedWhenRead) {
  // Aim: what was read at last is no suspect any more, also at the next start.
  {
    IndexLogbook logbook = started(0);
    ASSERT_TRUE(logbook.begin("study a").ok());
  }
  IndexLogbook logbook = started(600'000);
  ASSERT_TRUE(logbook.begin("study a").ok());
  logbook.acquit("study a");
  ASSERT_TRUE(logbook.rest().ok());
  EXPECT_EQ(logbook.deaths("study a"), 0);
  EXPECT_EQ(started(600'000).deaths("study a"), 0);
}

TEST_F(IndexLogbookTest, SuspectsHaveALimit) {
  // Aim: suspects_max names are kept; one more drops the oldest.
  for (std::size_t i = 0; i <= suspects_max; ++i) {
    IndexLogbook logbook = started(600'000);
    ASSERT_TRUE(logbook.begin("study " + std::to_string(i)).ok());
  }
  const IndexLogbook logbook = started(600'000);
  EXPECT_EQ(logbook.deaths("study 0"), 0);
  EXPECT_EQ(logbook.deaths("study 1"), 1);
  EXPECT_EQ(logbook.deaths("study " + std::to_string(suspects_max)), 1);
  EXPECT_LT(orthanc.kept.size(), 16'384U);
}

TEST_F(IndexLogbookTest, NonsenseIsANewBook) {
  // Aim: what somebody else wrote there is read as nothing, never as an exception, and is written over.
  for (const std::string& text :
       {std::string("["), std::string("[]"), std::string("7"), std::string(R"({"taken_over": "x", "started": -9223372036854775808})"),
        std::string(R"({"suspects": [1, {"what": 2}, {"what": "a", "deaths": -5, "last_death": 1e300}], "in_hand": {}})"),
        std::string(R"({"quick_deaths": 99999999999, "started": 9223372036854775807, "ended": false})"), std::string(20'000, '{')}) {
    orthanc.kept = text;
    IndexLogbook logbook(orthanc, clock);
    ASSERT_TRUE(logbook.open().ok()) << text;
    EXPECT_EQ(logbook.taken_over(), 0);
    EXPECT_EQ(logbook.quiet_because(), "") << text;
    EXPECT_TRUE(logbook.left_behind().empty());
    EXPECT_NE(orthanc.kept, text);
  }
}

TEST_F(IndexLogbookTest, NothingIsBegunThatIsNotWritten) {
  // Aim: an Orthanc that cannot write its index: every entry is refused, so nothing is asked.
  IndexLogbook logbook(orthanc, clock);
  orthanc.fail("keep_text", 1);
  EXPECT_FALSE(logbook.open().ok());
  EXPECT_TRUE(logbook.open().ok());
  orthanc.fail("keep_text", 2);
  EXPECT_FALSE(logbook.begin("study a").ok());
  EXPECT_FALSE(logbook.will_take_over(7).ok());
}

TEST(DueOrderTest, SameMomentsKeepTheirOrder) {
  // Aim: studies due at one moment follow each other by a millisecond, up to a limit; others keep their moment.
  DueOrder order;
  EXPECT_EQ(order.next(5'000), 5'000);
  EXPECT_EQ(order.next(5'000), 5'001);
  EXPECT_EQ(order.next(6'000), 6'000);
  for (std::int64_t i = 1; i <= DueOrder::same_moment_max; ++i) EXPECT_EQ(order.next(6'000), 6'000 + i);
  EXPECT_EQ(order.next(6'000), 6'000 + DueOrder::same_moment_max);
}

}  // namespace
}  // namespace radfm::plugin
