// SPDX-License-Identifier: Apache-2.0
#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

TEST_P(QueueConformance, OutboxKeepsTheObjectsByteForByte) {
  // Objects of several roles for several destinations, with NULs and high bytes.
  auto held = job_in(JobState::leased, "1");
  OutboxObject report = report_of(held.first);
  report.dicom = {0, 1, 255, 0, 'D', 'I', 'C', 'M', 0};
  const OutboxObject device{"device", "1.2.3", result_uid(held.first.identity, "device"), {}};
  must(q().fill_outbox(held.second, {}, {report, device}, {"orthanc", "archive"}, "No finding."));
  const std::vector<OutboxObject> stored = must(open()->outbox(held.first.id));
  ASSERT_EQ(stored.size(), 2u);
  EXPECT_EQ(stored[0].dicom, report.dicom);
  EXPECT_EQ(stored[1].role, "device");
  EXPECT_EQ(stored[1].sop_instance_uid, device.sop_instance_uid);
  EXPECT_TRUE(stored[1].dicom.empty());
  const std::vector<Delivery> deliveries = must(q().deliveries(held.first.id));
  ASSERT_EQ(deliveries.size(), 4u);
  EXPECT_EQ(deliveries[1].destination, "archive");
  EXPECT_EQ(deliveries[1].sop_instance_uid, report.sop_instance_uid);
  EXPECT_FALSE(deliveries[0].send_started || deliveries[0].delivered);
  EXPECT_EQ(job(held.first.id).report_text, "No finding.");
  EXPECT_EQ(job(held.first.id).revision, 1);
}

TEST_P(QueueConformance, AnObjectMayGoToFewerDestinations) {
  // Where it does not go nothing waits for it; a destination that the job does not have is none.
  auto held = job_in(JobState::leased, "1");
  OutboxObject pdf{"pdf", "1.2.3", result_uid(held.first.identity, "pdf"), {}};
  pdf.destinations = {"orthanc", "elsewhere"};
  must(q().fill_outbox(held.second, {}, {report_of(held.first), pdf}, {"archive", "orthanc"}, "No finding."));
  std::vector<std::string> wait;
  for (const Delivery& delivery : must(q().deliveries(held.first.id))) wait.push_back(delivery.role + " to " + delivery.destination);
  EXPECT_EQ(wait, (std::vector<std::string>{"sr to archive", "sr to orthanc", "pdf to orthanc"}));
  for (const Delivery& delivery : must(q().deliveries(held.first.id))) {
    must(q().begin_send(held.second, delivery.role, delivery.destination, 1'000));
    must(q().end_send(held.second, delivery.role, delivery.destination, true, ""));
  }
  must(q().finish(held.second, "delivered"));
}

TEST_P(QueueConformance, ADeliveredJobKeepsTheBytesOfItsReportOnly) {
  // Page images would fill the disk; until they are delivered everywhere, they stay.
  auto held = job_in(JobState::leased, "1");
  OutboxObject report = report_of(held.first);
  report.dicom = {1, 2, 3};
  const OutboxObject page{"page_1", "1.2.3", result_uid(held.first.identity, "page_1"), {4, 5, 6}};
  must(q().fill_outbox(held.second, {}, {report, page}, {"orthanc"}, "No finding."));
  send(held.second);
  EXPECT_EQ(code_of(q().finish(held.second, "delivered")), "deliveries_open");
  EXPECT_EQ(must(q().outbox(held.first.id)).at(1).dicom, page.dicom);
  must(q().begin_send(held.second, "page_1", "orthanc", 1'000));
  must(q().end_send(held.second, "page_1", "orthanc", true, ""));
  must(q().finish(held.second, "delivered"));
  const std::vector<OutboxObject> kept = must(q().outbox(held.first.id));
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].dicom, report.dicom);
  EXPECT_TRUE(kept[1].dicom.empty());
  EXPECT_EQ(kept[1].sop_instance_uid, page.sop_instance_uid);
  EXPECT_EQ(must(q().deliveries(held.first.id)).size(), 2u);
}

TEST_P(QueueConformance, ReportMustBearTheUidThatWasFixedAtEnqueue) {
  // That UID is what makes the write-back idempotent.
  auto held = job_in(JobState::leased, "1");
  OutboxObject other = report_of(held.first);
  other.sop_instance_uid += ".1";
  EXPECT_EQ(code_of(q().fill_outbox(held.second, {}, {other}, {"orthanc"}, "")), "uid_mismatch");
  EXPECT_EQ(state(held.first.id), JobState::leased);
  EXPECT_TRUE(must(q().outbox(held.first.id)).empty());
}

TEST_P(QueueConformance, BegunSendIsRememberedAcrossADeath) {
  // Who comes after must ask the destination before sending again.
  auto held = job_in(JobState::delivering, "1");
  must(q().begin_send(held.second, "sr", "orthanc", 1'000));
  must(q().reclaim({"boot-1:1:1"}));
  const auto again = claim("boot-1:2:2");
  const Delivery delivery = must(q().deliveries(again.first.id)).at(0);
  EXPECT_TRUE(delivery.send_started);
  EXPECT_FALSE(delivery.delivered);
  EXPECT_EQ(delivery.tries, 1);
}

TEST_P(QueueConformance, LeaseOutlastsTheSend) {
  // No other worker takes the job while an association is open; a heartbeat does not shorten what was granted.
  auto held = job_in(JobState::delivering, "1");
  constexpr std::int64_t timeout_ms = 600'000;
  must(q().begin_send(held.second, "sr", "orthanc", timeout_ms));
  must(q().heartbeat(held.second));
  clock.advance(timeout_ms + settings.lease_ms - 1);
  EXPECT_EQ(must(q().reclaim({})), 0);
  must(q().end_send(held.second, "sr", "orthanc", true, ""));
  clock.advance(settings.lease_ms);
  EXPECT_EQ(must(q().reclaim({})), 1);
}

TEST_P(QueueConformance, WhatADestinationHasItHas) {
  // A failed repetition does not take a delivery back.
  auto held = job_in(JobState::delivering, "1");
  send(held.second);
  must(q().end_send(held.second, "sr", "orthanc", false, "late error"));
  EXPECT_TRUE(must(q().deliveries(held.first.id)).at(0).delivered);
  EXPECT_EQ(code_of(q().begin_send(held.second, "sr", "nowhere", 1)), "no_such_delivery");
  EXPECT_EQ(code_of(q().end_send(held.second, "pdf", "orthanc", true, "")), "no_such_delivery");
}

TEST_P(QueueConformance, EachRevisionNamesThePreviousDeliveredReport) {
  // Late images make a chain of reports.
  const JobId first = enqueue("1", "d1");
  auto held = claim();
  must(q().set_detail(held.second, "{}", "input-1"));
  EXPECT_EQ(must(q().next_revision(held.second)), Queue::Revision{});
  deliver(held);
  enqueue("1", "d2");
  held = claim();
  const Queue::Revision second = must(q().next_revision(held.second));
  EXPECT_EQ(second.number, 2);
  EXPECT_EQ(second.predecessor_sop_instance_uid, job(first).uids.sr_sop_instance_uid);
  EXPECT_EQ(second.predecessor_series_instance_uid, job(first).uids.series_instance_uid);
  EXPECT_EQ(second.predecessor_sop_class_uid, report_class);
  EXPECT_EQ(second.last_input_digest, "input-1");
  deliver(held);
  EXPECT_EQ(job(held.first.id).predecessor_sop_instance_uid, job(first).uids.sr_sop_instance_uid);
  EXPECT_EQ(deliver_study("1", "d3").revision, 3);
  EXPECT_EQ(deliver_study("2", "d1").revision, 1);
}

TEST_P(QueueConformance, APredecessorHasTheClassThatWasDelivered) {
  // Each revision may be of another class than the one before it, and other objects may have been sent beside it.
  for (const char* sop_class : {"1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.5.1.4.1.1.88.33"}) {
    enqueue("1", sop_class);
    auto held = claim();
    OutboxObject report = report_of(held.first);
    report.sop_class_uid = sop_class;
    const OutboxObject device{"device", "1.2.3", result_uid(held.first.identity, "device"), {}};
    must(q().fill_outbox(held.second, must(q().next_revision(held.second)), {device, report}, {"orthanc"}, ""));
    for (const char* role : {"device", "sr"}) {
      must(q().begin_send(held.second, role, "orthanc", 1'000));
      must(q().end_send(held.second, role, "orthanc", true, ""));
    }
    must(q().finish(held.second, "delivered"));
    enqueue("1", std::string("after ") + sop_class);
    held = claim();
    EXPECT_EQ(must(q().next_revision(held.second)).predecessor_sop_class_uid, sop_class);
    must(q().finish(held.second, "unchanged"));
  }
}

TEST_P(QueueConformance, UndeliveredJobsAreNobodysPredecessor) {
  // Skipped, unchanged, dead and cancelled ones have put no report into the study.
  auto held = job_in(JobState::leased, "1");
  must(q().finish(held.second, "unchanged"));
  enqueue("1", "d2");
  held = claim();
  fill(held);
  must(q().cancel(held.first.id, "administrator:A"));
  enqueue("1", "d3");
  held = claim();
  EXPECT_EQ(must(q().next_revision(held.second)), Queue::Revision{});
}

TEST_P(QueueConformance, OutboxRefusesARevisionThatHasMoved) {
  // The number is assigned in the transaction that fills the outbox, not when the report was built.
  deliver_study("1", "d1");
  enqueue("1", "d2");
  auto held = claim();
  const Queue::Revision stale;  // as if nothing had been delivered yet
  const Status refused = q().fill_outbox(held.second, stale, {report_of(held.first)}, {"orthanc"}, "");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "revision_moved");
  EXPECT_EQ(refused.error().error_class, ErrorClass::cancelled);
  EXPECT_EQ(state(held.first.id), JobState::leased);
  fill(held);
}

TEST_P(QueueConformance, LaterReportIsMadeWhileADestinationIsDown) {
  // What has arrived somewhere and waits for another destination holds up no later report; at each destination they keep their order.
  auto first = job_in(JobState::leased, "1");
  must(q().set_detail(first.second, "{}", "input-1"));
  must(q().fill_outbox(first.second, {}, {report_of(first.first)}, {"orthanc", "archive"}, ""));
  const JobId next = enqueue("1", "d2");
  EXPECT_TRUE(nothing_to_claim());  // it is being sent
  must(q().fail(first.second, transient_error("peer_unreachable", "away")));
  EXPECT_TRUE(nothing_to_claim());  // it is nowhere yet
  clock.advance(settings.backoff_max_ms);
  first = claim();
  EXPECT_EQ(first.first.revision, 1);
  send(first.second);
  EXPECT_TRUE(nothing_to_claim());
  must(q().fail(first.second, transient_error("peer_unreachable", "away")));
  auto second = claim();
  ASSERT_EQ(second.first.id, next);
  const Queue::Revision revision = must(q().next_revision(second.second));
  EXPECT_EQ(revision.number, 2);
  EXPECT_EQ(revision.predecessor_sop_instance_uid, first.first.uids.sr_sop_instance_uid);
  EXPECT_EQ(revision.last_input_digest, "input-1");
  must(q().fill_outbox(second.second, revision, {report_of(second.first)}, {"orthanc", "archive"}, ""));
  std::vector<Delivery> deliveries = must(q().deliveries(next));
  EXPECT_FALSE(deliveries.at(0).predecessor_waits);
  EXPECT_TRUE(deliveries.at(1).predecessor_waits);
  EXPECT_FALSE(must(q().deliveries(first.first.id)).at(1).predecessor_waits);  // the first waits for nobody
  clock.advance(settings.backoff_max_ms);
  first = claim("boot-1:2:2");
  EXPECT_EQ(first.first.revision, 1);
  must(q().begin_send(first.second, "sr", "archive", 1'000));
  must(q().end_send(first.second, "sr", "archive", true, ""));
  EXPECT_FALSE(must(q().deliveries(next)).at(1).predecessor_waits);
  must(q().finish(first.second, "delivered"));
  EXPECT_EQ(job(next).predecessor_sop_instance_uid, job(first.first.id).uids.sr_sop_instance_uid);
}

TEST_P(QueueConformance, DeadPredecessorHoldsUpNoLaterReport) {
  // A destination that refused the earlier report for good gets the later one.
  auto first = job_in(JobState::leased, "1");
  must(q().fill_outbox(first.second, {}, {report_of(first.first)}, {"orthanc", "archive"}, ""));
  send(first.second);
  must(q().fail(first.second, transient_error("peer_unreachable", "away")));
  enqueue("1", "d2");
  auto second = claim();
  must(q().fill_outbox(second.second, must(q().next_revision(second.second)), {report_of(second.first)}, {"archive"}, ""));
  EXPECT_TRUE(must(q().deliveries(second.first.id)).at(0).predecessor_waits);
  clock.advance(settings.backoff_max_ms);
  first = claim("boot-1:2:2");
  must(q().fail(first.second, permanent_error("peer_refused_object", "no")));
  EXPECT_FALSE(must(q().deliveries(second.first.id)).at(0).predecessor_waits);
}

TEST_P(QueueConformance, RetriedJobWithAStoredResultIsOnlySent) {
  // The model is not asked again for what is already written, and the content under the UID stays the same.
  auto held = job_in(JobState::delivering, "1");
  must(q().begin_send(held.second, "sr", "orthanc", 1'000));
  must(q().fail(held.second, permanent_error("refused", "refused")));
  must(q().retry(held.first.id, "administrator:A"));
  EXPECT_EQ(state(held.first.id), JobState::queued);
  const auto again = claim();
  EXPECT_EQ(again.first.state, JobState::delivering);
  EXPECT_TRUE(must(q().deliveries(again.first.id)).at(0).send_started);
  send(again.second);
  must(q().finish(again.second, "delivered"));
}

TEST_P(QueueConformance, RetriedJobWhoseRevisionMovedIsMadeAgain) {
  // Its stored report names a predecessor that is no longer the last one.
  auto held = job_in(JobState::delivering, "1");
  must(q().fail(held.second, permanent_error("refused", "refused")));
  deliver_study("1", "d2");
  must(q().retry(held.first.id, "administrator:A"));
  const auto again = claim();
  EXPECT_EQ(again.first.state, JobState::leased);
  EXPECT_EQ(again.first.revision, 0);
  EXPECT_TRUE(must(q().outbox(again.first.id)).empty());
  deliver(again);
  EXPECT_EQ(job(held.first.id).revision, 2);
}

TEST_P(QueueConformance, ACompanionThatIsRefusedIsGivenUp) {
  // The rest is delivered and the job done; what was delivered, or never was to be sent, cannot be given up.
  enqueue("1");
  auto held = claim();
  must(q().fill_outbox(held.second, must(q().next_revision(held.second)), {report_of(held.first), {"pdf", "1.2.840.10008.5.1.4.1.1.104.1", "2.25.9", {'P'}}},
                       {"orthanc"}, "Findings."));
  EXPECT_EQ(must(q().deliveries(held.first.id)).size(), 2u);
  must(q().give_up_send(held.second, "pdf", "orthanc", "peer_refused_object: no"));
  EXPECT_EQ(must(q().deliveries(held.first.id)).size(), 1u);
  EXPECT_EQ(must(q().events(held.first.id)).back().kind, "send_given_up");
  EXPECT_FALSE(q().give_up_send(held.second, "pdf", "orthanc", "x"));
  EXPECT_FALSE(q().give_up_send(held.second, "pdf", "elsewhere", "x"));
  send(held.second);
  must(q().finish(held.second, "delivered"));
  EXPECT_EQ(code_of(q().give_up_send(held.second, "pdf", "orthanc", "x")), "lease_lost");
}

TEST_P(QueueConformance, WhatWasBegunToBeSentIsNotMadeAgain) {
  // Of a companion too, and of a report that was found at its destination: their UIDs are the job's, whatever they say.
  for (const bool companion : {true, false}) {
    const std::string study = companion ? "1" : "2";
    auto held = job_in(JobState::leased, study);
    const OutboxObject page{"pdf", "1.2.3", result_uid(held.first.identity, "pdf"), {'P'}};
    must(q().fill_outbox(held.second, {}, {report_of(held.first), page}, {"orthanc"}, "Findings."));
    if (companion) must(q().begin_send(held.second, "pdf", "orthanc", 1'000));
    if (!companion) must(q().end_send(held.second, "sr", "orthanc", true, ""));
    must(q().fail(held.second, permanent_error("refused", "refused")));
    EXPECT_EQ(deliver_study(study, "d2").revision, 2);
    must(q().retry(held.first.id, "administrator:A"));
    EXPECT_EQ(claim().first.state, JobState::delivering) << study;
  }
}

TEST_P(QueueConformance, ATextGoesWithItsReport) {
  // A job that is made again shows no text of the report that it no longer has.
  auto held = job_in(JobState::delivering, "1");
  must(q().fail(held.second, permanent_error("refused", "refused")));
  EXPECT_EQ(job(held.first.id).report_text, "Findings.");
  deliver_study("1", "d2");
  must(q().retry(held.first.id, "administrator:A"));
  must(q().fail(claim().second, permanent_error("no_decoder", "x")));
  EXPECT_EQ(job(held.first.id).report_text, "");
}

TEST_P(QueueConformance, EndOfASendEndsWhatWasGrantedForIt) {
  // A worker that dies after a short send of a long time-out is missed as soon as any other.
  auto held = job_in(JobState::delivering, "1");
  must(q().begin_send(held.second, "sr", "orthanc", 600'000));
  must(q().end_send(held.second, "sr", "orthanc", false, "refused"));
  clock.advance(settings.lease_ms - 1);
  EXPECT_EQ(must(q().reclaim({})), 0);
  clock.advance(1);
  EXPECT_EQ(must(q().reclaim({})), 1);
}

}  // namespace
}  // namespace radfm::db
