// SPDX-License-Identifier: Apache-2.0
// What of a job's draft reaches an archive, from claim to outcome.
#include <gtest/gtest.h>

#include "core/job.h"
#include "tests/worker/queue_fixture.h"
#include "worker/destination_reports.h"
#include "worker/job_runner.h"

namespace radfm::worker {
namespace {

// An archive that takes everything, where somebody's report may be.
class Reported final : public Destination {
 public:
  struct Archive {
    bool has_report = false;
    int sends = 0;
  };
  explicit Reported(Archive& archive) : archive_(archive) {}
  Result<Presence> ask(const db::OutboxObject&, bool) override { return Presence::cannot_tell; }
  Status send(const db::OutboxObject&) override {
    ++archive_.sends;
    return {};
  }
  Result<bool> has_final_report(const db::OutboxObject&, const ReportJudge& judge) override {
    EXPECT_EQ(judge.directory, "/tmp");
    return archive_.has_report && *judge.has_final_report({});
  }
  std::int64_t send_timeout_ms() const override { return 60'000; }

 private:
  Archive& archive_;
};

class JobDestinations : public test::QueueFixture {
 protected:
  JobDestinations() {
    configuration_.queue = settings;
    configuration_.pacs.emplace_back().name = "archive";
    destinations = {"archive"};
  }
  // The outcome of a claimed job.
  std::string run(const std::pair<db::Job, db::Lease>& claim) {
    id_ = claim.first.id;
    EXPECT_EQ(runner_.run(claim.first, claim.second), JobEnd::settled);
    return job(id_).outcome;
  }

  test::FakeDrafting drafting_;
  Reported::Archive archive_;
  Interrupt interrupt_;
  Configuration configuration_;
  const std::vector<PriorArchive> archives_;
  JobRunner runner_{{*queue, orthanc, drafting_,
                     [this](const std::string& name) -> std::unique_ptr<Destination> {
                       if (name == "archive") return std::make_unique<Reported>(archive_);
                       return std::make_unique<OrthancDestination>(orthanc, 1'000);
                     },
                     configuration_, clock, interrupt_, archives_, "/tmp"}};
  db::JobId id_ = 0;
};

TEST_F(JobDestinations, AFinalReportAtADestinationWithholdsTheDraftThere) {
  // Aim: Orthanc gets the draft and its mark, the archive does not; asked for by hand it does.
  archive_.has_report = drafting_.final_report_now = true;
  EXPECT_EQ(run(claimed()), "withheld: final_report_present");
  EXPECT_EQ(archive_.sends, 0);
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_EQ(parse_delivered_marks(orthanc.mark).size(), 1u);
  ASSERT_TRUE(queue->rerun(id_, "administrator").ok());
  EXPECT_EQ(run(claim()), "delivered");
  EXPECT_EQ(archive_.sends, 1);
}

TEST_F(JobDestinations, AnotherReportAtADestinationWithholdsNothing) {
  // Aim: it is the pipeline that says whether a report is final.
  archive_.has_report = true;
  EXPECT_EQ(run(claimed()), "delivered");
  EXPECT_EQ(archive_.sends, 1);
}

TEST_F(JobDestinations, AnArchiveMayTakeFewerCompanions) {
  // Aim: an archive that shows SRs is not filled with pages; Orthanc has them.
  drafting_.companions = {"pdf", "page_1", "page_2"};
  configuration_.pacs.front().companions = {pdf_companion};
  EXPECT_EQ(run(claimed()), "delivered");
  EXPECT_EQ(orthanc.stores, 4);
  EXPECT_EQ(archive_.sends, 2);
}

}  // namespace
}  // namespace radfm::worker
