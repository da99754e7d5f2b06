// SPDX-License-Identifier: Apache-2.0
#include "worker/heartbeat.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/worker/queue_fixture.h"

namespace radfm::worker {
namespace {

constexpr int patience_ms = 60'000;

class HeartbeatTest : public test::QueueFixture {
 protected:
  bool interrupted(const Interrupt& interrupt, int timeout_ms) {
    pollfd waiting{interrupt.fd(), POLLIN, 0};
    return ::poll(&waiting, 1, timeout_ms) > 0;
  }
  Interrupt interrupt_;
};

// A job that is cancelled under a long step: the bell lets the heartbeat see it, and the step is interrupted.
TEST_F(HeartbeatTest, ACancelledJobIsInterrupted) {
  const auto claim = claimed();
  Heartbeat heartbeat(open(), settings, clock, interrupt_);
  heartbeat.hold(claim.second);
  ASSERT_TRUE(queue->cancel(claim.first.id, "administrator").ok());
  heartbeat.beat_now();
  EXPECT_TRUE(interrupted(interrupt_, patience_ms));
  EXPECT_EQ(interrupt_.reason(), Interrupt::Reason::lease_lost);
}

// The note is what people see; it is written at once.
TEST_F(HeartbeatTest, SaysItsNote) {
  Heartbeat heartbeat(open(), settings, clock, interrupt_);
  heartbeat.say("ready");
  std::string note;
  for (int i = 0; i < 1'000 && note != "ready"; ++i) {
    ::poll(nullptr, 0, 10);
    note = queue->status()->worker_note;
  }
  EXPECT_EQ(note, "ready");
}

// What a dead worker held is queued again, what a living one holds is not.
TEST_F(HeartbeatTest, TakesBackFromTheDead) {
  const auto claim = claimed();  // holder "boot:1:1": another boot or no such process
  Result<int> taken = reclaim_of_the_dead(*queue, clock);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(*taken, 1);
  EXPECT_EQ(job(claim.first.id).state, JobState::queued);
  ASSERT_TRUE(queue->claim(db::this_holder(clock)).ok());
  EXPECT_EQ(*reclaim_of_the_dead(*queue, clock), 0);
}

// A job in work is not interrupted by the wish that none follows, and the end of a job does not take the wish back.
TEST(Interrupt, DrainingInterruptsNothing) {
  Interrupt interrupt;
  pollfd waiting{interrupt.fd(), POLLIN, 0};
  EXPECT_FALSE(interrupt.draining());
  interrupt.drain();
  EXPECT_EQ(::poll(&waiting, 1, 0), 0);
  EXPECT_EQ(interrupt.reason(), Interrupt::Reason::none);
  interrupt.raise(Interrupt::Reason::lease_lost);
  interrupt.clear_lease_lost();
  EXPECT_TRUE(interrupt.draining());
}

// The weightier reason stays, and a stop outlives the end of a job.
TEST(Interrupt, AStopIsNotForgotten) {
  Interrupt interrupt;
  pollfd waiting{interrupt.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&waiting, 1, 0), 0);
  interrupt.raise(Interrupt::Reason::lease_lost);
  EXPECT_EQ(::poll(&waiting, 1, 0), 1);
  interrupt.clear_lease_lost();
  EXPECT_EQ(::poll(&waiting, 1, 0), 0);
  interrupt.raise(Interrupt::Reason::stopping);
  interrupt.raise(Interrupt::Reason::lease_lost);
  interrupt.clear_lease_lost();
  EXPECT_EQ(interrupt.reason(), Interrupt::Reason::stopping);
  EXPECT_EQ(::poll(&waiting, 1, 0), 1);
}

}  // namespace
}  // namespace radfm::worker
