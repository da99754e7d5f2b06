// SPDX-License-Identifier: Apache-2.0
#include "worker/delivery.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "db/forwarding_queue.h"
#include "tests/worker/queue_fixture.h"

namespace radfm::worker {
namespace {

using test::part10;

// An archive that cannot be asked.
class MuteDestination final : public Destination {
 public:
  MuteDestination(int& sends, bool& down) : sends_(sends), down_(down) {}
  Result<Presence> ask(const db::OutboxObject&, bool) override { return Presence::cannot_tell; }
  Status send(const db::OutboxObject&) override {
    if (down_) return transient_error("pacs_unreachable", "nobody listens");
    ++sends_;
    return {};
  }
  std::int64_t send_timeout_ms() const override { return 60'000; }

 private:
  int& sends_;
  bool& down_;
};

// An archive that only says whether it has an object of that UID, as by C-FIND.
class NamingDestination final : public Destination {
 public:
  struct Archive {
    bool has_it = false, lose_answer = false, lose_object = false;
    int sends = 0, questions = 0;
    Result<bool> final_report = false;
  };
  explicit NamingDestination(Archive& archive) : archive_(archive) {}
  Result<Presence> ask(const db::OutboxObject&, bool send_begun) override {
    if (!archive_.has_it) return Presence::absent;
    return send_begun ? Presence::same : Presence::different;
  }
  Status send(const db::OutboxObject&) override {
    ++archive_.sends;
    archive_.has_it = !archive_.lose_object;
    if (archive_.lose_answer) return transient_error("peer_unreachable", "the connection broke");
    return {};
  }
  Result<bool> has_final_report(const db::OutboxObject&, const ReportJudge&) override {
    ++archive_.questions;
    return archive_.final_report;
  }
  std::int64_t send_timeout_ms() const override { return 60'000; }

 private:
  Archive& archive_;
};

// An archive that takes Structured Reports only.
class PickyDestination final : public Destination {
 public:
  Result<Presence> ask(const db::OutboxObject&, bool) override { return Presence::cannot_tell; }
  Status send(const db::OutboxObject& object) override {
    if (object.role == db::report_role) return {};
    return permanent_error("peer_refused_object", "no such class");
  }
  std::int64_t send_timeout_ms() const override { return 60'000; }
};

// Right after the outbox was read, a person cancels and withdraws, and another worker stores the note.
class WithdrawnInBetween final : public db::ForwardingQueue {
 public:
  using ForwardingQueue::ForwardingQueue;
  Result<std::vector<db::OutboxObject>> outbox(db::JobId job) override {
    auto objects = queue().outbox(job);
    EXPECT_TRUE(queue().cancel(job, "administrator:A").ok());
    EXPECT_TRUE(queue().withdraw(job, RejectionReason::quality, "of another patient", "administrator:A").ok());
    const auto other = queue().claim("another");
    if (!other || !*other) return permanent_error("nothing", "nothing was claimed");
    EXPECT_TRUE(queue().fill_rejection((*other)->second, {std::string(db::rejection_role), "1.2", "1.2.9", {1}}).ok());
    return objects;
  }
};

class DeliveryTest : public test::QueueFixture {
 protected:
  // A job with a filled outbox for Orthanc and for `more`.
  void begin(const std::vector<std::string>& more = {}) {
    std::tie(job_, lease_) = claimed();
    object_ = {"sr", std::string(basic_text_sr_uid), job_.uids.sr_sop_instance_uid,
               part10(job_.uids.sr_sop_instance_uid, "report")};
    std::vector<std::string> to{orthanc_destination};
    to.insert(to.end(), more.begin(), more.end());
    ASSERT_TRUE(queue->fill_outbox(lease_, *queue->next_revision(lease_), {object_}, to, "text").ok());
  }
  Status run(Withholding* withholding = nullptr) {
    const FindDestination find = [this](const std::string& name) -> std::unique_ptr<Destination> {
      if (name == "orthanc") return std::make_unique<OrthancDestination>(orthanc, 1'000);
      if (name == "archive") return std::make_unique<MuteDestination>(archive_sends_, archive_down_);
      if (name == "picky") return std::make_unique<PickyDestination>();
      if (name == "naming") return std::make_unique<NamingDestination>(naming_);
      return nullptr;
    };
    return deliver(*queue, job_, lease_, find, withholding);
  }
  // The delivery of that role to that destination.
  db::Delivery delivery(const std::string& role, const std::string& destination) {
    const std::vector<db::Delivery> all = *queue->deliveries(job_.id);
    for (const db::Delivery& one : all) {
      if (one.role == role && one.destination == destination) return one;
    }
    return {};
  }
  bool all_delivered() {
    const std::vector<db::Delivery> deliveries = *queue->deliveries(job_.id);
    return std::ranges::all_of(deliveries, &db::Delivery::delivered);
  }

  db::Job job_;
  db::Lease lease_;
  db::OutboxObject object_;
  int archive_sends_ = 0;
  bool archive_down_ = false;
  NamingDestination::Archive naming_;
};

// The usual way: one send to each, and the job can be finished.
TEST_F(DeliveryTest, SendsToEachDestination) {
  begin({"archive"});
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_EQ(archive_sends_, 1);
  EXPECT_TRUE(all_delivered());
  EXPECT_TRUE(queue->finish(lease_, "delivered").ok());
}

// Outbox and deliveries are two reads: what changed between them ends this worker's job, and not the worker.
TEST_F(DeliveryTest, AReportThatIsWithdrawnMeanwhileIsNoLongerSent) {
  begin();
  ASSERT_TRUE(queue->begin_send(lease_, "sr", "orthanc", 1'000).ok());
  queue = std::make_unique<WithdrawnInBetween>(std::move(queue));
  const Status sent = run();
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, "object_not_in_outbox");
  EXPECT_EQ(orthanc.stores, 0);
  EXPECT_EQ(queue->fail(lease_, sent.error()).error().code, "lease_lost");
}

// A companion that is refused for good costs the companion there, not the report, nor the companion elsewhere.
TEST_F(DeliveryTest, ARefusedCompanionIsMissed) {
  std::tie(job_, lease_) = claimed();
  const std::string uid = "2.25.77";
  object_ = {"sr", std::string(basic_text_sr_uid), job_.uids.sr_sop_instance_uid, part10(job_.uids.sr_sop_instance_uid, "report")};
  const db::OutboxObject pdf{"pdf", std::string(encapsulated_pdf_uid), uid, part10(uid, "pages")};
  ASSERT_TRUE(queue->fill_outbox(lease_, *queue->next_revision(lease_), {object_, pdf}, {orthanc_destination, "picky"}, "text").ok());
  ASSERT_TRUE(run().ok());
  EXPECT_TRUE(all_delivered());
  EXPECT_TRUE(orthanc.instances.contains(uid));
  EXPECT_EQ(queue->deliveries(job_.id)->size(), 3u);
  EXPECT_TRUE(queue->finish(lease_, "delivered").ok());
}

// The answer was lost after Orthanc had stored: the next attempt asks, and sends nothing.
TEST_F(DeliveryTest, DoesNotSendAgainAfterALostAnswer) {
  begin();
  orthanc.lose_store_answers = 1;
  Status first = run();
  ASSERT_FALSE(first.ok());
  EXPECT_EQ(first.error().code, "orthanc_timeout");
  EXPECT_FALSE(all_delivered());
  EXPECT_TRUE(queue->deliveries(job_.id)->front().send_started);
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(orthanc.stores, 1);
  EXPECT_TRUE(all_delivered());
}

// An archive may write its own name into the meta header: it is the same object.
TEST_F(DeliveryTest, TheMetaHeaderMayDiffer) {
  begin();
  orthanc.instances[object_.sop_instance_uid] = part10(object_.sop_instance_uid, "report", "THEIRS-1");
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(orthanc.stores, 0);
}

// Somebody else's object under our UID is not overwritten, and the job says so.
TEST_F(DeliveryTest, AForeignObjectUnderOurUidIsLeftAlone) {
  begin();
  orthanc.instances[object_.sop_instance_uid] = part10(object_.sop_instance_uid, "something else");
  Status sent = run();
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, "uid_taken");
  EXPECT_EQ(sent.error().error_class, ErrorClass::permanent);
  EXPECT_EQ(orthanc.stores, 0);
}

// Orthanc keeps the old content when it answers AlreadyStored: what it holds decides, not what it says.
TEST_F(DeliveryTest, ReadsBackWhatWasStored) {
  begin();
  orthanc.on_call = [&](const std::string& call) {
    if (call == "store_instance") orthanc.instances[object_.sop_instance_uid] = part10(object_.sop_instance_uid, "raced");
  };
  Status sent = run();
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, "uid_taken");
}

// Where only a name is known: what is there before our first send is somebody else's, after a begun send it is ours.
TEST_F(DeliveryTest, AnObjectThatWasThereBeforeOurFirstSendIsNotOurs) {
  begin({"naming"});
  naming_.has_it = true;
  EXPECT_EQ(run().error().code, "uid_taken");
  EXPECT_EQ(naming_.sends, 0);
  EXPECT_FALSE(queue->deliveries(job_.id)->back().send_started);
  EXPECT_EQ(run().error().code, "uid_taken");  // and the question itself begins no send
}

TEST_F(DeliveryTest, AfterABegunSendWhatIsThereIsOurs) {
  begin({"naming"});
  naming_.lose_answer = true;
  EXPECT_EQ(run().error().code, "peer_unreachable");
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(naming_.sends, 1);
  EXPECT_TRUE(all_delivered());
}

// The object never arrived: it is sent again, and only a send that is confirmed counts.
TEST_F(DeliveryTest, WhatDidNotArriveIsSentAgain) {
  begin({"naming"});
  naming_.lose_object = true;
  EXPECT_EQ(run().error().code, "not_stored");
  naming_.lose_object = false;
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(naming_.sends, 2);
}

// A destination that is down keeps no other from being served; what is done stays done.
TEST_F(DeliveryTest, OneThatIsDownHoldsUpNoOther) {
  begin({"archive"});
  orthanc.down = true;
  Status first = run();
  ASSERT_FALSE(first.ok());
  EXPECT_TRUE(orthanc::orthanc_is_away(first.error()));
  EXPECT_EQ(archive_sends_, 1);
  orthanc.down = false;
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(archive_sends_, 1);
  EXPECT_EQ(orthanc.stores, 1);
}

// Somebody's final report is there: nothing of the draft goes there, the archive is asked once, and the others get theirs. What
// waits for another destination asks again at its next attempt.
TEST_F(DeliveryTest, BesideAFinalReportNothingIsSent) {
  std::tie(job_, lease_) = claimed();
  object_ = {"sr", std::string(basic_text_sr_uid), job_.uids.sr_sop_instance_uid, part10(job_.uids.sr_sop_instance_uid, "report")};
  const db::OutboxObject pdf{"pdf", std::string(encapsulated_pdf_uid), "2.25.77", part10("2.25.77", "pages")};
  ASSERT_TRUE(queue->fill_outbox(lease_, *queue->next_revision(lease_), {object_, pdf}, {orthanc_destination, "naming", "archive"}, "text").ok());
  naming_.final_report = true;
  archive_down_ = true;
  Withholding first(ReportJudge{}), second(ReportJudge{});
  EXPECT_EQ(run(&first).error().code, "pacs_unreachable");
  EXPECT_TRUE(first.withheld());
  EXPECT_EQ(naming_.questions, 1);
  archive_down_ = false;
  ASSERT_TRUE(run(&second).ok());
  EXPECT_EQ(naming_.questions, 2);
  EXPECT_EQ(naming_.sends, 0);
  EXPECT_EQ(orthanc.stores, 2);
  EXPECT_EQ(archive_sends_, 2);
  const std::vector<db::Event> events = *queue->events(job_.id);
  EXPECT_EQ(std::ranges::count_if(events, [](const db::Event& event) { return event.detail.find("to naming") != std::string::npos; }), 2);
  for (const char* role : {"sr", "pdf"}) {
    EXPECT_FALSE(delivery(role, "naming").send_started);
    EXPECT_TRUE(delivery(role, "naming").error.starts_with("final_report_present: naming has")) << delivery(role, "naming").error;
    EXPECT_TRUE(delivery(role, "archive").delivered);
  }
  EXPECT_TRUE(queue->finish(lease_, "withheld: final_report_present").ok());
}

// What arrived before is there, whatever came after it; where the question has no answer yet, nothing is sent.
TEST_F(DeliveryTest, TheQuestionForReportsComesBeforeASend) {
  begin({"naming"});
  naming_.final_report = transient_error("peer_timeout", "silent");
  Withholding unanswered(ReportJudge{});
  EXPECT_EQ(run(&unanswered).error().code, "peer_timeout");
  EXPECT_EQ(naming_.sends, 0);
  EXPECT_FALSE(unanswered.withheld());
  naming_.final_report = false;
  naming_.lose_answer = true;
  Withholding lost(ReportJudge{});
  EXPECT_EQ(run(&lost).error().code, "peer_unreachable");
  naming_.final_report = true;
  Withholding arrived(ReportJudge{});
  ASSERT_TRUE(run(&arrived).ok());
  EXPECT_FALSE(arrived.withheld());
  EXPECT_TRUE(all_delivered());
}

// A draft that a person asked for, and a note that withdraws one, are sent.
TEST_F(DeliveryTest, WhatAPersonAskedForIsSent) {
  begin({"naming"});
  naming_.final_report = true;
  Withholding none(std::nullopt), some(ReportJudge{});
  NamingDestination destination(naming_);
  db::Delivery note;
  note.role = db::rejection_role;
  note.destination = "naming";
  EXPECT_TRUE(some.may_send(destination, note, object_).ok());
  ASSERT_TRUE(run(&none).ok());
  EXPECT_TRUE(all_delivered());
  EXPECT_EQ(naming_.questions, 0);
}

// A later report goes where nothing is in its way, and waits where its predecessor still has to come.
TEST_F(DeliveryTest, RevisionsFollowTheirPredecessors) {
  begin({"archive"});
  archive_down_ = true;
  const Status first = run();
  ASSERT_FALSE(first.ok());
  ASSERT_TRUE(queue->fail(lease_, first.error()).ok());
  add_image("1.2.3.2");
  begin({"archive"});
  const auto [second_job, second_lease] = std::pair(job_, lease_);
  archive_down_ = false;
  EXPECT_EQ(run().error().code, "predecessor_waits");
  EXPECT_EQ(orthanc.stores, 2);
  EXPECT_EQ(archive_sends_, 0);
  clock.now_ms += settings.backoff_max_ms;
  std::tie(job_, lease_) = claim();
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(archive_sends_, 1);
  ASSERT_TRUE(queue->finish(lease_, "delivered").ok());
  std::tie(job_, lease_) = std::pair(second_job, second_lease);
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(archive_sends_, 2);
}

// A permanent error waits until the others have got theirs.
TEST_F(DeliveryTest, WhatIsWorthAnotherTryComesFirst) {
  begin({"archive", "nowhere"});
  archive_down_ = true;
  EXPECT_EQ(run().error().code, "pacs_unreachable");
  archive_down_ = false;
  Status last = run();
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code, "destination_unknown");
  EXPECT_EQ(last.error().error_class, ErrorClass::permanent);
}

// A holder that has lost its lease sends nothing.
TEST_F(DeliveryTest, ALostLeaseSendsNothing) {
  begin();
  ASSERT_TRUE(queue->cancel(job_.id, "administrator").ok());
  Status sent = run();
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().error_class, ErrorClass::cancelled);
  EXPECT_EQ(orthanc.stores, 0);
}

// The lease outlasts the send.
TEST_F(DeliveryTest, TheLeaseOutlastsTheSend) {
  begin();
  orthanc.on_call = [&](const std::string& call) {
    if (call != "store_instance") return;
    clock.now_ms += settings.lease_ms + 4'000;  // five requests of a second each may be asked for
    EXPECT_EQ(*queue->reclaim({}), 0);
  };
  EXPECT_TRUE(run().ok());
}

// The mark names the delivered job; one that cannot be written is noted and kills nothing.
TEST_F(DeliveryTest, MarksTheStudy) {
  begin();
  ASSERT_TRUE(run().ok());
  ASSERT_TRUE(mark_study(*queue, orthanc, job(job_.id), lease_).ok());
  const std::vector<DeliveredMark> marks = parse_delivered_marks(orthanc.mark);
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0].digest, job_.identity.digest);
  EXPECT_EQ(marks[0].revision, 1);
  EXPECT_EQ(marks[0].sop_instance_uid, job_.uids.sr_sop_instance_uid);
  orthanc.refuse_marks = true;
  EXPECT_TRUE(mark_study(*queue, orthanc, job(job_.id), lease_).ok());
  EXPECT_EQ(queue->events(job_.id)->back().kind, "mark_failed");
  orthanc.down = true;
  EXPECT_FALSE(mark_study(*queue, orthanc, job(job_.id), lease_).ok());
}

}  // namespace
}  // namespace radfm::worker
