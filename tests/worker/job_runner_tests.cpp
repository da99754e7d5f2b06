// SPDX-License-Identifier: Apache-2.0
#include "worker/job_runner.h"

#include <gtest/gtest.h>

#include "tests/worker/queue_fixture.h"

namespace radfm::worker {
namespace {

class JobRunnerTest : public test::QueueFixture {
 protected:
  JobRunnerTest() { configuration_.queue = settings; }

  JobEnd run(const std::pair<db::Job, db::Lease>& claim) { return runner_.run(claim.first, claim.second); }
  JobEnd run_new() {
    const auto claim = claimed();
    id_ = claim.first.id;
    return run(claim);
  }
  std::string outcome() { return job(id_).outcome; }
  // A second set of images, after a first report was delivered.
  void deliver_first_revision() {
    ASSERT_EQ(run_new(), JobEnd::settled);
    ASSERT_EQ(outcome(), "delivered");
    add_image("1.2.3.2");
    drafting_.input_digest = "input-2";
  }

  test::FakeDrafting drafting_;
  Interrupt interrupt_;
  Configuration configuration_;
  const std::vector<PriorArchive> archives_;
  JobRunner runner_{{*queue, orthanc, drafting_,
                     [this](const std::string& name) -> std::unique_ptr<Destination> {
                       if (name != "orthanc") return nullptr;
                       return std::make_unique<OrthancDestination>(orthanc, 1'000);
                     },
                     configuration_, clock, interrupt_, archives_, "/tmp"}};
  db::JobId id_ = 0;
};

// From claim to done: the draft is in Orthanc under the UID that was fixed at enqueue, and the study is marked.
TEST_F(JobRunnerTest, DeliversADraft) {
  EXPECT_EQ(run_new(), JobEnd::settled);
  const db::Job done = job(id_);
  EXPECT_EQ(done.state, JobState::done);
  EXPECT_EQ(done.outcome, "delivered");
  EXPECT_EQ(done.revision, 1);
  EXPECT_EQ(done.report_text, "text");
  EXPECT_EQ(done.input_digest, "input-1");
  EXPECT_TRUE(orthanc.instances.contains(done.uids.sr_sop_instance_uid));
  EXPECT_EQ(parse_delivered_marks(orthanc.mark).size(), 1u);
  EXPECT_EQ(drafting_.files, 1);
  EXPECT_EQ(drafting_.frames.front().content_wall_ms, done.created_wall_ms);
}

// Companions go where the SR goes, after it; what is missing of them stands in the job's history.
TEST_F(JobRunnerTest, CompanionsFollowTheDraft) {
  drafting_.companions = {"pdf", "page_1"};
  drafting_.companion_remarks = {"PDF: 2 characters have no font on this machine"};
  EXPECT_EQ(run_new(), JobEnd::settled);
  const db::Job done = job(id_);
  EXPECT_EQ(done.outcome, "delivered");
  EXPECT_EQ(orthanc.stores, 3);
  for (const std::string& uid : {done.uids.sr_sop_instance_uid, result_uid(done.identity, "pdf"), result_uid(done.identity, "page_1")}) {
    EXPECT_TRUE(orthanc.instances.contains(uid)) << uid;
  }
  std::vector<std::string> sent, remarks;
  const std::vector<db::Event> events = *queue->events(id_);
  for (const db::Event& event : events) {
    if (event.kind == "sent") sent.push_back(event.detail);
    if (event.kind == "companions") remarks.push_back(event.detail);
  }
  EXPECT_EQ(sent, (std::vector<std::string>{"sr to orthanc", "pdf to orthanc", "page_1 to orthanc"}));
  EXPECT_EQ(remarks, drafting_.companion_remarks);
}

// A deleted study is no failure.
TEST_F(JobRunnerTest, SkipsAStudyThatIsGone) {
  const auto claim = claimed();
  orthanc.studies.clear();
  EXPECT_EQ(run(claim), JobEnd::settled);
  EXPECT_EQ(job(claim.first.id).outcome, "skipped: study_gone");
}

// A corrected patient ID moves the study to another Orthanc identifier; the job follows it.
TEST_F(JobRunnerTest, FollowsAMovedStudy) {
  const auto claim = claimed();
  auto moved = orthanc.studies.extract(test::study_id);
  moved.key() = "fedcba98-fedcba98-fedcba98-fedcba98-fedcba98";
  orthanc.studies.insert(std::move(moved));
  EXPECT_EQ(run(claim), JobEnd::settled);
  EXPECT_EQ(job(claim.first.id).outcome, "delivered");
}

// More images came: this job is over, the plugin makes the next.
TEST_F(JobRunnerTest, LateImagesSupersede) {
  const auto claim = claimed();
  add_image("1.2.3.2");
  EXPECT_EQ(run(claim), JobEnd::settled);
  EXPECT_EQ(job(claim.first.id).outcome, "superseded");
  EXPECT_EQ(drafting_.asked, 0);
}

// Images were deleted, which Orthanc reports to nobody: what is left gets its own job from here.
TEST_F(JobRunnerTest, DeletedImagesMakeTheJobOfTheRest) {
  add_image("1.2.3.2");
  const auto claim = claimed();
  orthanc.studies[test::study_id].series.front().instances.pop_back();
  run(claim);
  EXPECT_EQ(job(claim.first.id).outcome, "superseded");
  const auto next = this->claim();
  EXPECT_EQ(next.first.identity.digest, image_digest({"1.2.3.1"}));
  EXPECT_EQ(run(next), JobEnd::settled);
  EXPECT_EQ(job(next.first.id).outcome, "delivered");
}

// All images were deleted.
TEST_F(JobRunnerTest, NoImageIsLeft) {
  const auto claim = claimed();
  orthanc.studies[test::study_id].series.front().instances.clear();
  run(claim);
  EXPECT_EQ(job(claim.first.id).outcome, "skipped: no_image");
}

// The pipeline's reason to skip is the outcome, and the page gets the details.
TEST_F(JobRunnerTest, SkipsWhatHasNothingToShow) {
  drafting_.skip = "no_diagnostic_image";
  run_new();
  EXPECT_EQ(outcome(), "skipped: no_diagnostic_image");
  EXPECT_NE(job(id_).detail_json.find("left_out"), std::string::npos);
}

// Same pixels, same words: no second report.
TEST_F(JobRunnerTest, UnchangedInputMakesNoRevision) {
  deliver_first_revision();
  drafting_.input_digest = "input-1";
  run_new();
  EXPECT_EQ(outcome(), "unchanged");
  EXPECT_EQ(drafting_.asked, 1);
}

// A revision names its predecessor, by the class in which that was delivered.
TEST_F(JobRunnerTest, ARevisionNamesItsPredecessor) {
  drafting_.sr_class = SrClass::comprehensive;
  const db::JobId first = (deliver_first_revision(), id_);
  drafting_.sr_class = SrClass::basic_text;
  run_new();
  EXPECT_EQ(outcome(), "delivered");
  EXPECT_EQ(job(id_).revision, 2);
  ASSERT_TRUE(drafting_.frames.back().predecessor.has_value());
  EXPECT_EQ(drafting_.frames.back().predecessor->sop_instance_uid, job(first).uids.sr_sop_instance_uid);
  EXPECT_EQ(drafting_.frames.back().predecessor->sop_class_uid, sop_class_uid_of(SrClass::comprehensive));
}

// Beside somebody else's final report no draft is made that nobody asked for by hand, a first one or a revision; our own
// drafts stand in nobody's way.
TEST_F(JobRunnerTest, NoDraftBesideAFinalReport) {
  drafting_.reports.emplace_back();
  drafting_.reports.back().sop_class_uid = basic_text_sr_uid;
  drafting_.reports.back().verification_flag = "VERIFIED";
  run_new();
  EXPECT_EQ(outcome(), "skipped: final_report_present");
  EXPECT_EQ(drafting_.asked, 0);
  ASSERT_TRUE(queue->rerun(id_, "administrator").ok());
  run(claim());
  EXPECT_EQ(orthanc.stores, 1);
}
TEST_F(JobRunnerTest, ARevisionBesideOurOwnDraft) {
  deliver_first_revision();
  drafting_.reports.emplace_back();
  drafting_.reports.back().sop_class_uid = basic_text_sr_uid;
  drafting_.reports.back().ours = true;
  run_new();
  EXPECT_EQ(outcome(), "delivered");
}

// A final report that comes while the draft waits for its destination: the draft stays unsent. Reports are read only where
// Orthanc's index has one that is not this draft.
TEST_F(JobRunnerTest, AFinalReportMeanwhileWithholdsTheDraft) {
  orthanc.on_call = [&](const std::string& call) { orthanc.down = call == "store_instance"; };
  run_new();
  ASSERT_EQ(job(id_).state, JobState::delivering);
  EXPECT_EQ(drafting_.reports_looked_at, 0);
  orthanc.on_call = nullptr;
  orthanc.down = false;
  add_image("1.2.3.7");
  orthanc.studies[test::study_id].series.front().instances.back().sop_class_uid = basic_text_sr_uid;
  drafting_.final_report_now = true;
  clock.now_ms += settings.backoff_max_ms;
  run(claim());
  EXPECT_EQ(outcome(), "withheld: final_report_present");
  EXPECT_EQ(drafting_.reports_looked_at, 1);
  EXPECT_TRUE(orthanc.instances.empty());
}

// An administrator's rerun is made whatever was delivered.
TEST_F(JobRunnerTest, ARerunIsMadeThoughNothingChanged) {
  run_new();
  Result<db::JobId> again = queue->rerun(id_, "administrator");
  ASSERT_TRUE(again.ok());
  run(claim());
  EXPECT_EQ(job(*again).outcome, "delivered");
  EXPECT_EQ(job(*again).revision, 2);
}

// A job of lane stat asks urgently; others do not, and none where the configuration says so.
TEST_F(JobRunnerTest, LaneStatAsksUrgently) {
  run_new();
  EXPECT_EQ(drafting_.asked_urgently, 0);
  ASSERT_TRUE(queue->rerun(id_, "administrator").ok());
  auto claim = this->claim();
  ASSERT_TRUE(queue->rush(claim.first.id, "administrator").ok());  // after it was claimed: known when the model is asked
  run(claim);
  EXPECT_EQ(job(claim.first.id).outcome, "delivered");
  EXPECT_EQ(drafting_.asked_urgently, 1);

  configuration_.queue.stat_interrupts = false;
  ASSERT_TRUE(queue->rerun(id_, "administrator").ok());
  claim = this->claim();
  ASSERT_TRUE(queue->rush(claim.first.id, "administrator").ok());
  run(claim);
  EXPECT_EQ(drafting_.asked, 3);
  EXPECT_EQ(drafting_.asked_urgently, 1);
}

// A job that an engine has died of waits for its turn and is asked alone: nothing else is in the engine's memory then.
TEST_F(JobRunnerTest, WhatKilledAnEngineOvertakesNobodyAndIsAlone) {
  const auto first = claimed();
  id_ = first.first.id;
  ASSERT_TRUE(queue->rush(id_, "administrator").ok());
  drafting_.ask_error = poison_error("engine_out_of_memory", "it was killed");
  run(first);
  EXPECT_EQ(drafting_.asked_urgently, 1);
  drafting_.ask_error.reset();
  clock.now_ms += settings.backoff_max_ms;
  run(claim());
  EXPECT_EQ(outcome(), "delivered");
  EXPECT_EQ(drafting_.asked, 2);
  EXPECT_EQ(drafting_.asked_urgently, 1);
  EXPECT_EQ(drafting_.asked_alone, 1);
}

// The outbox is filled: another attempt asks no model.
TEST_F(JobRunnerTest, ADeliveringJobNeedsNoModel) {
  orthanc.lose_store_answers = 1;
  EXPECT_EQ(run_new(), JobEnd::settled);
  EXPECT_EQ(job(id_).state, JobState::delivering);
  clock.now_ms += settings.backoff_max_ms;
  drafting_.model_error = transient_error("model_not_ready", "no model");
  EXPECT_EQ(run(claim()), JobEnd::settled);
  EXPECT_EQ(outcome(), "delivered");
  EXPECT_EQ(drafting_.asked, 1);
  EXPECT_EQ(orthanc.stores, 1);
}

// Orthanc being down spends no attempt.
TEST_F(JobRunnerTest, AnAbsentOrthancSpendsNoAttempt) {
  const auto claim = claimed();
  orthanc.down = true;
  EXPECT_EQ(run(claim), JobEnd::orthanc_away);
  const db::Job back = job(claim.first.id);
  EXPECT_EQ(back.state, JobState::queued);
  EXPECT_EQ(back.attempts, 0);
  EXPECT_EQ(back.transient_count, 0);
}

// An Orthanc that goes down each time this job is done: after a few times the job waits its turn.
TEST_F(JobRunnerTest, AJobThatAlwaysLosesOrthancWaits) {
  auto claim = claimed();
  orthanc.down = true;
  for (int i = 0; i < orthanc_away_releases_max; ++i) {
    EXPECT_EQ(run(claim), JobEnd::orthanc_away);
    claim = this->claim();
  }
  EXPECT_EQ(run(claim), JobEnd::orthanc_away);
  EXPECT_EQ(job(claim.first.id).transient_count, 1);
}

// A model that is not there spends no attempt either.
TEST_F(JobRunnerTest, AnAbsentModelSpendsNoAttempt) {
  drafting_.model_error = transient_error("model_not_ready", "no model");
  EXPECT_EQ(run_new(), JobEnd::model_away);
  EXPECT_EQ(job(id_).attempts, 0);
}

// A death of the engine is counted against the job.
TEST_F(JobRunnerTest, AnEngineThatDiesPoisons) {
  drafting_.ask_error = poison_error("out_of_memory", "killed");
  EXPECT_EQ(run_new(), JobEnd::settled);
  EXPECT_EQ(job(id_).poison_count, 1);
  EXPECT_EQ(job(id_).state, JobState::queued);
  for (int i = 1; i < settings.poison_limit; ++i) {
    clock.now_ms += settings.backoff_max_ms;
    run(claim());
  }
  EXPECT_EQ(job(id_).state, JobState::dead);
  EXPECT_EQ(job(id_).error_code, "out_of_memory");
}

// What can never work is dead at once, with its code, which the study in Orthanc shows too.
TEST_F(JobRunnerTest, APermanentErrorIsDead) {
  drafting_.prepare_error = permanent_error("unsupported_transfer_syntax", "no decoder");
  run_new();
  EXPECT_EQ(job(id_).state, JobState::dead);
  EXPECT_EQ(job(id_).error_code, "unsupported_transfer_syntax");
  EXPECT_NE(orthanc.mark.find("\"code\":\"unsupported_transfer_syntax\""), std::string::npos) << orthanc.mark;
}

// A flag that holds: the text is not sent, the job says which flag it was; other flags only mark.
TEST_F(JobRunnerTest, AHeldDraftIsNotSent) {
  configuration_.report.holding_flags = {"patient_name"};
  drafting_.flags = {"repeats", "patient_name"};
  run_new();
  EXPECT_EQ(job(id_).state, JobState::dead);
  EXPECT_EQ(job(id_).error_code, "held_for_review");
  EXPECT_EQ(job(id_).held_text, drafting_.text);
  EXPECT_TRUE(orthanc.instances.empty());
}
// Released by a person: that very text goes. Another text, of a model exchanged meanwhile, does not.
TEST_F(JobRunnerTest, AReleasedTextIsSentAndNoOther) {
  configuration_.report.holding_flags = {"repeats"};
  drafting_.flags = {"repeats"};
  run_new();
  ASSERT_TRUE(queue->release_held(id_, "administrator:A").ok());
  drafting_.text = "Another text.";
  run(claim());
  EXPECT_EQ(job(id_).error_code, "held_for_review");
  EXPECT_TRUE(orthanc.instances.empty());
  ASSERT_TRUE(queue->release_held(id_, "administrator:A").ok());
  run(claim());
  EXPECT_EQ(job(id_).outcome, "delivered");
  EXPECT_EQ(drafting_.written, std::vector<std::string>{"Another text."});
}
TEST_F(JobRunnerTest, AMarkedDraftIsSent) {
  configuration_.report.holding_flags = {"patient_name"};
  drafting_.flags = {"repeats"};
  run_new();
  EXPECT_EQ(job(id_).outcome, "delivered");
}

// Cancelled while the model writes: nothing is stored, nothing is sent, the runner says that it was interrupted.
TEST_F(JobRunnerTest, ACancelledJobStops) {
  drafting_.on_ask = [&] {
    ASSERT_TRUE(queue->cancel(id_, "administrator").ok());
    clock.now_ms += 2'000;
  };
  const auto claim = claimed();
  id_ = claim.first.id;
  EXPECT_EQ(run(claim), JobEnd::interrupted);
  EXPECT_EQ(job(id_).state, JobState::cancelled);
  EXPECT_TRUE(orthanc.instances.empty());
}

// SIGTERM in the middle: the job goes back and no attempt is spent.
TEST_F(JobRunnerTest, AStoppingWorkerHandsBack) {
  drafting_.on_ask = [&] {
    interrupt_.raise(Interrupt::Reason::stopping);
    drafting_.ask_error = cancelled_error("woken", "told to stop");
  };
  EXPECT_EQ(run_new(), JobEnd::interrupted);
  EXPECT_EQ(job(id_).state, JobState::queued);
  EXPECT_EQ(job(id_).attempts, 0);
}

// Ctrl-C reaches the engine too: its death while we stop is nobody's fault.
TEST_F(JobRunnerTest, AnEngineThatDiesWithUsPoisonsNothing) {
  drafting_.on_ask = [&] {
    interrupt_.raise(Interrupt::Reason::stopping);
    drafting_.ask_error = vanished_error("engine_killed", "signal 2");
  };
  EXPECT_EQ(run_new(), JobEnd::interrupted);
  EXPECT_EQ(job(id_).attempts, 0);
  EXPECT_EQ(job(id_).vanished_count, 0);
}

// Another model in the directory than the one that was asked for: the report would name the wrong one.
TEST_F(JobRunnerTest, AnExchangedModelIsNoticed) {
  drafting_.on_ask = [&] { drafting_.digest = "model-2"; };
  run_new();
  EXPECT_EQ(job(id_).state, JobState::queued);
  EXPECT_EQ(job(id_).error_code, "model_changed");
}

}  // namespace
}  // namespace radfm::worker
