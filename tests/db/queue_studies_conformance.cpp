// SPDX-License-Identifier: Apache-2.0
#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

TEST_P(QueueConformance, CursorMovesTogetherWithTheStudiesThatItStandsFor) {
  // A study cannot get lost between the cursor and the list of pending studies.
  EXPECT_EQ(must(q().change_cursor()), std::nullopt);
  must(q().take_changes(7, {{"a", clock.wall_ms() + 10}, {"b", clock.wall_ms()}}));
  EXPECT_EQ(must(open()->change_cursor()), 7);
  EXPECT_EQ(must(q().due_studies(clock.wall_ms(), 10)).size(), 1u);
  EXPECT_EQ(must(q().next_due_study_ms()), clock.wall_ms());
  must(q().take_changes(9, {}));
  EXPECT_EQ(must(q().change_cursor()), 9);
}

TEST_P(QueueConformance, SeveralStudiesSettleTogetherInTheirOrder) {
  // As one after the other: jobs in this order, each study's pending row gone, a known identity answered as known.
  const std::int64_t now = clock.wall_ms();
  must(q().take_changes(1, {{"orthanc-1.3", now}, {"orthanc-1.2", now}, {"orthanc-1.4", now}, {"other", now}}));
  must(q().settle_study("orthanc-1.4", new_job("1.4")));
  EXPECT_EQ(must(q().settle_studies({new_job("1.3"), new_job("1.4"), new_job("1.2")})),
            (std::vector<EnqueueResult>{EnqueueResult::created, EnqueueResult::existed, EnqueueResult::created}));
  EXPECT_EQ(must(q().settle_studies({})), std::vector<EnqueueResult>());
  const std::vector<PendingStudy> left = must(q().due_studies(now, 9));
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].orthanc_study_id, "other");
  const std::vector<Job> jobs = must(q().list({}));
  ASSERT_EQ(jobs.size(), 3u);
  EXPECT_EQ(jobs[0].identity.study_instance_uid, "1.2");  // newest first
  EXPECT_EQ(jobs[1].identity.study_instance_uid, "1.3");
}

TEST_P(QueueConformance, LaterNewsPostponesAStudyUnlessItSaysSooner) {
  // A growing study waits on; a reconciliation does not make a due study wait again.
  const std::int64_t now = clock.wall_ms();
  must(q().take_changes(1, {{"a", now + 100}}));
  must(q().take_changes(2, {{"a", now + 500, true}}));
  EXPECT_EQ(must(q().next_due_study_ms()), now + 100);
  must(q().take_changes(3, {{"a", now + 50, true}}));
  EXPECT_EQ(must(q().next_due_study_ms()), now + 50);
  must(q().take_changes(4, {{"a", now + 500}}));
  EXPECT_EQ(must(q().next_due_study_ms()), now + 500);
}

TEST_P(QueueConformance, DueStudiesComeEarliestFirstAndNoMoreThanAskedFor) {
  // The plugin works in small bites.
  const std::int64_t now = clock.wall_ms();
  must(q().take_changes(1, {{"c", now}, {"a", now - 2}, {"b", now - 1}, {"d", now + 1}}));
  const std::vector<PendingStudy> due = must(q().due_studies(now, 2));
  EXPECT_EQ(due, (std::vector<PendingStudy>{{"a", now - 2}, {"b", now - 1}}));
  EXPECT_EQ(must(q().due_studies(now, 9)).size(), 3u);
}

TEST_P(QueueConformance, ClockThatIsSetBackHoldsUpNoPendingStudy) {
  // A day back must not make studies wait for a day.
  must(q().take_changes(1, {{"a", clock.wall_ms() + 3'000}}));
  clock.step_wall(-86'400'000);
  EXPECT_EQ(must(q().due_studies(clock.wall_ms(), 9)).size(), 1u);
  EXPECT_LE(must(q().next_due_study_ms()).value(), clock.wall_ms());
}

TEST_P(QueueConformance, PostponedAndForgottenStudies) {
  // Orthanc could not be asked just now; or the study is gone.
  const std::int64_t now = clock.wall_ms();
  must(q().take_changes(1, {{"a", now}}));
  must(q().postpone_study("a", now + 9));
  EXPECT_EQ(must(q().due_studies(now, 9)).size(), 0u);
  must(q().forget_study("a"));
  EXPECT_EQ(must(q().next_due_study_ms()), std::nullopt);
  must(q().postpone_study("never seen", now));
  EXPECT_EQ(must(q().next_due_study_ms()), std::nullopt);
}

TEST_P(QueueConformance, SettledStudyBecomesOneJobWithAllThatWasKnown) {
  // The job keeps a copy of the rule's action and of the images, and its result's UIDs are fixed.
  must(q().take_changes(1, {{"orthanc-1.2", clock.wall_ms()}}));
  const NewJob made = new_job("1.2");
  EXPECT_EQ(must(q().settle_study("orthanc-1.2", made)), EnqueueResult::created);
  EXPECT_EQ(must(q().next_due_study_ms()), std::nullopt);
  const Job found = job(newest());
  EXPECT_EQ(found.identity, made.identity);
  EXPECT_EQ(found.instances, made.instances);
  EXPECT_EQ(found.rule_name, "chest");
  EXPECT_EQ(found.action.prompt_2d, made.action.prompt_2d);
  EXPECT_EQ(found.state, JobState::queued);
  EXPECT_EQ(found.uids.sr_sop_instance_uid, result_uids(made.identity).sr_sop_instance_uid);
  EXPECT_EQ(found.created_wall_ms, clock.wall_ms());
  EXPECT_EQ(must(q().events(found.id)).at(0).actor, "plugin");
}

TEST_P(QueueConformance, SameImagesNeverMakeASecondJob) {
  // Our own result, or a prior that arrives, makes the study stable again: nothing new is to be done.
  const Job first = deliver_study("1.2", "d1");
  EXPECT_EQ(must(q().settle_study("orthanc-1.2", new_job("1.2"))), EnqueueResult::existed);
  EXPECT_EQ(must(open()->add(new_job("1.2"))), EnqueueResult::existed);
  EXPECT_EQ(newest(), first.id);
  EXPECT_TRUE(nothing_to_claim());
}

TEST_P(QueueConformance, NewImagesSupersedeQueuedAndLeasedJobs) {
  // The holder learns it at its next heartbeat, and nobody reports on old images.
  const JobId queued = enqueue("1.2", "d1");
  const JobId second = enqueue("1.2", "d2");
  EXPECT_EQ(state(queued), JobState::cancelled);
  EXPECT_EQ(job(queued).outcome, "superseded");
  auto held = claim();
  EXPECT_EQ(held.first.id, second);
  const JobId third = enqueue("1.2", "d3");
  EXPECT_EQ(job(second).outcome, "superseded");
  EXPECT_EQ(code_of(q().heartbeat(held.second)), "lease_lost");
  EXPECT_EQ(must(q().attempts(second)).at(0).end, "cancelled");
  EXPECT_EQ(claim().first.id, third);
}

TEST_P(QueueConformance, JobThatIsDeliveringIsNotSuperseded) {
  // Its result is stored and may already have arrived somewhere; the new job waits for it.
  auto held = job_in(JobState::delivering, "1.2");
  const JobId next = enqueue("1.2", "d2");
  EXPECT_EQ(state(held.first.id), JobState::delivering);
  EXPECT_TRUE(nothing_to_claim());
  EXPECT_EQ(must(q().next_due_job_ms()), std::nullopt);
  send(held.second);
  must(q().finish(held.second, "delivered"));
  EXPECT_EQ(claim().first.id, next);
}

TEST_P(QueueConformance, NewImagesSupersedeReruns) {
  // An administrator's rerun of old images is as old as they are.
  const Job first = deliver_study("1.2", "d1");
  const JobId again = must(q().rerun(first.id, "administrator:A"));
  enqueue("1.2", "d2");
  EXPECT_EQ(job(again).outcome, "superseded");
  EXPECT_EQ(job(first.id).outcome, "delivered");
}

TEST_P(QueueConformance, StudyThatComesBackToSupersededImagesIsReported) {
  // An image arrived and was deleted again: the study must not be left without a report.
  const JobId first = enqueue("1.2", "d1");
  const JobId second = enqueue("1.2", "d2");
  EXPECT_EQ(must(q().settle_study("orthanc-1.2", new_job("1.2", "d1"))), EnqueueResult::existed);
  EXPECT_EQ(state(first), JobState::queued);
  EXPECT_EQ(job(second).outcome, "superseded");
  EXPECT_EQ(claim().first.id, first);
}

TEST_P(QueueConformance, StudyThatComesBackToImagesThatAWorkerCalledSupersededIsReported) {
  // The worker saw the new image first, and it was deleted before the study settled.
  enqueue("1.2", "d1");
  auto held = claim();
  must(q().finish(held.second, "superseded"));
  EXPECT_EQ(job(held.first.id).outcome, "superseded");
  EXPECT_TRUE(nothing_to_claim());
  EXPECT_EQ(must(q().settle_study("orthanc-1.2", new_job("1.2", "d1"))), EnqueueResult::existed);
  EXPECT_EQ(claim().first.id, held.first.id);
}

TEST_P(QueueConformance, WhatAnAdministratorCancelledStaysCancelled) {
  // However often the study becomes stable.
  const JobId id = enqueue("1.2");
  must(q().cancel(id, "administrator:A"));
  EXPECT_EQ(must(q().settle_study("orthanc-1.2", new_job("1.2"))), EnqueueResult::existed);
  EXPECT_EQ(state(id), JobState::cancelled);
}

TEST_P(QueueConformance, StudyWithoutAReportDueIsDoneAtOnce) {
  // It is on record why, and no worker sees it.
  NewJob skipped = new_job("1.2");
  skipped.skip = "no_rule";
  skipped.skip_detail = "chest: modality CR is not CT";
  EXPECT_EQ(must(q().settle_study("orthanc-1.2", skipped)), EnqueueResult::created);
  const Job found = job(newest());
  EXPECT_EQ(found.state, JobState::done);
  EXPECT_EQ(found.outcome, "skipped: no_rule");
  EXPECT_EQ(found.finished_wall_ms, clock.wall_ms());
  EXPECT_NE(must(q().events(found.id)).at(0).detail.find("modality CR"), std::string::npos);
  EXPECT_TRUE(nothing_to_claim());
}

TEST_P(QueueConformance, AutomaticRevisionsEndAtTheirLimit) {
  // The first report and three revisions; the fifth set of images makes none, unless an administrator wants it.
  for (const char* digest : {"d1", "d2", "d3", "d4"}) {
    EXPECT_EQ(deliver_study("1.2", digest).outcome, "delivered");
  }
  enqueue("1.2", "d5");
  EXPECT_EQ(job(newest()).outcome, "skipped: revision_limit");
  EXPECT_TRUE(nothing_to_claim());
  EXPECT_EQ(must(q().add(new_job("1.2", "d6"))), EnqueueResult::created);
  EXPECT_EQ(claim().first.identity.digest, "d6");
}

TEST_P(QueueConformance, RerunsDoNotUseUpAutomaticRevisions) {
  // Only what happened by itself is limited.
  settings.automatic_revisions_max = 1;
  reopen();
  const Job first = deliver_study("1.2", "d1");
  must(q().rerun(first.id, "administrator:A"));
  deliver(claim());
  EXPECT_EQ(deliver_study("1.2", "d2").revision, 3);
  enqueue("1.2", "d3");
  EXPECT_EQ(job(newest()).outcome, "skipped: revision_limit");
}

}  // namespace
}  // namespace radfm::db
