// SPDX-License-Identifier: Apache-2.0
// Aim: a job thread that is kept free for lane stat takes nothing else, and a rushed job at once; no more threads prepare than may.
#include "worker/job_loop.h"

#include <gtest/gtest.h>

#include "tests/worker/queue_fixture.h"

namespace radfm::worker {
namespace {

class JobLoopTest : public test::QueueFixture {
 protected:
  static Result<model::EngineClient> start(int wake_fd) {
    return model::EngineClient::start({RADFM_FAKE_ENGINE, "/models/good", "cpu", 1, 20'000}, wake_fd);
  }
  JobLoop loop(db::Claimable claims, PreparationTurns* preparing = nullptr) {
    return JobLoop({.configuration = configuration_,
                    .clock = clock,
                    .queue = *queue,
                    .orthanc = orthanc,
                    .engine = engine_,
                    .drafting = drafting_,
                    .find_destination = [this](const std::string& name) -> std::unique_ptr<Destination> {
                      if (name != "orthanc") return nullptr;
                      return std::make_unique<OrthancDestination>(orthanc, 1'000);
                    },
                    .heartbeat = heartbeat_,
                    .interrupt = interrupt_,
                    .bell = bell_,
                    .archives = archives_,
                    .work_directory = "/tmp",
                    .health = health_,
                    .turns = turns_,
                    .claims = claims,
                    .preparing = preparing});
  }
  void add_job() { ASSERT_TRUE(queue->settle_study(test::study_id, new_job()).ok()); }

  Configuration configuration_;
  Interrupt interrupt_;
  Health health_{[](const std::string&) {}};
  TurnWatch turns_{clock};
  Bell bell_;
  const std::vector<PriorArchive> archives_;
  test::FakeDrafting drafting_;
  EngineSupervisor engine_{start, clock};
  Heartbeat heartbeat_{open(), settings, clock, interrupt_};
};

TEST_F(JobLoopTest, TheOneThatIsKeptFreeTakesLaneStatOnly) {
  add_job();
  JobLoop free = loop(db::Claimable::stat);
  EXPECT_EQ(free.turn(), configuration_.queue.poll_ms);
  EXPECT_EQ(job(1).state, JobState::queued);
  ASSERT_TRUE(queue->rush(1, "administrator").ok());
  EXPECT_EQ(free.turn(), 0);
  EXPECT_EQ(job(1).outcome, "delivered");
  EXPECT_EQ(drafting_.asked_urgently, 1);
}

TEST_F(JobLoopTest, AnOrdinaryOneTakesAll) {
  add_job();
  EXPECT_EQ(loop(db::Claimable::all).turn(), 0);
  EXPECT_EQ(job(1).outcome, "delivered");
}

// A job is begun by who may prepare it, and the next one may as soon as the model is asked.
TEST_F(JobLoopTest, OnlyWhoMayPrepareClaims) {
  int called = 0;
  PreparationTurns turns(1, [&] { ++called; });
  add_job();
  JobLoop first = loop(db::Claimable::all, &turns);
  ASSERT_TRUE(turns.take());  // by another thread
  EXPECT_EQ(first.turn(), configuration_.queue.poll_ms);
  EXPECT_EQ(job(1).state, JobState::queued);
  turns.give_back(true);
  EXPECT_EQ(called, 1);
  bool free_in_preparation = true, free_at_the_question = false;
  drafting_.on_prepare = [&] { free_in_preparation = turns.take(); };
  drafting_.on_ask = [&] { free_at_the_question = turns.take(); };
  EXPECT_EQ(first.turn(), 0);
  EXPECT_EQ(job(1).outcome, "delivered");
  EXPECT_FALSE(free_in_preparation);
  EXPECT_TRUE(free_at_the_question);
  EXPECT_EQ(called, 2);
}

// A job that is only to be sent, and a turn for which there is no job, hold up nobody, and call nobody in vain.
TEST_F(JobLoopTest, WhoPreparesNothingGivesItsTurnBack) {
  int called = 0;
  PreparationTurns turns(1, [&] { ++called; });
  add_job();
  JobLoop first = loop(db::Claimable::all, &turns);
  orthanc.lose_store_answers = 1;
  EXPECT_EQ(first.turn(), 0);
  EXPECT_EQ(job(1).state, JobState::delivering);
  clock.now_ms += settings.backoff_max_ms;
  bool free_at_the_send = false;
  orthanc.on_call = [&](const std::string&) { free_at_the_send = free_at_the_send || turns.take(); };
  EXPECT_EQ(first.turn(), 0);
  EXPECT_EQ(job(1).outcome, "delivered");
  EXPECT_TRUE(free_at_the_send);
  turns.give_back(true);
  orthanc.on_call = nullptr;
  EXPECT_GT(first.turn(), 0);  // nothing is due
  EXPECT_TRUE(turns.take());
  EXPECT_FALSE(turns.take());
  turns.give_back(false);
  EXPECT_EQ(called, 0);
}

}  // namespace
}  // namespace radfm::worker
