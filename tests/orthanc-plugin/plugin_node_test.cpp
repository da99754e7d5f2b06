// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/plugin_node.h"

#include <algorithm>

#include "core/dicom_time.h"
#include "core/job.h"
#include "core/study_index.h"
#include "tests/orthanc-plugin/plugin_node_fixture.h"

namespace radfm::plugin {
namespace {

TEST_F(PluginNodeTest, FirstStartLooksAtNothingOld) {
  // Aim: with a fresh queue the cursor begins at the end, and studies that were there make no job.
  receive_whole_study("old");
  start();
  work();
  EXPECT_EQ(cursor(), orthanc.last_change());
  EXPECT_TRUE(jobs().empty());
  EXPECT_EQ(pending(), 0U);
}

TEST_F(PluginNodeTest, StableStudyMakesOneJob) {
  // Aim: the ordinary way: images, StableStudy, one queued job of the default rule with the digest of its
  // images.
  work();
  clock.advance(2'000);
  receive_whole_study("a", 3);
  work();
  ASSERT_EQ(jobs().size(), 1U);
  const db::Job job = jobs().front();
  EXPECT_EQ(job.state, JobState::queued);
  EXPECT_EQ(job.identity.study_instance_uid, "1.2.3.1");
  EXPECT_EQ(job.instances, (std::vector<std::string>{"1.9.1", "1.9.2", "1.9.3"}));
  EXPECT_EQ(job.orthanc_study_id, FakeOrthanc::id("a"));
  EXPECT_EQ(job.rule_name, "all");
  EXPECT_EQ(pending(), 0U);
}

TEST_F(PluginNodeTest, WithoutStableStudyTheAgeDecides) {
  // Aim: where the event never comes, the study is taken when it should have come, and not before.
  work();
  clock.advance(2'000);
  orthanc.receive("a", "s", "1.9.1");
  work();
  clock.advance(stable_age_ms + stable_word_late_ms - 1);
  work();
  EXPECT_TRUE(jobs().empty());
  clock.advance(1);
  work();
  EXPECT_EQ(jobs().size(), 1U);
}

TEST_F(PluginNodeTest, AStudyThatArrivesIsLookedAtOnce) {
  // Aim: Orthanc's word comes a little after StableAge has passed; the study is not looked at before it, and not again after it.
  work();
  clock.advance(2'000);
  for (int i = 0; i < 30; ++i) {
    orthanc.receive("a", "s", "1.9." + std::to_string(i));
    if (i % 10 == 0) work();
  }
  orthanc.requests.clear();
  for (std::int64_t passed_ms = 0; passed_ms < stable_age_ms + 2'000; passed_ms += 1'000) {
    work();
    clock.advance(1'000);
  }
  EXPECT_TRUE(jobs().empty());
  orthanc.stable("a");
  orthanc.log_other("StableSeries", "a");
  for (int seconds = 0; seconds < 10; ++seconds) {
    work();
    clock.advance(1'000);
  }
  EXPECT_EQ(jobs().size(), 1U);
  EXPECT_EQ(std::count(orthanc.requests.begin(), orthanc.requests.end(), "/studies/" + FakeOrthanc::id("a") + "/series"), 1);
}

TEST_F(PluginNodeTest, StormOfOneStudyMakesOneJob) {
  // Aim: thousands of changes about one study are one pending study and one job; memory is a page.
  work();
  clock.advance(2'000);
  for (int i = 0; i < 2'000; ++i)
    orthanc.receive("big", "s" + std::to_string(i % 4), "1.9." + std::to_string(i));
  work();
  EXPECT_EQ(pending(), 1U);
  orthanc.stable("big");
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().instances.size(), 2'000U);
}

TEST_F(PluginNodeTest, OwnReportMakesNoJob) {
  // Aim: an SR that comes into the study (ours, sent back) makes it stable again and changes nothing.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  orthanc.receive("a", "draft", "2.25.1", sr_class);
  orthanc.stable("a");
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().state, JobState::queued);
}

TEST_F(PluginNodeTest, LateImageSupersedes) {
  // Aim: one more image is another digest: the waiting job is cancelled, a new one is queued.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  const auto all = jobs();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].state, JobState::queued);
  EXPECT_EQ(all[0].instances.size(), 2U);
  EXPECT_EQ(all[1].state, JobState::cancelled);
  EXPECT_EQ(all[1].outcome, "superseded");
}

TEST_F(PluginNodeTest, RestartInsideStableAge) {
  // Aim: Orthanc died with the study unstable; it calls it stable at once and sends no event. It is taken
  // StableAge after the new start, not at once: more images may be on their way.
  work();
  clock.advance(2'000);
  orthanc.receive("a", "s", "1.9.1");
  work();
  clock.advance(10'000);
  orthanc.restart();
  start();
  work();
  clock.advance(stable_age_ms - 1);
  work();
  EXPECT_TRUE(jobs().empty());
  clock.advance(1);
  work();
  EXPECT_EQ(jobs().size(), 1U);
}

TEST_F(PluginNodeTest, ChangesDuringAnAbsenceAreTaken) {
  // Aim: what Orthanc stored while the plugin was away lies behind the cursor and is not missed.
  work();
  clock.advance(2'000);
  node.reset();
  receive_whole_study("a");
  clock.advance(3'600'000);
  orthanc.restart();
  start();
  work();
  clock.advance(stable_age_ms);
  work();
  EXPECT_EQ(jobs().size(), 1U);
}

TEST_F(PluginNodeTest, DeletedStudyIsForgotten) {
  // Aim: a study that is gone before it is due leaves neither a job nor a pending study, and the cursor goes
  // on.
  work();
  clock.advance(2'000);
  orthanc.receive("a", "s", "1.9.1");
  work();
  EXPECT_EQ(pending(), 1U);
  orthanc.remove("a");
  clock.advance(stable_age_ms + stable_word_late_ms);
  work();
  EXPECT_TRUE(jobs().empty());
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(cursor(), orthanc.last_change());
}

TEST_F(PluginNodeTest, AnotherIndexIsReconciled) {
  // Aim: a last change below the cursor is another index: all its studies are looked at, more than one page
  // of them.
  work();
  clock.advance(2'000);
  for (int i = 0; i < 150; ++i) receive_whole_study("first " + std::to_string(i), 2);
  work();
  const std::int64_t old_cursor = cursor();
  EXPECT_EQ(job_count(), 150U);
  orthanc.replace_index();
  for (int i = 0; i < 130; ++i)
    orthanc.receive("second " + std::to_string(i), "s", "1.8." + std::to_string(i));
  ASSERT_LT(orthanc.last_change(), old_cursor);
  orthanc.restart();
  work();
  EXPECT_EQ(cursor(), orthanc.last_change());
  EXPECT_EQ(pending(), 130U);
  clock.advance(stable_age_ms + DueOrder::same_moment_max);
  work();
  EXPECT_EQ(job_count(), 280U);
}

TEST_F(PluginNodeTest, BadConfigurationWaits) {
  // Aim: with a mistake in the file nothing is taken, the board says what is wrong; corrected, nothing was
  // missed.
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"lease_sm": 1}})");
  start();
  node->step();
  clock.advance(2'000);
  receive_whole_study("a");
  node->step();
  EXPECT_FALSE(std::filesystem::exists(database()));
  const Notices notices = board.read();
  ASSERT_EQ(notices.mistakes.size(), 1U);
  EXPECT_NE(notices.mistakes[0].find("lease_sm"), std::string::npos);
  EXPECT_NE(notices.trouble.find("mistakes"), std::string::npos);

  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}})");
  work();
  EXPECT_EQ(jobs().size(), 1U);
  EXPECT_TRUE(board.read().mistakes.empty());
  EXPECT_TRUE(board.read().trouble.empty());
}

TEST_F(PluginNodeTest, MistakeMadeLaterIsRefused) {
  // Aim: a file that becomes bad while all runs is refused: new studies are settled by the rules before it, and it is said which rules go
  // on since when, until the file is good again.
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": [{"name": "first"}]})");
  work();
  const std::int64_t read_at = board.read().rules_read_wall_ms;
  EXPECT_EQ(read_at, clock.wall);
  clock.advance(2'000);
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": [{"name": "second"}], "queue": {"lease_sm": 1}})");
  receive_whole_study("a");
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().rule_name, "first");
  const Notices notices = board.read();
  EXPECT_TRUE(notices.trouble.empty());
  ASSERT_EQ(notices.mistakes.size(), 1U);
  EXPECT_NE(notices.mistakes[0].find("lease_sm"), std::string::npos);
  EXPECT_EQ(notices.rules_read_wall_ms, read_at);
  EXPECT_EQ(notices.refusal(), "radfm-node.json was changed and is refused, since it has mistakes: what was read at " + format_iso_utc(read_at) +
                                   " stays in force (1 rules); correct the file");
  const std::string told = queue()->status().value().plugin_note;
  EXPECT_NE(told.find(notices.refusal() + "\n" + notices.mistakes[0]), std::string::npos) << told;

  clock.advance(2'000);
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": [{"name": "third"}]})");
  receive_whole_study("b");
  work();
  EXPECT_EQ(jobs().front().rule_name, "third");
  EXPECT_TRUE(board.read().mistakes.empty());
  EXPECT_EQ(board.read().refusal(), "");
  EXPECT_EQ(queue()->status().value().plugin_note, "");
  EXPECT_EQ(board.read().rules_read_wall_ms, clock.wall);
}

TEST_F(PluginNodeTest, RefusedFileWaitsAfterARestart) {
  // Aim: what was in force before is not remembered over a restart: with a wrong file new studies wait.
  work();
  clock.advance(2'000);
  const std::int64_t before = cursor();
  configure("{ this is no JSON");
  start();
  receive_whole_study("a");
  node->step();
  EXPECT_EQ(cursor(), before);
  EXPECT_NE(board.read().trouble.find("mistakes"), std::string::npos);
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}})");
  work();
  EXPECT_EQ(jobs().size(), 1U);
}

TEST_F(PluginNodeTest, NamelessConfigurationIsSaid) {
  // Aim: without "RadFM" in Orthanc's configuration the board says what to add, and no work is done.
  board.update([](Notices& notices) { notices.configuration_file.clear(); });
  start();
  EXPECT_GT(node->step().count(), 0);
  EXPECT_NE(board.read().trouble.find("\"RadFM\""), std::string::npos);
}

TEST_F(PluginNodeTest, RulesAreReloaded) {
  // Aim: a changed rule holds from the next study on, without a restart.
  work();
  clock.advance(2'000);
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"},
                "rules": [{"name": "nothing", "action": {"off": true}}]})");
  work();
  receive_whole_study("a");
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().state, JobState::done);
  EXPECT_EQ(jobs().front().outcome, "skipped: off");
  EXPECT_EQ(jobs().front().rule_name, "nothing");
}

TEST_F(PluginNodeTest, StudyWithoutImagesIsSkippedOnce) {
  // Aim: SR only: done with "skipped: no_image", and once, however often it goes stable.
  work();
  clock.advance(2'000);
  for (int i = 0; i < 2; ++i) {
    orthanc.receive("a", "s", "1.9." + std::to_string(i), sr_class);
    orthanc.stable("a");
    work();
  }
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().outcome, "skipped: no_image");
}

TEST_F(PluginNodeTest, DeliveredMarkRepeatsNothing) {
  // Aim: the queue's file was lost, but the study bears the mark of its delivered draft: no second draft.
  work();
  clock.advance(2'000);
  orthanc.receive("a", "s", "1.9.1");
  orthanc.stable("a");
  orthanc.mark("a", add_delivered_mark("", {image_digest({"1.9.1"}), 0, 1, "2.25.7"}));
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().state, JobState::done);
  EXPECT_EQ(jobs().front().outcome, "skipped: already_reported");
}

TEST_F(PluginNodeTest, MarkOfOtherImagesDoesNotCount) {
  // Aim: the mark is of an earlier set of images: the study has grown and gets its draft.
  work();
  clock.advance(2'000);
  receive_whole_study("a", 2);
  orthanc.mark("a", add_delivered_mark("", {image_digest({"1.9.1"}), 0, 1, "2.25.7"}));
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().state, JobState::queued);
}

TEST_F(PluginNodeTest, MetadataChangesAreNotLookedAt) {
  // Aim: our own mark in the metadata, attachments and deletions make no study pending.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  orthanc.requests.clear();
  for (const char* type : {"UpdatedMetadata", "UpdatedAttachment", "Deleted", "StablePatient"})
    orthanc.log_other(type, "a");
  work();
  EXPECT_EQ(cursor(), orthanc.last_change());
  for (const std::string& request : orthanc.requests)
    EXPECT_EQ(request.find("/studies/"), std::string::npos) << request;
}

}  // namespace
}  // namespace radfm::plugin
