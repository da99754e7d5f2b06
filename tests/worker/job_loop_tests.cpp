// SPDX-License-Identifier: Apache-2.0
// Aim: a job thread that is kept free for lane stat takes nothing else, and a rushed job at once.
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
  JobLoop loop(db::Claimable claims) {
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
                    .claims = claims});
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

}  // namespace
}  // namespace radfm::worker
