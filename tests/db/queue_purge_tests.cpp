// SPDX-License-Identifier: Apache-2.0
// Aim: what finished jobs left behind goes at its age, whole jobs at a time; whatever may still be sent, the history, and what a
// later report names stay.
#include "tests/db/queue_file_fixture.h"

namespace radfm::db {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr int keep_days = 400;

class QueuePurge : public QueueFileTest {
 protected:
  int purge() { return must(purge_results(path, keep_days, clock, [] { return true; })); }
  std::string left_of(JobId id) {
    const std::string job = std::to_string(id);
    std::string left;
    for (const char* table : {"job_results", "montages", "draft_pages", "held_texts", "progress"}) {
      if (raw(path, std::string("SELECT 1 FROM ") + table + " WHERE job = " + job) == "1\n") left += std::string(table) + " ";
    }
    if (raw(path, "SELECT 1 FROM outbox WHERE length(dicom) > 0 AND job = " + job) == "1\n") left += "outbox ";
    return left;
  }
  static constexpr const char* all = "job_results montages draft_pages held_texts progress outbox ";
};

TEST_F(QueuePurge, AtTheLimitTheyStayAndOnePastItTheyGo) {
  auto queue = open();
  const JobId id = deliver(*queue, "1");
  EXPECT_EQ(left_of(id), all);
  clock.step_wall(keep_days * day_ms);
  EXPECT_EQ(purge(), 0);
  EXPECT_EQ(left_of(id), all);
  clock.step_wall(1);
  EXPECT_EQ(purge(), 1);
  EXPECT_EQ(left_of(id), "");
  EXPECT_EQ(purge(), 0);  // once
}

TEST_F(QueuePurge, HistoryStays) {
  auto queue = open();
  const JobId id = deliver(*queue, "1");
  const Job before = *must(queue->job(id));
  const std::size_t events = must(queue->events(id)).size();
  clock.step_wall((keep_days + 1) * day_ms);
  ASSERT_EQ(purge(), 1);
  const Job after = *must(queue->job(id));
  EXPECT_EQ(after.outcome, "delivered");
  EXPECT_EQ(after.uids.sr_sop_instance_uid, before.uids.sr_sop_instance_uid);
  EXPECT_EQ(after.input_digest, before.input_digest);
  EXPECT_EQ(after.instances, before.instances);
  EXPECT_EQ(after.report_text + after.detail_json + after.held_text, "");
  EXPECT_FALSE(after.has_montage);
  EXPECT_EQ(must(queue->events(id)).size(), events + 1);
  EXPECT_EQ(must(queue->events(id)).back().kind, "purged");
  EXPECT_EQ(must(queue->attempts(id)).size(), 1U);
  EXPECT_EQ(must(queue->deliveries(id)).size(), 1U);
}

TEST_F(QueuePurge, TheNextReportNamesItsPredecessorAllTheSame) {
  // Class and UIDs of the last delivered SR.
  auto queue = open();
  const JobId first = deliver(*queue, "1");
  clock.step_wall((keep_days + 1) * day_ms);
  ASSERT_EQ(purge(), 1);
  enqueue(*queue, "1", "d2");
  const auto held = claim(*queue);
  const Queue::Revision next = must(queue->next_revision(held.second));
  EXPECT_EQ(next.number, 2);
  EXPECT_EQ(next.predecessor_sop_instance_uid, must(queue->job(first))->uids.sr_sop_instance_uid);
  EXPECT_EQ(next.predecessor_sop_class_uid, "1.2.88");
  EXPECT_EQ(next.last_input_digest, "input");
}

TEST_F(QueuePurge, APurgedDraftIsNotWithdrawnAndSaysWhy) {
  auto queue = open();
  const JobId id = deliver(*queue, "1");
  clock.step_wall((keep_days + 1) * day_ms);
  ASSERT_EQ(purge(), 1);
  const Status refused = queue->withdraw(id, RejectionReason::quality, "blurred", "a");
  ASSERT_EQ(code_of(refused), "results_purged");
  EXPECT_NE(refused.error().message.find(must(queue->job(id))->uids.sr_sop_instance_uid), std::string::npos);
  EXPECT_EQ(must(queue->job(id))->state, JobState::done);
  must(queue->rerun(id, "a"));  // another draft can be made
}

TEST_F(QueuePurge, WhatMayStillBeSentStays) {
  // Queued, in work, waiting for a destination, dead or cancelled with a destination that has not got it.
  auto queue = open();
  for (const char* study : {"1", "2", "3", "4"}) enqueue(*queue, study);
  const auto leased = claim(*queue), delivering = claim(*queue), dead = claim(*queue), cancelled = claim(*queue);
  must(queue->set_montage(leased.second, {1}));
  for (const auto& held : {delivering, dead, cancelled}) {
    work(*queue, held, {"orthanc", "archive"});
    send(*queue, held.second);
  }
  must(queue->fail(dead.second, permanent_error("peer_refused_object", "no")));
  must(queue->cancel(cancelled.first.id, "a"));
  clock.step_wall((keep_days + 1) * day_ms);
  EXPECT_EQ(purge(), 0);
  for (const JobId id : {2, 3, 4}) EXPECT_EQ(left_of(id), all) << id;
}

TEST_F(QueuePurge, AWithdrawalThatHasNotEndedKeepsItsDraft) {
  // Under way, cancelled meanwhile; once every destination has the note it may go.
  auto queue = open();
  const JobId id = deliver(*queue, "1");
  must(queue->withdraw(id, RejectionReason::quality, "blurred", "a"));
  clock.step_wall((keep_days + 1) * day_ms);
  EXPECT_EQ(purge(), 0);
  must(queue->cancel(id, "a"));
  clock.step_wall((keep_days + 1) * day_ms);
  EXPECT_EQ(purge(), 0);
  EXPECT_NE(left_of(id).find("outbox"), std::string::npos);
  must(queue->withdraw(id, RejectionReason::quality, "blurred", "a"));
  const auto held = claim(*queue);
  must(queue->fill_rejection(held.second, {std::string(rejection_role), "1.2.59", "2.25.7", {1}}));
  must(queue->begin_send(held.second, "rejection", "orthanc", 1'000));
  must(queue->end_send(held.second, "rejection", "orthanc", true, ""));
  must(queue->finish(held.second, "withdrawn"));
  EXPECT_EQ(purge(), 0);  // it ended just now
  clock.step_wall((keep_days + 1) * day_ms);
  EXPECT_EQ(purge(), 1);
  EXPECT_EQ(left_of(id), "");
}

TEST_F(QueuePurge, WithheldDraftsAndTextsOfDeadJobsGoToo) {
  // Nothing more is sent of the first; of the second nobody asked for 400 days.
  auto queue = open();
  enqueue(*queue, "1");
  const auto withheld = claim(*queue);
  work(*queue, withheld);
  must(queue->finish(withheld.second, "withheld: final_report_present"));
  enqueue(*queue, "2");
  const auto held_back = claim(*queue);
  must(queue->hold_text(held_back.second, "a text"));
  must(queue->set_stage(held_back.second, JobStage::generating, 1, 2, "a text"));
  must(queue->fail(held_back.second, permanent_error("held_for_review", "a flag")));
  clock.step_wall((keep_days + 1) * day_ms);
  EXPECT_EQ(purge(), 2);
  EXPECT_EQ(left_of(1) + left_of(2), "");
}

TEST_F(QueuePurge, AFewAtATimeAndItStopsWhenAsked) {
  // One past a full batch; what is left goes the next time.
  auto queue = open();
  for (int i = 0; i <= purge_jobs_at_once; ++i) deliver(*queue, "1." + std::to_string(i));
  clock.step_wall((keep_days + 1) * day_ms);
  int asked = 0;
  EXPECT_EQ(must(purge_results(path, keep_days, clock, [&] { return ++asked == 1; })), purge_jobs_at_once);
  EXPECT_EQ(purge(), 1);
}

TEST_F(QueuePurge, ForEverIsNever) {
  auto queue = open();
  deliver(*queue, "1");
  clock.step_wall(40'000 * day_ms);
  EXPECT_EQ(must(purge_results(path, 0, clock, [] { return true; })), 0);
}

TEST_F(QueuePurge, FreedPagesAreUsedBeforeTheFileGrows) {
  auto queue = open();
  for (int i = 0; i < 10; ++i) deliver(*queue, "1." + std::to_string(i));
  clock.step_wall((keep_days + 1) * day_ms);
  ASSERT_EQ(purge(), 10);
  const auto bytes = std::filesystem::file_size(path);
  EXPECT_GT(must(check_queue_file(path)).free_bytes, 10 * 20'000);
  for (int i = 0; i < 8; ++i) deliver(*queue, "2." + std::to_string(i));
  EXPECT_EQ(std::filesystem::file_size(path), bytes);
}

TEST_F(QueuePurge, NothingIsMadeOnAWrongPath) {
  EXPECT_EQ(code_of(purge_results(path, keep_days, clock, [] { return true; })), "database_unavailable");
  EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace radfm::db
