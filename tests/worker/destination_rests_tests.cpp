// SPDX-License-Identifier: Apache-2.0
#include "worker/destination_rests.h"

#include <gtest/gtest.h>

#include "tests/worker/fakes.h"
#include "worker/destination_reports.h"

namespace radfm::worker {
namespace {

// An archive whose answers a test sets, and that counts what reaches it.
class Door final : public Destination {
 public:
  struct Behind {
    Status answer;
    int knocks = 0;
  };
  explicit Door(Behind& behind) : behind_(behind) {}
  Result<Presence> ask(const db::OutboxObject&, bool) override {
    ++behind_.knocks;
    if (!behind_.answer) return behind_.answer.error();
    return Presence::absent;
  }
  Status send(const db::OutboxObject&) override {
    ++behind_.knocks;
    return behind_.answer;
  }
  Result<bool> has_final_report(const db::OutboxObject&, const ReportJudge&) override {
    ++behind_.knocks;
    if (!behind_.answer) return behind_.answer.error();
    return true;
  }
  std::int64_t send_timeout_ms() const override { return 60'000; }

 private:
  Behind& behind_;
};

class DestinationRestsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Destination> door(const std::string& name = "archive") {
    return with_rests(name, std::make_unique<Door>(behind_), rests_);
  }
  std::string ask(const std::string& name = "archive") {
    const auto answer = door(name)->ask({}, false);
    return answer ? "answered" : answer.error().code;
  }

  test::ManualClock clock_;
  DestinationRests rests_{clock_};
  Door::Behind behind_;
};

TEST_F(DestinationRestsTest, OneThatFailsIsAskedByNobodyForAWhile) {
  // Aim: the first failure costs one knock, whoever comes next is turned away without one; other destinations are not concerned.
  behind_.answer = transient_error("peer_unreachable", "nobody listens");
  EXPECT_EQ(ask(), "peer_unreachable");
  EXPECT_EQ(ask(), "destination_rests");
  EXPECT_EQ(ask(), "destination_rests");
  EXPECT_EQ(behind_.knocks, 1);
  EXPECT_EQ(ask("other"), "peer_unreachable");
  EXPECT_EQ(behind_.knocks, 2);
}

TEST_F(DestinationRestsTest, TheQuestionForReportsPassesAndItsFailureRests) {
  // Aim: it is answered by the archive itself; one that fails is left alone.
  EXPECT_TRUE(door()->has_final_report({}, {}).value());
  behind_.answer = transient_error("peer_timeout", "silent");
  EXPECT_EQ(door()->has_final_report({}, {}).error().code, "peer_timeout");
  EXPECT_EQ(ask(), "destination_rests");
}

TEST_F(DestinationRestsTest, TheRestGrowsToItsLimit) {
  // Aim: each failed knock doubles it; the limit, and one millisecond before it.
  behind_.answer = transient_error("peer_unreachable", "nobody listens");
  std::int64_t length = destination_rest_first_ms;
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(ask(), "peer_unreachable") << i;
    clock_.now_ms += length - 1;
    EXPECT_EQ(ask(), "destination_rests") << i;
    clock_.now_ms += 1;
    length = std::min(2 * length, destination_rest_max_ms);
  }
  EXPECT_EQ(length, destination_rest_max_ms);
}

TEST_F(DestinationRestsTest, SaysWhoRests) {
  // Aim: named with the code of the failure while it rests and until the next try is long overdue; an answer ends it.
  EXPECT_EQ(rests_.resting(), "");
  behind_.answer = transient_error("peer_unreachable", "nobody listens");
  ask();
  ask("other");
  EXPECT_EQ(rests_.resting(), "archive (peer_unreachable), other (peer_unreachable)");
  behind_.answer = {};
  clock_.now_ms += destination_rest_first_ms;
  EXPECT_EQ(ask("other"), "answered");
  EXPECT_EQ(rests_.resting(), "archive (peer_unreachable)");
  clock_.now_ms += destination_rest_max_ms;
  EXPECT_EQ(rests_.resting(), "archive (peer_unreachable)");
  clock_.now_ms += 1;
  EXPECT_EQ(rests_.resting(), "");
}

TEST_F(DestinationRestsTest, OneKnocksForAll) {
  // Aim: when the rest is over, the others wait until the one who knocks has an answer.
  behind_.answer = transient_error("peer_unreachable", "nobody listens");
  ask();
  clock_.now_ms += destination_rest_first_ms;
  EXPECT_TRUE(rests_.may_knock("archive", 60'000).ok());
  EXPECT_EQ(ask(), "destination_rests");
  rests_.ended("archive", {});
  behind_.answer = {};
  EXPECT_EQ(ask(), "answered");
}

TEST_F(DestinationRestsTest, AnAnswerEndsItAndAnInterruptionSaysNothing) {
  // Aim: a refusal for good is an answer; a worker that is told to stop leaves the door as it was.
  behind_.answer = transient_error("peer_busy", "full");
  EXPECT_EQ(door()->send({}).error().code, "peer_busy");
  clock_.now_ms += destination_rest_first_ms;
  behind_.answer = cancelled_error("woken", "the worker stops");
  EXPECT_EQ(ask(), "woken");
  EXPECT_EQ(ask(), "woken");
  behind_.answer = permanent_error("peer_refused_object", "no");
  EXPECT_EQ(door()->send({}).error().code, "peer_refused_object");
  behind_.answer = {};
  EXPECT_EQ(ask(), "answered");
}

}  // namespace
}  // namespace radfm::worker
