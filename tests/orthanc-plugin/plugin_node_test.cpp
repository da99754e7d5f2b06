// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/plugin_node.h"

#include <sqlite3.h>

#include <algorithm>

#include "core/job.h"
#include "core/study_index.h"
#include "tests/orthanc-plugin/plugin_fixture.h"

namespace radfm::plugin {
namespace {

class PluginNodeTest : public PluginFixture {
 protected:
  // A study of `images` images that has come to rest.
  void receive_whole_study(const std::string& name, int images = 1) {
    for (int i = 0; i < images; ++i) orthanc.receive(name, "series", "1.9." + std::to_string(++uids_));
    orthanc.stable(name);
  }

 private:
  int uids_ = 0;
};

// A lock on the database as another process would hold it.
class DatabaseLock {
 public:
  explicit DatabaseLock(const std::filesystem::path& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &connection_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~DatabaseLock() { sqlite3_close(connection_); }

 private:
  sqlite3* connection_ = nullptr;
};

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
  // Aim: where the event never comes, the study is taken StableAge after its last image and not before.
  work();
  clock.advance(2'000);
  orthanc.receive("a", "s", "1.9.1");
  work();
  clock.advance(stable_age_ms - 1);
  work();
  EXPECT_TRUE(jobs().empty());
  clock.advance(1);
  work();
  EXPECT_EQ(jobs().size(), 1U);
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
  clock.advance(stable_age_ms);
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
  clock.advance(stable_age_ms);
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

TEST_F(PluginNodeTest, MistakeMadeLaterKeepsTheCursor) {
  // Aim: a file that becomes bad while all runs stops the cursor too; correcting it goes on from there.
  work();
  clock.advance(2'000);
  const std::int64_t before = cursor();
  configure("{ this is no JSON");
  receive_whole_study("a");
  node->step();
  EXPECT_EQ(cursor(), before);
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

TEST_F(PluginNodeTest, UnreadableStudyDoesNotHoldTheOthers) {
  // Aim: a study whose index cannot be read waits longer each time and is named; others go on; later it gets
  // its job.
  work();
  clock.advance(2'000);
  receive_whole_study("bad");
  receive_whole_study("good");
  orthanc.fail("/studies/" + FakeOrthanc::id("bad") + "/series", 3);
  work();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs().front().orthanc_study_id, FakeOrthanc::id("good"));
  ASSERT_EQ(board.read().delayed_studies.size(), 1U);
  EXPECT_NE(board.read().delayed_studies[0].find(FakeOrthanc::id("bad")), std::string::npos);
  EXPECT_NE(queue()->status().value().plugin_note.find("waits"), std::string::npos);
  for (const std::int64_t wait : {unreadable_wait_first_ms, 2 * unreadable_wait_first_ms}) {
    clock.advance(wait - 1);
    orthanc.requests.clear();
    work();
    for (const std::string& request : orthanc.requests) EXPECT_EQ(request.find("/series"), std::string::npos);
    clock.advance(1);
    work();
    EXPECT_EQ(jobs().size(), 1U);
  }
  clock.advance(4 * unreadable_wait_first_ms);
  work();
  EXPECT_EQ(jobs().size(), 2U);
  EXPECT_TRUE(board.read().delayed_studies.empty());
}

TEST_F(PluginNodeTest, WaitOfAnUnreadableStudyHasALimit) {
  // Aim: however often it failed, it is tried again after unreadable_wait_max_ms.
  work();
  clock.advance(2'000);
  receive_whole_study("bad");
  orthanc.fail("/tools/bulk-content", 1'000);
  work();
  for (int i = 0; i < 20; ++i) {
    clock.advance(unreadable_wait_max_ms);
    orthanc.requests.clear();
    work();
    const auto asked =
        std::count_if(orthanc.requests.begin(), orthanc.requests.end(),
                      [](const std::string& request) { return request == "/tools/bulk-content"; });
    ASSERT_GE(asked, 1);
  }
  EXPECT_EQ(queue()->next_due_study_ms().value().value(), clock.wall + unreadable_wait_max_ms);
}

TEST_F(PluginNodeTest, NamesOfUnreadableStudiesHaveALimit) {
  // Aim: delayed_shown_max studies are named; one more is counted.
  work();
  clock.advance(2'000);
  orthanc.fail("/tools/bulk-content", 1'000);
  for (std::size_t i = 0; i < delayed_shown_max; ++i) receive_whole_study("bad " + std::to_string(i));
  work();
  EXPECT_EQ(board.read().delayed_studies.size(), delayed_shown_max);
  receive_whole_study("one more");
  work();
  ASSERT_EQ(board.read().delayed_studies.size(), delayed_shown_max + 1);
  EXPECT_EQ(board.read().delayed_studies.back(), "and 1 more");
}

TEST_F(PluginNodeTest, StudyTooLargeIsNamed) {
  // Aim: study_instances_max images make a job; one more is refused by name, before its instances are asked
  // for.
  for (std::size_t i = 0; i < study_instances_max; ++i)
    orthanc.receive("large", "s", "1.9." + std::to_string(i));
  orthanc.restart();
  work();
  const auto look_again = [&] {
    ASSERT_TRUE(queue()->take_changes(orthanc.last_change(), {{FakeOrthanc::id("large"), clock.wall}}).ok());
    clock.advance(2 * stable_age_ms);
    orthanc.requests.clear();
    work();
  };
  look_again();
  ASSERT_EQ(job_count(), 1U);
  orthanc.receive("large", "s", "1.8.1");
  look_again();
  EXPECT_EQ(job_count(), 1U);
  EXPECT_EQ(std::count(orthanc.requests.begin(), orthanc.requests.end(), "/tools/bulk-content"), 0);
  ASSERT_EQ(board.read().delayed_studies.size(), 1U);
  EXPECT_NE(board.read().delayed_studies[0].find("study_too_large"), std::string::npos);
}

TEST_F(PluginNodeTest, AnswerOfOrthancMissingKeepsTheCursor) {
  // Aim: an error while a change is looked up moves nothing; the same page is taken again.
  work();
  clock.advance(2'000);
  const std::int64_t before = cursor();
  receive_whole_study("a");
  orthanc.fail("/instances/", 1);
  EXPECT_GT(node->step().count(), 0);
  EXPECT_EQ(cursor(), before);
  EXPECT_FALSE(board.read().trouble.empty());
  work();
  EXPECT_EQ(jobs().size(), 1U);
}

TEST_F(PluginNodeTest, BrokenChangesAreLeftBehind) {
  // Aim: a change that Orthanc refuses to show, time after time, holds the others up for
  // rounds_of_one_page_max rounds; then it is named and left behind, and its study comes by its other
  // changes.
  work();
  clock.advance(2'000);
  const std::int64_t before = cursor();
  receive_whole_study("a", 2);
  orthanc.fail("/instances/", 1'000);
  for (int i = 1; i < rounds_of_one_page_max; ++i) EXPECT_GT(node->step().count(), 0);
  clock.advance(patience_with_one_page_ms - 1);
  EXPECT_GT(node->step().count(), 0);
  EXPECT_EQ(cursor(), before);
  EXPECT_TRUE(jobs().empty());
  clock.advance(1);
  work();
  EXPECT_EQ(jobs().size(), 1U);
  EXPECT_EQ(cursor(), orthanc.last_change());
  ASSERT_EQ(board.read().delayed_studies.size(), 2U);
  EXPECT_NE(board.read().delayed_studies[0].find("left behind"), std::string::npos);
}

TEST_F(PluginNodeTest, LockedDatabaseCatchesUpInOrder) {
  // Aim: another process holds the database: the board says so, nothing is skipped, all is taken in order
  // afterwards.
  work();
  clock.advance(2'000);
  {
    const DatabaseLock lock(database());
    receive_whole_study("a");
    receive_whole_study("b");
    EXPECT_GT(node->step().count(), 0);
    EXPECT_FALSE(board.read().trouble.empty());
  }
  work();
  EXPECT_EQ(jobs().size(), 2U);
  EXPECT_EQ(cursor(), orthanc.last_change());
  EXPECT_TRUE(board.read().trouble.empty());
}

TEST_F(PluginNodeTest, SteppedClockDelaysNothingForLong) {
  // Aim: the wall clock is set back by a day after the start; a new study still waits StableAge only.
  work();
  clock.wall -= 86'400'000;
  orthanc.receive("a", "s", "1.9.1");
  work();
  clock.advance(stable_age_ms);
  work();
  EXPECT_EQ(jobs().size(), 1U);
}

TEST_F(PluginNodeTest, TroubleWaitsGrowToALimit) {
  // Aim: an Orthanc that does not answer is asked ever more rarely, up to a limit, and at once as often when
  // it is back.
  orthanc.fail("/changes", 20);
  EXPECT_EQ(node->step(), trouble_wait_first);
  EXPECT_EQ(node->step(), 2 * trouble_wait_first);
  for (int i = 0; i < 10; ++i) node->step();
  EXPECT_EQ(node->step(), trouble_wait_max);
  orthanc.fail("/changes", 0);
  work();
  orthanc.fail("/changes", 1);
  EXPECT_EQ(node->step(), trouble_wait_first);
}

}  // namespace
}  // namespace radfm::plugin
