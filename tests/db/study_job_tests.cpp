// SPDX-License-Identifier: Apache-2.0
#include "db/study_job.h"

#include <gtest/gtest.h>

#include "tests/db/temporary_folder.h"

namespace radfm::db {
namespace {

constexpr std::int64_t today_ms = 20'781 * std::int64_t{86'400'000};  // 2026-11-24

StudyIndex ct_of(const std::string& study_date) {
  StudyIndex study;
  study.orthanc_id = "o";
  study.study_instance_uid = "1.2";
  study.study_date = study_date;
  IndexedSeries series;
  series.modality = "CT";
  for (const char* uid : {"1.2.4", "1.2.3"}) {
    IndexedInstance instance;
    instance.sop_instance_uid = uid;
    instance.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
    series.instances.push_back(instance);
  }
  study.series = {series};
  return study;
}

Rule rule_for(const std::string& name, const std::string& modality) {
  Rule rule;
  rule.name = name;
  rule.match.modalities = {modality};
  rule.action.lane = Lane::stat;
  return rule;
}

TEST(StudyJob, IdentityImagesAndTheRulesAction) {
  // Aim: sorted images and their digest, the first rule that fits, its action as a copy, and who made it.
  const NewJob job = job_of_study(ct_of("20261124"), {rule_for("magnets", "MR"), rule_for("ct", "CT")}, today_ms, "plugin");
  EXPECT_EQ(job.instances, (std::vector<std::string>{"1.2.3", "1.2.4"}));
  EXPECT_EQ(job.identity, (JobIdentity{"1.2", image_digest(job.instances), 0}));
  EXPECT_EQ(job.orthanc_study_id, "o");
  EXPECT_EQ(job.rule_name, "ct");
  EXPECT_EQ(job.action.lane, Lane::stat);
  EXPECT_EQ(job.skip, "");
  EXPECT_EQ(job.skip_detail, "magnets: modality CT is none of MR; ct: fits");
  EXPECT_EQ(job.actor, "plugin");
}

TEST(StudyJob, AnOldStudyIsDueForAPersonOnly) {
  // Aim: on the last day it is not old; a day later the plugin skips it, and who asks for it gets the same job without that.
  const std::vector<Rule> rules{rule_for("ct", "CT")};
  EXPECT_EQ(job_of_study(ct_of("20261117"), rules, today_ms, "plugin").skip, "");
  EXPECT_EQ(job_of_study(ct_of("20261116"), rules, today_ms, "plugin").skip, "old");
  const Result<NewJob> asked = job_asked_for(ct_of("20261116"), rules, today_ms, "administrator:anna");
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(asked->skip, "");
  EXPECT_EQ(asked->rule_name, "ct");
  EXPECT_EQ(asked->actor, "administrator:anna");
}

TEST(StudyJob, WhatIsNotDueSaysWhy) {
  // Aim: no rule, a rule that switches off, no image: an error with what each rule has against it.
  Rule off = rule_for("no ct", "CT");
  off.action.off = true;
  const auto refusal = [](const StudyIndex& study, const std::vector<Rule>& rules) {
    const Result<NewJob> job = job_asked_for(study, rules, today_ms, "administrator");
    EXPECT_EQ(job.error().code, "not_due");
    return job.error().message;
  };
  EXPECT_EQ(refusal(ct_of("20261124"), {rule_for("magnets", "MR")}), "no report is made of this study: no_rule (magnets: modality CT is none of MR)");
  EXPECT_EQ(refusal(ct_of("20261124"), {off}), "no report is made of this study: off (no ct: fits)");
  EXPECT_EQ(refusal(StudyIndex(), {off}), "no report is made of this study: no_image");
}

class AskedJobTest : public testing::Test {
 protected:
  void SetUp() override { open("queue.sqlite"); }
  void open(const std::string& name) {
    OpenQueue open;
    open.path = folder_.path() / name;
    queue = open_sqlite_queue(open, clock).value();
  }
  NewJob asked() const { return job_asked_for(ct_of("20261124"), {rule_for("ct", "CT")}, today_ms, "administrator:anna").value(); }
  AskedJob add() { return add_asked_for(*queue, asked()).value(); }
  // As the plugin settles it: with no report.
  void settle(const std::string& skip) {
    NewJob job = asked();
    job.skip = skip;
    job.rule_name = "before";
    job.action = {};
    ASSERT_TRUE(queue->settle_study("o", job));
  }
  Job job(JobId id) { return queue->job(id).value().value(); }

  TemporaryFolder folder_;
  SystemClock clock;
  std::unique_ptr<Queue> queue;
};

TEST_F(AskedJobTest, ImagesGetOneJob) {
  // Aim: queued once; asked for again, the same job is named and none is made, whatever its state is.
  const AskedJob first = add();
  EXPECT_EQ(first.result, EnqueueResult::created);
  EXPECT_EQ(job(first.id.value()).action.lane, Lane::stat);
  const AskedJob again = add();
  EXPECT_EQ(again.result, EnqueueResult::existed);
  EXPECT_EQ(again.id, first.id);
  ASSERT_TRUE(queue->cancel(*first.id, "test"));
  EXPECT_EQ(add().result, EnqueueResult::existed);
  const JobId rerun = queue->rerun(*first.id, "test").value();
  EXPECT_EQ(add().id, rerun);
  EXPECT_EQ(queue->list({}).value().size(), 2U);
}

TEST_F(AskedJobTest, WhatThePluginLeftIsReportedForWhoAsks) {
  // Aim: images that were too old, or that no rule took then, get a run by the rule as it is now; only one.
  for (const char* skip : {"old", "no_rule", "off", "revision_limit"}) {
    open(skip);
    settle(skip);
    const AskedJob made = add();
    EXPECT_EQ(made.result, EnqueueResult::created) << skip;
    const Job queued = job(made.id.value());
    EXPECT_EQ(queued.state, JobState::queued);
    EXPECT_EQ(queued.identity.run, 1);
    EXPECT_EQ(queued.rule_name, "ct");
    EXPECT_EQ(queued.action.lane, Lane::stat);
    EXPECT_EQ(add().result, EnqueueResult::existed);
    EXPECT_EQ(add().id, made.id);
  }
}

TEST_F(AskedJobTest, AReportThatWasDeliveredBeforeIsOne) {
  // Aim: the queue's file was lost, the mark in Orthanc says that these images have their report.
  settle("already_reported");
  EXPECT_EQ(add().result, EnqueueResult::existed);
  EXPECT_EQ(queue->list({}).value().size(), 1U);
}

TEST_F(AskedJobTest, ATroubleOfTheQueueIsTold) {
  // Aim: a queue that cannot be written to.
  OpenQueue open;
  open.path = folder_.path() / "queue.sqlite";
  open.read_only = true;
  const auto reader = open_sqlite_queue(open, clock).value();
  EXPECT_EQ(add_asked_for(*reader, asked()).error().code, "read_only");
}

}  // namespace
}  // namespace radfm::db
