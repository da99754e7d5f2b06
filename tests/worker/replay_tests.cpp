// SPDX-License-Identifier: Apache-2.0
#include "worker/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sop_class.h"
#include "db/queue_file.h"
#include "tests/worker/fakes.h"
#include "tests/worker/queue_fixture.h"

namespace radfm::worker {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReplayTest : public test::QueueFixture {
 protected:
  // A delivered job.
  void SetUp() override {
    const auto claim = claimed();
    id_ = claim.first.id;
    JobRunner(parts_).run(claim.first, claim.second);
    ASSERT_EQ(job(id_).outcome, "delivered");
  }
  Result<Replay> again() { return replay(parts_, id_); }

  test::FakeDrafting drafting_;
  Interrupt interrupt_;
  Configuration configuration_;
  const std::vector<PriorArchive> archives_;
  JobRunner::Parts parts_{*queue, orthanc, drafting_,
                          [this](const std::string&) { return std::make_unique<OrthancDestination>(orthanc, 1'000); },
                          configuration_, clock, interrupt_, archives_, "/tmp"};
  db::JobId id_ = 0;
};

TEST_F(ReplayTest, TheSameBytesAgain) {
  // Aim: nothing changed, nothing is said, nothing is sent; the frame is that of the first time.
  const Result<Replay> replayed = again();
  ASSERT_TRUE(replayed.ok()) << replayed.error().message;
  EXPECT_TRUE(replayed->same);
  EXPECT_THAT(replayed->changes, IsEmpty());
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_EQ(drafting_.frames.back().content_wall_ms, drafting_.frames.front().content_wall_ms);
}

TEST_F(ReplayTest, SaysWhatHasChanged) {
  // Aim: another model, another image, another SR class, other bytes: each in its own sentence.
  drafting_.digest = "model-2";
  add_image("1.2.3.9");
  drafting_.written_as = "changed";
  drafting_.sr_class = SrClass::comprehensive_3d;
  const Result<Replay> replayed = again();
  ASSERT_TRUE(replayed.ok()) << replayed.error().message;
  EXPECT_FALSE(replayed->same);
  EXPECT_THAT(replayed->changes, Contains(HasSubstr("weights was model-1 and is model-2")));
  EXPECT_THAT(replayed->changes, Contains(HasSubstr("The study had 1 images and has others now: 2.")));
  EXPECT_THAT(replayed->changes, Contains(HasSubstr("was Basic Text SR Storage and is Comprehensive 3D SR Storage.")));
  EXPECT_THAT(replayed->changes, Contains(HasSubstr("The report differs from byte")));
}

TEST_F(ReplayTest, OfWhatCannotBeReplayed) {
  // Aim: no job, a job without a report, a study that is gone: each is named.
  EXPECT_EQ(replay(parts_, 99).error().code, "no_such_job");
  orthanc.studies.clear();
  EXPECT_EQ(again().error().code, "study_gone");
}

TEST_F(ReplayTest, ARevisionNamesItsPredecessorAgain) {
  // Aim: what a report says of the one before it is the same again, also of one in another SR class than the node's first.
  drafting_.sr_class = SrClass::enhanced;
  for (const int revision : {2, 3}) {
    add_image("1.2.3." + std::to_string(revision));
    drafting_.input_digest = "input-" + std::to_string(revision);
    const auto claim = claimed();
    id_ = claim.first.id;
    JobRunner(parts_).run(claim.first, claim.second);
    ASSERT_EQ(job(id_).revision, revision);
  }
  const auto first = drafting_.frames.back().predecessor;
  const Result<Replay> replayed = again();
  ASSERT_TRUE(replayed.ok()) << replayed.error().message;
  EXPECT_TRUE(replayed->same);
  ASSERT_TRUE(first && drafting_.frames.back().predecessor);
  EXPECT_EQ(drafting_.frames.back().predecessor->sop_instance_uid, first->sop_instance_uid);
  EXPECT_EQ(first->sop_class_uid, sop_class_uid_of(SrClass::enhanced));
  EXPECT_EQ(drafting_.frames.back().predecessor->sop_class_uid, first->sop_class_uid);
  EXPECT_EQ(drafting_.frames.back().revision, 3);
}

TEST_F(ReplayTest, APurgedReportCannotBeComparedWith) {
  // Aim: after queue.keep_results_days what it was made from is gone; the message says that, and the model is not asked.
  clock.now_ms += std::int64_t{401} * 86'400'000;
  ASSERT_EQ(db::purge_results(folder.path() / "queue.sqlite", 400, clock, [] { return true; }).value(), 1);
  const Result<Replay> refused = again();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "results_purged");
  EXPECT_EQ(drafting_.asked, 1);
}

}  // namespace
}  // namespace radfm::worker
