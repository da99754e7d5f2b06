// SPDX-License-Identifier: Apache-2.0
#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

constexpr const char* key_objects = "1.2.840.10008.5.1.4.1.1.88.59";

OutboxObject note(const std::string& uid = "2.25.77") { return {std::string(rejection_role), key_objects, uid, {'K', 'O'}}; }

TEST_P(QueueConformance, AWithdrawnDraftSendsItsNoteAndNothingElse) {
  // To each destination that a send of the report was begun to; who, when and why stay with the job.
  auto held = job_in(JobState::leased, "1");
  const JobId id = held.first.id;
  must(q().fill_outbox(held.second, {}, {report_of(held.first), {"pdf", "1.2.840.10008.5.1.4.1.1.104.1", "2.25.9", {'P'}}},
                       {"orthanc", "archive", "third"}, "Findings."));
  send(held.second);
  must(q().begin_send(held.second, "sr", "archive", 1'000));
  must(q().end_send(held.second, "sr", "archive", false, "the answer was lost"));
  must(q().withdraw(id, RejectionReason::patient_safety, "wrong side", "administrator:A"));
  EXPECT_EQ(state(id), JobState::delivering);
  EXPECT_EQ(code_of(q().heartbeat(held.second)), "lease_lost");  // whoever was sending it stops
  EXPECT_EQ(job(id).withdrawal, (Withdrawal{RejectionReason::patient_safety, "wrong side", "administrator:A", clock.wall_ms()}));
  EXPECT_EQ(must(q().list({})).at(0).withdrawal, job(id).withdrawal);
  EXPECT_EQ(must(q().events(id)).back().kind, "withdrawn");
  EXPECT_EQ(must(q().events(id)).back().actor, "administrator:A");
  EXPECT_EQ(must(q().events(id)).back().detail, "patient_safety: wrong side");

  held = claim();
  EXPECT_EQ(held.first.state, JobState::delivering);
  ASSERT_TRUE(held.first.withdrawal.has_value());
  must(q().fill_rejection(held.second, note()));
  must(q().fill_rejection(held.second, note("2.25.78")));  // it is there: nothing is done
  std::vector<std::string> open;
  for (const Delivery& delivery : must(q().deliveries(id))) {
    if (!delivery.delivered) open.push_back(delivery.role + " " + delivery.destination + " " + delivery.sop_instance_uid);
  }
  EXPECT_EQ(open, (std::vector<std::string>{"rejection orthanc 2.25.77", "rejection archive 2.25.77"}));
  EXPECT_EQ(code_of(q().finish(held.second, "withdrawn")), "deliveries_open");
  for (const char* destination : {"orthanc", "archive"}) {
    must(q().begin_send(held.second, "rejection", destination, 1'000));
    must(q().end_send(held.second, "rejection", destination, true, ""));
  }
  must(q().finish(held.second, "withdrawn"));
  EXPECT_EQ(job(id).outcome, "withdrawn");
  EXPECT_TRUE(job(id).withdrawal.has_value());
}

TEST_P(QueueConformance, OnlyWhatWasSentCanBeWithdrawn) {
  // Nobody has it: it is cancelled instead. A withdrawal says why, within its limit.
  for (const JobState from : all_states) {
    const auto held = job_in(from, "study " + std::string(to_string(from)));
    EXPECT_EQ(code_of(q().withdraw(held.first.id, RejectionReason::quality, "x", "a")), from == JobState::done ? "ok" : "wrong_state")
        << to_string(from);
    EXPECT_EQ(state(held.first.id), from == JobState::done ? JobState::delivering : from);
    if (is_legal(state(held.first.id), JobState::cancelled)) must(q().cancel(held.first.id, "a"));  // out of the next one's way
  }
  EXPECT_EQ(code_of(q().withdraw(99, RejectionReason::quality, "x", "a")), "no_such_job");
  const JobId id = deliver_study("1", "d1").id;
  EXPECT_EQ(code_of(q().withdraw(id, RejectionReason::quality, "", "a")), "withdrawal_without_reason");
  const std::string longest(withdrawal_why_bytes_max, 'w');
  EXPECT_EQ(code_of(q().withdraw(id, RejectionReason::quality, longest + "w", "a")), "withdrawal_without_reason");
  EXPECT_EQ(state(id), JobState::done);
  must(q().withdraw(id, RejectionReason::quality, longest, "a"));
  EXPECT_EQ(job(id).withdrawal->why, longest);
}

TEST_P(QueueConformance, AWithdrawalIsDoneOnce) {
  // A second person is told that it is under way, or done. One that was cancelled meanwhile can be withdrawn with other words.
  const JobId id = deliver_study("1", "d1").id;
  must(q().withdraw(id, RejectionReason::quality, "blurred", "a"));
  EXPECT_EQ(code_of(q().withdraw(id, RejectionReason::quality, "again", "b")), "wrong_state");
  auto held = claim();
  must(q().fill_rejection(held.second, note()));
  must(q().cancel(id, "a"));
  must(q().withdraw(id, RejectionReason::patient_safety, "another patient", "b"));
  held = claim();
  EXPECT_EQ(held.first.withdrawal->why, "another patient");
  must(q().fill_rejection(held.second, note("2.25.78")));
  must(q().begin_send(held.second, "rejection", "orthanc", 1'000));
  must(q().end_send(held.second, "rejection", "orthanc", true, ""));
  must(q().finish(held.second, "withdrawn"));
  EXPECT_EQ(code_of(q().withdraw(id, RejectionReason::quality, "again", "b")), "wrong_state");
  EXPECT_EQ(must(q().outbox(id)).back().sop_instance_uid, "2.25.78");
}

TEST_P(QueueConformance, AWithdrawalThatFailsIsRetriedWithoutTheModel) {
  // A destination that refuses the note: the job is dead, and an administrator's retry sends the note, not the draft.
  const JobId id = deliver_study("1", "d1").id;
  must(q().withdraw(id, RejectionReason::quality, "blurred", "a"));
  auto held = claim();
  must(q().fill_rejection(held.second, note()));
  must(q().begin_send(held.second, "rejection", "orthanc", 1'000));
  must(q().fail(held.second, permanent_error("peer_refused_object", "no")));
  EXPECT_EQ(state(id), JobState::dead);
  must(q().retry(id, "administrator:A"));
  held = claim();
  EXPECT_EQ(held.first.state, JobState::delivering);
  EXPECT_TRUE(held.first.withdrawal.has_value());
  EXPECT_EQ(must(q().outbox(id)).size(), 2u);
}

TEST_P(QueueConformance, AWithdrawnDraftIsNobodysPredecessor) {
  // Its number is not used again; the next report follows the last one that stands.
  const Job first = deliver_study("1", "d1"), second = deliver_study("1", "d2");
  must(q().withdraw(second.id, RejectionReason::quality, "blurred", "a"));
  const JobId third = enqueue("1", "d3");
  auto held = claim();
  ASSERT_EQ(held.first.id, second.id);  // sending comes first
  must(q().fill_rejection(held.second, note()));
  must(q().begin_send(held.second, "rejection", "orthanc", 1'000));
  must(q().end_send(held.second, "rejection", "orthanc", true, ""));
  must(q().finish(held.second, "withdrawn"));
  held = claim();
  ASSERT_EQ(held.first.id, third);
  const Queue::Revision revision = must(q().next_revision(held.second));
  EXPECT_EQ(revision.number, 3);
  EXPECT_EQ(revision.predecessor_sop_instance_uid, first.uids.sr_sop_instance_uid);
  deliver(held);
  // The same images again come to nothing by themselves; a person may ask for another draft.
  EXPECT_EQ(must(q().settle_study("orthanc-1", new_job("1", "d2"))), EnqueueResult::existed);
  EXPECT_EQ(job(second.id).outcome, "withdrawn");
  must(q().rerun(second.id, "administrator:A"));
}

TEST_P(QueueConformance, AReportThatMayBeSomewhereKeepsItsNumberAndContent) {
  // It died between two destinations. The next report follows it, and a retry sends the same bytes, never others under its UID.
  auto first = job_in(JobState::leased, "1");
  must(q().fill_outbox(first.second, {}, {report_of(first.first)}, {"orthanc", "archive"}, ""));
  send(first.second);
  must(q().fail(first.second, permanent_error("peer_refused_object", "no")));
  enqueue("1", "d2");
  const auto second = claim();
  const Queue::Revision revision = must(q().next_revision(second.second));
  EXPECT_EQ(revision.number, 2);
  EXPECT_EQ(revision.predecessor_sop_instance_uid, first.first.uids.sr_sop_instance_uid);
  deliver(second);
  must(q().retry(first.first.id, "administrator:A"));
  const auto again = claim();
  EXPECT_EQ(again.first.state, JobState::delivering);
  EXPECT_EQ(again.first.revision, 1);
}

TEST_P(QueueConformance, ASecondWithdrawalGoesWhereverTheDraftMayBe) {
  // Its sends ended without an answer, and the first note took their place: the second note goes to the same destinations.
  auto held = job_in(JobState::leased, "1");
  const JobId id = held.first.id;
  must(q().fill_outbox(held.second, {}, {report_of(held.first)}, {"orthanc", "archive"}, ""));
  for (const char* destination : {"orthanc", "archive"}) must(q().begin_send(held.second, "sr", destination, 1'000));
  must(q().withdraw(id, RejectionReason::quality, "blurred", "a"));
  must(q().fill_rejection(claim().second, note()));
  must(q().cancel(id, "a"));
  must(q().withdraw(id, RejectionReason::patient_safety, "another patient", "b"));
  held = claim();
  must(q().fill_rejection(held.second, note("2.25.78")));
  const std::vector<Delivery> deliveries = must(q().deliveries(id));
  ASSERT_EQ(deliveries.size(), 2u);
  for (const Delivery& delivery : deliveries) EXPECT_EQ(delivery.role + " " + delivery.sop_instance_uid, "rejection 2.25.78");
}

TEST_P(QueueConformance, OfAWithdrawnDraftOnlyTheNoteIsSent) {
  // Also before the note is there: the draft does not follow its withdrawal, and nothing is finished without the note.
  auto held = job_in(JobState::leased, "1");
  const JobId id = held.first.id;
  must(q().fill_outbox(held.second, {}, {report_of(held.first)}, {"orthanc"}, ""));
  EXPECT_EQ(code_of(q().finish(held.second, "withdrawn")), "wrong_state");
  send(held.second);
  EXPECT_EQ(code_of(q().finish(held.second, "withdrawn")), "wrong_state");  // nobody has withdrawn it
  must(q().withdraw(id, RejectionReason::quality, "blurred", "a"));
  held = claim();
  EXPECT_EQ(code_of(q().begin_send(held.second, "sr", "orthanc", 1'000)), "no_such_delivery");
  EXPECT_EQ(code_of(q().finish(held.second, "withdrawn")), "deliveries_open");
  EXPECT_EQ(code_of(q().finish(held.second, "delivered")), "wrong_state");
  EXPECT_EQ(code_of(q().finish(held.second, "withheld: x")), "wrong_state");
  EXPECT_EQ(state(id), JobState::delivering);
}

}  // namespace
}  // namespace radfm::db
