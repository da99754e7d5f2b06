// SPDX-License-Identifier: Apache-2.0
#include "worker/withdrawal.h"

#include <gtest/gtest.h>

#include "pipeline/report/rejection_note.h"
#include "tests/pipeline/report/sample_draft.h"
#include "tests/worker/queue_fixture.h"
#include "worker/job_runner.h"

namespace radfm::worker {
namespace {

// An archive that takes everything but key objects.
class PlainDestination final : public Destination {
 public:
  Result<Presence> ask(const db::OutboxObject&, bool) override { return Presence::cannot_tell; }
  Status send(const db::OutboxObject& object) override {
    if (object.sop_class_uid == key_object_selection_uid) return permanent_error("peer_refused_object", "no such class");
    return {};
  }
  std::int64_t send_timeout_ms() const override { return 60'000; }
};

class WithdrawalTest : public test::QueueFixture {
 protected:
  // A delivered draft with a companion, as it stands in Orthanc and in `more`.
  void deliver_draft(const std::vector<std::string>& more = {}) {
    const auto [job, lease] = claimed();
    id_ = job.id;
    report::DraftContent content = report::sample_draft();
    content.series_instance_uid = job.uids.series_instance_uid;
    content.sop_instance_uid = job.uids.sr_sop_instance_uid;
    const auto draft = report::build_draft(content);
    ASSERT_TRUE(draft.ok());
    draft_ = {"sr", std::string(basic_text_sr_uid), job.uids.sr_sop_instance_uid, draft->dicom};
    const std::string pdf = report::companion_uids(job.identity, "pdf").sop_instance_uid;
    std::vector<std::string> to{orthanc_destination};
    to.insert(to.end(), more.begin(), more.end());
    ASSERT_TRUE(queue->fill_outbox(lease, *queue->next_revision(lease),
                                   {draft_, {"pdf", std::string(encapsulated_pdf_uid), pdf, test::part10(pdf, "pages")}}, to, "text")
                    .ok());
    ASSERT_TRUE(deliver(*queue, job, lease, find_).ok());
    ASSERT_TRUE(queue->finish(lease, "delivered").ok());
  }
  JobEnd run_next() {
    const auto [job, lease] = claim();
    return JobRunner({*queue, orthanc, drafting_, find_, configuration_, clock, interrupt_, archives_, "/tmp"}).run(job, lease);
  }
  std::string note_uid() { return report::rejection_note_uids(job(id_).identity, *job(id_).withdrawal).sop_instance_uid; }

  const FindDestination find_ = [this](const std::string& name) -> std::unique_ptr<Destination> {
    if (name == "orthanc") return std::make_unique<OrthancDestination>(orthanc, 1'000);
    if (name == "plain") return std::make_unique<PlainDestination>();
    return nullptr;
  };
  test::FakeDrafting drafting_;
  Interrupt interrupt_;
  Configuration configuration_;
  const std::vector<PriorArchive> archives_;
  db::OutboxObject draft_;
  db::JobId id_ = 0;
};

// The note arrives once, where the draft is, and names draft and companion; nothing else is sent or taken away.
TEST_F(WithdrawalTest, TheNoteFollowsTheDraft) {
  deliver_draft();
  const std::size_t stored = orthanc.instances.size();
  ASSERT_TRUE(queue->withdraw(id_, RejectionReason::patient_safety, "wrong side", "administrator:A").ok());
  EXPECT_EQ(run_next(), JobEnd::settled);
  EXPECT_EQ(job(id_).outcome, "withdrawn");
  EXPECT_EQ(orthanc.instances.size(), stored + 1);
  ASSERT_TRUE(orthanc.instances.contains(note_uid()));
  const std::vector<db::OutboxObject> kept = *queue->outbox(id_);
  EXPECT_EQ(kept.front().dicom, draft_.dicom);
  EXPECT_EQ(drafting_.files, 0);  // the model was not asked
}

// The answer to the note's send is lost, and the worker begins anew: Orthanc has it once, with the same bytes.
TEST_F(WithdrawalTest, ALostAnswerDoublesNothing) {
  deliver_draft();
  ASSERT_TRUE(queue->withdraw(id_, RejectionReason::quality, "blurred", "administrator:A").ok());
  const int before = orthanc.stores;
  orthanc.lose_store_answers = 1;
  EXPECT_EQ(run_next(), JobEnd::settled);
  EXPECT_EQ(job(id_).state, JobState::delivering);
  clock.now_ms += settings.backoff_max_ms;
  EXPECT_EQ(run_next(), JobEnd::settled);
  EXPECT_EQ(job(id_).outcome, "withdrawn");
  EXPECT_EQ(orthanc.stores, before + 1);
}

// An archive that takes no notes: somebody must know, so the job is dead and says where and why.
TEST_F(WithdrawalTest, ARefusedNoteIsNotMissed) {
  deliver_draft({"plain"});
  ASSERT_TRUE(queue->withdraw(id_, RejectionReason::quality, "blurred", "administrator:A").ok());
  EXPECT_EQ(run_next(), JobEnd::settled);
  EXPECT_EQ(job(id_).state, JobState::dead);
  EXPECT_EQ(job(id_).error_code, "peer_refused_object");
  EXPECT_TRUE(orthanc.instances.contains(note_uid()));
}

}  // namespace
}  // namespace radfm::worker
