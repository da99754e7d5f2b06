// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong around the node: studies that cannot be read, changes that cannot be shown, exceptions, broken
// configurations, a stepped clock.
#include "orthanc-plugin/plugin_node.h"

#include <algorithm>
#include <map>
#include <new>

#include "core/job.h"
#include "core/study_index.h"
#include "tests/orthanc-plugin/plugin_node_fixture.h"

namespace radfm::plugin {
namespace {

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
  orthanc.fail("\"Level\":\"Study\"", 1);
  orthanc.fail("/studies/", 1);
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
  orthanc.fail("\"Level\":\"Study\"", 1'000);
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

TEST_F(PluginNodeTest, OneByOneAnswersTheSame) {
  // Aim: where Orthanc does not answer for a page at once, each change is asked about, and the same comes of it in the
  // same order.
  work();
  clock.advance(2'000);
  const auto day = [&](const std::string& name) {
    for (int i = 0; i < 12; ++i) {
      orthanc.receive(name + std::to_string(i), "s", "1.7." + name + std::to_string(i));
      if (i % 3 != 0) orthanc.stable(name + std::to_string(i));
      if (i % 4 == 3) orthanc.receive(name + std::to_string(i), "s", "1.6." + name + std::to_string(i));
      clock.advance(1'000);
    }
    orthanc.remove(name + "5");
    work();
    clock.advance(stable_age_ms + stable_word_late_ms);
    work();
  };
  day("a");
  const std::vector<std::string> at_once = settled();
  orthanc.fail("\"Level\":\"Study\"", 1'000);
  day("b");
  const std::vector<std::string> all = settled();
  ASSERT_EQ(all.size(), 2 * at_once.size());
  std::map<std::string, std::string> twin;
  for (int i = 0; i < 12; ++i) twin[FakeOrthanc::id("a" + std::to_string(i))] = FakeOrthanc::id("b" + std::to_string(i));
  for (std::size_t i = 0; i < at_once.size(); ++i) EXPECT_EQ(all[at_once.size() + i], twin[at_once[i]]) << i;
}

TEST_F(PluginNodeTest, StudyDeletedBetweenAnswers) {
  // Aim: a study that is deleted while its index is read, at any of the answers, leaves no pending study and no dead end.
  work();
  clock.advance(2'000);
  for (const char* moment : {"/series", "\"Level\":\"Instance\"", "/metadata/"}) {
    const std::string name = std::string("deleted at ") + moment;
    receive_whole_study(name);
    orthanc.before = [&, seen = false](const std::string& request) mutable {
      if (seen || request.find(moment) == std::string::npos) return;
      seen = true;
      orthanc.remove(name);
    };
    work();
    orthanc.before = [](const std::string&) {};
    clock.advance(unreadable_wait_first_ms);
    work();
    EXPECT_EQ(pending(), 0U) << moment;
    EXPECT_TRUE(board.read().delayed_studies.empty()) << moment;
  }
  EXPECT_LE(job_count(), 1U);  // deleted after all was read: the worker finds it gone
}

TEST_F(PluginNodeTest, WhatALibraryThrowsIsTrouble) {
  // Aim: an exception out of any request is said like any other trouble; the next rounds do the work.
  work();
  for (int at = 1;; ++at) {
    clock.advance(600'000);
    receive_whole_study("study " + std::to_string(at));
    int requests = 0;
    orthanc.before = [&](const std::string&) {
      if (++requests == at) throw std::bad_alloc();
    };
    node->step();
    const std::string trouble = board.read().trouble;
    orthanc.before = [](const std::string&) {};
    work();
    EXPECT_EQ(job_count(), static_cast<std::size_t>(at));
    EXPECT_TRUE(board.read().trouble.empty());
    if (requests < at) break;
    EXPECT_NE(trouble.find("is repeated"), std::string::npos) << at;
  }
}

TEST_F(PluginNodeTest, BrokenConfigurationFiles) {
  // Aim: whatever stands where the configuration should: at a start nothing is taken, later all goes on as before; it is said, and correcting
  // it is enough.
  work();
  clock.advance(2'000);
  const std::string good = R"({"orthanc": {"url": "http://127.0.0.1:8042"}})";
  int studies = 0;
  for (const std::string& text : {std::string(), std::string(3, '\0'), std::string(2'000'000, '['), std::string("\xff\xfe{}"),
                                  std::string(R"({"database": {"path": 7}})"), std::string("[]")}) {
    configure(text);
    receive_whole_study("study " + std::to_string(++studies));
    work();
    EXPECT_EQ(job_count(), static_cast<std::size_t>(studies)) << text.substr(0, 40);
    EXPECT_FALSE(board.read().mistakes.empty()) << text.substr(0, 40);

    const std::int64_t before = cursor();
    node->end();
    start();
    receive_whole_study("study " + std::to_string(++studies));
    node->step();
    EXPECT_EQ(cursor(), before) << text.substr(0, 40);
    EXPECT_FALSE(board.read().mistakes.empty()) << text.substr(0, 40);
    configure(good);
    work();
    EXPECT_EQ(job_count(), static_cast<std::size_t>(studies));
    EXPECT_TRUE(board.read().mistakes.empty());
  }
  for (const bool as_folder : {false, true}) {
    std::filesystem::remove(configuration_file());
    if (as_folder) std::filesystem::create_directory(configuration_file());
    receive_whole_study("study " + std::to_string(++studies));
    work();
    EXPECT_EQ(job_count(), static_cast<std::size_t>(studies));
    EXPECT_FALSE(board.read().mistakes.empty());
  }
}

TEST_F(PluginNodeTest, SteppedClockDelaysNothingForLong) {
  // Aim: the wall clock is set back by a day after the start; a new study still waits no longer.
  work();
  clock.wall -= 86'400'000;
  orthanc.receive("a", "s", "1.9.1");
  work();
  clock.advance(stable_age_ms + stable_word_late_ms);
  work();
  EXPECT_EQ(jobs().size(), 1U);
}

TEST_F(PluginNodeTest, ClockThatIsSetBackInTheMidstOfARoundDelaysNothingForLong) {
  // Aim: a wall clock that is a day ahead is set right while the logbook is written, after the due times were reckoned; the
  // study still waits no longer.
  work();
  orthanc.receive("a", "s", "1.9.1");
  clock.wall += 86'400'000;
  int written = 0;
  orthanc.before = [&](const std::string& request) {
    if (request == "keep_text" && ++written == 2) clock.wall -= 86'400'000;
  };
  node->step();
  EXPECT_GE(written, 2);
  orthanc.before = [](const std::string&) {};
  clock.advance(stable_age_ms + stable_word_late_ms + 1'000);
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
