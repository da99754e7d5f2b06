// SPDX-License-Identifier: GPL-3.0-or-later
// Orthanc's list of changes is not what it was: cleared, of another index, of a restored one; and a long backlog.
#include <gtest/gtest-spi.h>

#include <algorithm>
#include <chrono>
#include <iostream>

#include "orthanc-plugin/index_reading.h"
#include "orthanc-plugin/plugin_node.h"
#include "tests/orthanc-plugin/plugin_node_fixture.h"

namespace radfm::plugin {
namespace {

class PluginNodeIndexTest : public PluginNodeTest {
 protected:
  bool all_studies_were_listed() const {
    return std::any_of(orthanc.requests.begin(), orthanc.requests.end(),
                       [](const std::string& request) { return request.rfind("/studies?", 0) == 0; });
  }
  void work_until_all_are_due() {
    work();
    clock.advance(stable_age_ms + DueOrder::same_moment_max);
    work();
  }
};

TEST_F(PluginNodeIndexTest, ListClearedBehindOurBack) {
  // Aim: DELETE /changes between a study's arrival and the next look: the list has nothing of it, and it gets its job.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  receive_whole_study("b");
  orthanc.clear_changes();
  work_until_all_are_due();
  EXPECT_EQ(settled(), (std::vector<std::string>{FakeOrthanc::id("a"), FakeOrthanc::id("b")}));
  EXPECT_EQ(cursor(), orthanc.last_change());
}

TEST_F(PluginNodeIndexTest, ListClearedAndGrownAgain) {
  // Aim: as above, and other studies came before the next look.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  receive_whole_study("b");
  orthanc.clear_changes();
  receive_whole_study("c");
  work_until_all_are_due();
  EXPECT_EQ(job_count(), 3U);
}

TEST_F(PluginNodeIndexTest, ListClearedWhenAllWasTaken) {
  // Aim: clearing the list now and then, as some do, costs nothing while nothing was behind.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  orthanc.clear_changes();
  orthanc.requests.clear();
  work();
  receive_whole_study("b");
  work();
  EXPECT_FALSE(all_studies_were_listed());
  EXPECT_EQ(job_count(), 2U);
}

TEST_F(PluginNodeIndexTest, DeletedStudiesAreNoClearedList) {
  // Aim: a study that came and went between two looks leaves a gap in the list, which is no reason to look at them all.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  orthanc.requests.clear();
  receive_whole_study("gone", 3);
  orthanc.remove("gone");
  work();
  receive_whole_study("gone too");
  receive_whole_study("b");
  orthanc.remove("gone too");
  work();
  EXPECT_FALSE(all_studies_were_listed());
  EXPECT_EQ(settled(), (std::vector<std::string>{FakeOrthanc::id("a"), FakeOrthanc::id("b")}));
}

TEST_F(PluginNodeIndexTest, AnotherIndexWithTheSameNumbers) {
  // Aim: another index was put in place, and had more changes than the old one before the plugin looked. Its studies
  // below the cursor are not missed.
  work();
  clock.advance(2'000);
  receive_whole_study("old", 4);
  work();
  node->end();
  orthanc.replace_index();
  for (int i = 0; i < 5; ++i) receive_whole_study("new " + std::to_string(i));
  ASSERT_GT(orthanc.last_change(), cursor());
  orthanc.restart();
  start();
  work_until_all_are_due();
  EXPECT_EQ(job_count(), 6U);
  orthanc.requests.clear();
  node->end();
  start();
  work();
  EXPECT_FALSE(all_studies_were_listed());  // once is enough
}

TEST_F(PluginNodeIndexTest, RestoredIndexThatHasGrown) {
  // Aim: Orthanc's index is its backup of yesterday, and has grown past the cursor since: the logbook in it is behind.
  work();
  clock.advance(2'000);
  receive_whole_study("kept");
  work();
  const std::string yesterday = orthanc.kept;
  receive_whole_study("lost", 5);
  work();
  orthanc.remove("lost");  // as the backup does not know it
  orthanc.kept = yesterday;
  receive_whole_study("after");
  start();
  orthanc.requests.clear();
  work_until_all_are_due();
  EXPECT_TRUE(all_studies_were_listed());
  EXPECT_EQ(job_count(), 3U);
}

TEST_F(PluginNodeIndexTest, StudiesDeletedWhileAllAreLookedAt) {
  // Aim: deletions move the list of studies under our hands; studies_overlap of them at once lose nobody.
  work();
  clock.advance(2'000);
  receive_whole_study("old", 200);
  work();
  orthanc.replace_index();
  std::vector<std::pair<std::string, std::string>> names;  // in the list's order
  for (int i = 0; i < 250; ++i) {
    const std::string name = "study " + std::to_string(i);
    orthanc.receive(name, "s", "1.8." + std::to_string(i));
    names.emplace_back(FakeOrthanc::id(name), name);
  }
  std::sort(names.begin(), names.end());
  orthanc.clear_changes();
  node->end();
  start();
  int pages = 0;
  orthanc.before = [&](const std::string& request) {
    if (request.rfind("/studies?", 0) != 0 || ++pages != 2) return;
    for (int i = 0; i < studies_overlap; ++i) orthanc.remove(names[static_cast<std::size_t>(i)].second);
  };
  work_until_all_are_due();
  EXPECT_GE(pages, 3);
  EXPECT_EQ(job_count(), 1U + 250U - studies_overlap);
}

TEST_F(PluginNodeIndexTest, LookAtAllThatIsInterrupted) {
  // Aim: Orthanc dies while all studies are looked at: at the next start none is missing.
  work();
  clock.advance(2'000);
  receive_whole_study("old", 200);
  work();
  orthanc.replace_index();
  for (int i = 0; i < 150; ++i) orthanc.receive("study " + std::to_string(i), "s", "1.8." + std::to_string(i));
  start();
  struct Death {};
  int pages = 0;
  orthanc.before = [&](const std::string& request) {
    if (request.rfind("/studies?", 0) == 0 && ++pages == 2) throw Death();
  };
  EXPECT_THROW(work(), Death);
  orthanc.before = [](const std::string&) {};
  EXPECT_EQ(cursor(), 0);
  clock.advance(600'000);
  orthanc.restart();
  start();
  work_until_all_are_due();
  EXPECT_EQ(job_count(), 151U);
}

TEST_F(PluginNodeIndexTest, BacklogOfAHundredThousandChanges) {
  // Aim: however long the backlog is, a page of it is in memory, a page costs two kinds of questions, each of bounded size, and the studies are settled in
  // the order in which they became complete.
  work();
  clock.advance(2'000);
  node->end();
  constexpr int studies = 100, images = 1'000;
  std::vector<std::string> order;
  for (int image = 0; image < images; ++image)
    for (int study = 0; study < studies; ++study)
      orthanc.receive("study " + std::to_string(study), "s", "1.9." + std::to_string(study) + "." + std::to_string(image));
  for (int study = studies - 1; study >= 0; --study) {
    orthanc.stable("study " + std::to_string(study));
    order.push_back(FakeOrthanc::id("study " + std::to_string(study)));
  }
  ASSERT_GE(orthanc.last_change(), 100'000);
  start();
  orthanc.requests.clear();
  const auto begin = std::chrono::steady_clock::now();
  int rounds = 0;
  std::size_t largest_page_bytes = 0;
  while (cursor() < orthanc.last_change()) {
    orthanc.largest_answer_bytes = 0;
    ASSERT_LE(++rounds, 1'000);
    node->step();
    if (pending() == studies) largest_page_bytes = std::max(largest_page_bytes, orthanc.largest_answer_bytes);
  }
  const std::size_t asked = orthanc.requests.size();
  work_until_all_are_due();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(settled(), order);
  const auto pages = static_cast<std::size_t>(orthanc.last_change() / changes_per_question + 2);
  EXPECT_LE(asked, (1 + changes_per_question / static_cast<int>(studies_per_question)) * pages + (4 + images / instances_per_question) * studies);
  EXPECT_LE(largest_page_bytes, changes_per_question * std::size_t{400});
  std::cout << orthanc.last_change() << " changes in " << rounds << " rounds: " << asked << " questions, the largest answer "
            << largest_page_bytes << " bytes, " << took.count() << " s with " << studies << " jobs\n";
}

TEST_F(PluginNodeIndexTest, ForbiddenQuestionsFailATest) {
  // Aim: the fake that all these tests stand on does fail whoever asks what could make Orthanc parse a stored file.
  receive_whole_study("a");
  static FakeOrthanc* asked = nullptr;
  asked = &orthanc;
  static std::string path;
  const std::string id = FakeOrthanc::id("a");
  for (const std::string& tried :
       {"/instances/" + id + "/tags", "/instances/" + id + "/simplified-tags", "/instances/" + id + "/preview",
        "/instances/" + id + "/file", "/studies/" + id + "/instances-tags", "/studies/" + id + "/shared-tags",
        "/studies/" + id + "/archive", std::string("/studies?expand"), "/instances/" + id + "/content/0010-0010"}) {
    path = tried;
    EXPECT_NONFATAL_FAILURE([[maybe_unused]] const auto answer = asked->get(path), "stored file");
  }
  EXPECT_NONFATAL_FAILURE(
      [[maybe_unused]] const auto answer = asked->post(
          "/tools/bulk-content", R"({"Resources": ["x"], "Level": "Instance", "Full": true})"),
      "stored file");
  EXPECT_NONFATAL_FAILURE(
      [[maybe_unused]] const auto answer = asked->post("/tools/find", R"({"Level": "Study", "Query": {"BodyPartExamined": "x"}})"), "stored file");
}

}  // namespace
}  // namespace radfm::plugin
