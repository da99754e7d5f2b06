// SPDX-License-Identifier: Apache-2.0
// Aim: after an older state of the queue was put back no report goes out twice, and none is missing.
#include <gtest/gtest.h>

#include "core/job.h"
#include "db/queue_file.h"
#include "tests/worker/queue_fixture.h"
#include "worker/job_runner.h"

namespace radfm::worker {
namespace {

// An archive that cannot be asked: what is sent twice arrives twice.
class SilentArchive final : public Destination {
 public:
  struct Archive {
    bool down = false;
    int sends = 0;
  };
  explicit SilentArchive(Archive& archive) : archive_(archive) {}
  Result<Presence> ask(const db::OutboxObject&, bool) override { return Presence::cannot_tell; }
  Status send(const db::OutboxObject&) override {
    if (archive_.down) return transient_error("peer_unreachable", "nobody listens");
    ++archive_.sends;
    return {};
  }
  std::int64_t send_timeout_ms() const override { return 60'000; }

 private:
  Archive& archive_;
};

class RestoredQueue : public test::QueueFixture {
 protected:
  RestoredQueue() {
    configuration_.pacs.emplace_back().name = "archive";
    destinations = {"archive"};
    require(queue->settle_study(test::study_id, new_job()));
  }
  template <class T>
  static void require(const Result<T>& result) {
    if (!result.ok()) throw std::runtime_error(result.error().message);
  }
  std::filesystem::path path(const char* name) const { return folder.path() / name; }
  void back_up() { require(db::back_up_queue(path("queue.sqlite"), path("backup.sqlite"))); }
  void restore() {
    queue.reset();
    clock.now_ms += 1'000;
    require(db::restore_queue(path("queue.sqlite"), path("backup.sqlite"), "administrator:A", clock));
    queue = open();
  }
  JobRunner::Parts parts() {
    return {*queue, orthanc, drafting_,
            [this](const std::string& name) -> std::unique_ptr<Destination> {
              if (name == "archive") return std::make_unique<SilentArchive>(archive_);
              return std::make_unique<OrthancDestination>(orthanc, 1'000);
            },
            configuration_, clock, interrupt_, archives_, "/tmp"};
  }
  std::string run() {
    const auto [job, lease] = claim();
    JobRunner(parts()).run(job, lease);
    return this->job(job.id).outcome;
  }

  test::FakeDrafting drafting_;
  SilentArchive::Archive archive_;
  Interrupt interrupt_;
  Configuration configuration_;
  const std::vector<PriorArchive> archives_;
};

TEST_F(RestoredQueue, AJobThatWasQueuedAndIsDeliveredIsNotMadeAgain) {
  // The mark in Orthanc says so. The model is not asked.
  back_up();
  ASSERT_EQ(run(), "delivered");
  restore();
  ASSERT_EQ(job(1).state, JobState::queued);
  EXPECT_EQ(run(), "skipped: already_reported");
  EXPECT_EQ(drafting_.asked, 1);
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_EQ(archive_.sends, 1);
}

TEST_F(RestoredQueue, ADraftThatWaitedAndIsDeliveredIsNotSentAgain) {
  // Also to an archive that cannot be asked.
  archive_.down = true;
  ASSERT_EQ(run(), "");
  back_up();
  archive_.down = false;
  clock.now_ms += settings.backoff_max_ms;
  ASSERT_EQ(run(), "delivered");
  restore();
  ASSERT_EQ(job(1).state, JobState::delivering);
  EXPECT_EQ(run(), "delivered");
  EXPECT_EQ(archive_.sends, 1);
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_EQ(drafting_.asked, 1);
}

TEST_F(RestoredQueue, WhatWasNotDeliveredIs) {
  // Nothing was done since: the restored job is like any other.
  back_up();
  restore();
  EXPECT_EQ(run(), "delivered");
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_EQ(archive_.sends, 1);
}

TEST_F(RestoredQueue, TheSameDraftThatArrivedInPartIsCompleted) {
  // Orthanc has it, the archive was down, so there is no mark. Made again it has the same bytes.
  back_up();
  ASSERT_EQ(run(), "delivered");
  orthanc.mark.clear();
  archive_.sends = 0;
  restore();
  EXPECT_EQ(run(), "delivered");
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_EQ(archive_.sends, 1);
}

TEST_F(RestoredQueue, AnotherDraftUnderThatUidGoesNowhere) {
  // The model was replaced meanwhile. Orthanc has the report that the lost state made; a person decides.
  back_up();
  ASSERT_EQ(run(), "delivered");
  orthanc.mark.clear();
  archive_.sends = 0;
  drafting_.written_as = " by another model";
  restore();
  EXPECT_EQ(run(), "");
  EXPECT_EQ(job(1).state, JobState::dead);
  EXPECT_EQ(job(1).error_code, "uid_taken");
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_EQ(archive_.sends, 0);
}

TEST_F(RestoredQueue, ARerunThatIsForgottenIsNotSentTwice) {
  // Run 1 was made and delivered since. Asked for again it is known; the next run is another draft.
  ASSERT_EQ(run(), "delivered");
  back_up();
  require(queue->rerun(1, "administrator:A"));
  ASSERT_EQ(run(), "delivered");
  restore();
  require(queue->rerun(1, "administrator:A"));
  EXPECT_EQ(run(), "skipped: already_reported");
  require(queue->rerun(1, "administrator:A"));
  EXPECT_EQ(run(), "delivered");
  EXPECT_EQ(orthanc.stores, 3);
}

TEST_F(RestoredQueue, WithoutOrthancNothingIsSentOrMade) {
  // Whether it was delivered cannot be asked: the job waits.
  back_up();
  ASSERT_EQ(run(), "delivered");
  restore();
  orthanc.down = true;
  EXPECT_EQ(run(), "");
  EXPECT_EQ(job(1).state, JobState::queued);
  EXPECT_EQ(drafting_.asked, 1);
  orthanc.down = false;
  EXPECT_EQ(run(), "skipped: already_reported");
}

}  // namespace
}  // namespace radfm::worker
