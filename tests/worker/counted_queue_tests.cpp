// SPDX-License-Identifier: Apache-2.0
// Aim: what passes through the queue is counted by its names, and nothing that goes wrong with the numbers is seen by a job.
#include "worker/counted_queue.h"

#include <gmock/gmock.h>

#include "tests/worker/queue_fixture.h"

namespace radfm::worker {
namespace {

using ::testing::Contains;
using ::testing::Not;

// A queue that takes numbers only when it is told to.
class Counting final : public db::ForwardingQueue {
 public:
  using ForwardingQueue::ForwardingQueue;
  Status add_to_tallies(const std::vector<db::Tally>& added) override {
    if (full) return transient_error("disk_full", "the disk is full");
    ++writes;
    return queue().add_to_tallies(added);
  }
  bool full = false;
  int writes = 0;
};

class CountedQueueTest : public test::QueueFixture {
 protected:
  CountedQueueTest() {
    destinations = {"pacs"};
    auto counting = std::make_unique<Counting>(open());
    below = counting.get();
    counted = std::make_unique<CountedQueue>(std::move(counting), tallies, clock);
    EXPECT_TRUE(queue->settle_study(test::study_id, new_job()).ok());
  }
  db::Lease claim() { return (*counted->claim("boot:1:1", db::Claimable::all))->second; }
  void spend(std::int64_t ms) { clock.now_ms += ms; }
  // "deliveries pacs/failed 1"
  std::vector<std::string> rows() {
    std::vector<std::string> said;
    const std::vector<db::Tally> all = queue->tallies().value();
    for (const db::Tally& tally : all) said.push_back(tally.name + " " + tally.label + " " + std::to_string(tally.value));
    return said;
  }
  void fill(const db::Lease& lease) {
    const db::Job leased = job(lease.job);
    const auto revision = counted->next_revision(lease).value();
    EXPECT_TRUE(counted->fill_outbox(lease, revision, {{"sr", "1.2.88", leased.uids.sr_sop_instance_uid, {1}}}, {"orthanc", "pacs"}, "Text.").ok());
  }
  void send(const db::Lease& lease, const std::string& to, bool delivered, const std::string& error = "") {
    EXPECT_TRUE(counted->begin_send(lease, "sr", to, 1'000).ok());
    EXPECT_TRUE(counted->end_send(lease, "sr", to, delivered, error).ok());
  }

  WorkTallies tallies;
  Counting* below = nullptr;
  std::unique_ptr<CountedQueue> counted;
};

TEST_F(CountedQueueTest, AReportFromClaimToEnd) {
  // Aim: wait, stages, report, deliveries, outcome and attempt, each with its time.
  spend(3'000);
  const db::Lease lease = claim();
  EXPECT_TRUE(counted->set_stage(lease, JobStage::fetching, 0, 0, "").ok());
  spend(400);
  EXPECT_TRUE(counted->set_stage(lease, JobStage::fetching, 1, 2, "").ok());
  spend(400);
  EXPECT_TRUE(counted->set_stage(lease, JobStage::reporting, 0, 0, "").ok());
  spend(40);
  fill(lease);
  EXPECT_TRUE(counted->set_stage(lease, JobStage::delivering, 0, 0, "").ok());
  send(lease, "orthanc", true);
  send(lease, "pacs", false, "peer_unreachable: nobody");
  send(lease, "pacs", false, "final_report_present: one is there");
  send(lease, "pacs", true);
  spend(2'000);
  EXPECT_TRUE(counted->finish(lease, "delivered").ok());
  for (const char* row :
       {"wait_ms routine/le 5000 1", "wait_ms routine/sum 3000", "stage_ms fetching/le 1000 1", "stage_ms fetching/sum 800",
        "stage_ms reporting/le 50 1", "stage_ms delivering/le 2500 1", "report_ms report/le 1000 1", "report_ms report/sum 840",
        "deliveries orthanc/delivered 1", "deliveries pacs/failed 1", "deliveries pacs/withheld 1", "deliveries pacs/delivered 1",
        "outcomes delivered 1", "attempts done/none 1"}) {
    EXPECT_THAT(rows(), Contains(row));
  }
}

TEST_F(CountedQueueTest, AttemptsByTheirEnd) {
  // Aim: failures by class, whose death it was, a release, and an attempt that was taken away; the wait is that of the first claim.
  EXPECT_TRUE(counted->fail(claim(), poison_error("engine_crashed", "words")).ok());
  spend(3'600'000);
  EXPECT_TRUE(counted->fail(claim(), poison_error("out_of_memory", "memory ran out for the reader: words")).ok());
  spend(3'600'000);
  EXPECT_TRUE(counted->release(claim(), "the worker stops").ok());
  const db::Lease lost = claim();
  EXPECT_TRUE(queue->cancel(lost.job, "administrator").ok());
  EXPECT_FALSE(counted->finish(lost, "delivered").ok());
  EXPECT_FALSE(counted->claim("boot:1:1", db::Claimable::all)->has_value());
  for (const char* row : {"attempts failed/poison 2", "attempts released/none 1", "attempts lost/cancelled 1", "child_deaths engine 1", "child_deaths reader 1",
                          "wait_ms routine/le 50 1"}) {
    EXPECT_THAT(rows(), Contains(row));
  }
  EXPECT_THAT(rows(), Not(Contains("attempts done/none 1")));
}

TEST_F(CountedQueueTest, AFullDiskLosesNoJobAndNumbersComeLater) {
  // Aim: the job's end is as without numbers; they are written with the next end.
  below->full = true;
  const db::Lease lease = claim();
  EXPECT_TRUE(counted->finish(lease, "skipped: no_image").ok());
  EXPECT_EQ(job(lease.job).state, JobState::done);
  EXPECT_TRUE(rows().empty());
  below->full = false;
  ASSERT_TRUE(queue->rerun(lease.job, "administrator").ok());
  EXPECT_TRUE(counted->finish(claim(), "unchanged").ok());
  EXPECT_THAT(rows(), Contains("outcomes skipped 1"));
  EXPECT_THAT(rows(), Contains("attempts done/none 2"));
  EXPECT_EQ(below->writes, 1);
}

TEST_F(CountedQueueTest, MemoryIsThatOfTheQueue) {
  // Aim: at the limit of rows one more is left out; what is known goes on counting.
  for (int i = 0; i < db::tally_rows_max; ++i) tallies.count("n", std::to_string(i));
  tallies.count("n", "one more");
  tallies.count("n", "0", 5);
  tallies.write(*counted);
  const std::vector<db::Tally> kept = queue->tallies().value();
  EXPECT_EQ(kept.size(), static_cast<std::size_t>(db::tally_rows_max));
  EXPECT_THAT(kept, Contains(db::Tally{"n", "0", 6}));
  EXPECT_THAT(kept, Not(Contains(db::Tally{"n", "one more", 1})));
}

}  // namespace
}  // namespace radfm::worker
