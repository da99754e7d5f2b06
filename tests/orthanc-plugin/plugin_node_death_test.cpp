// SPDX-License-Identifier: GPL-3.0-or-later
// Orthanc dies under the plugin: at any request, again and again, over one study.
#include <algorithm>

#include "orthanc-plugin/plugin_node.h"
#include "tests/orthanc-plugin/plugin_node_fixture.h"

namespace radfm::plugin {
namespace {

struct Death {};  // no std::exception: nothing of ours may hold it up

class PluginNodeDeathTest : public PluginNodeTest {
 protected:
  // Works; whether Orthanc lived.
  bool lives() {
    try {
      work();
      return true;
    } catch (const Death&) {
      return false;
    }
  }
  // Somebody starts Orthanc again.
  void start_again(std::int64_t later_ms) {
    node.reset();
    clock.advance(later_ms);
    orthanc.restart();
    start();
  }
  bool asked_about(const std::string& id) const {
    return std::any_of(orthanc.requests.begin(), orthanc.requests.end(),
                       [&](const std::string& request) { return request.find(id) != std::string::npos; });
  }
};

TEST_F(PluginNodeDeathTest, AtEachRequest) {
  // Aim: Orthanc dies at the first, second, third ... of all the requests that some studies cost, until it does not: each
  // study has exactly one job, and nothing is suspect in the end.
  work();
  std::size_t studies = 0;
  for (int at = 1;; ++at) {
    ASSERT_LT(at, 200);
    clock.advance(600'000);
    const std::string round = std::to_string(at);
    receive_whole_study("stable " + round, 2);
    orthanc.receive("arriving " + round, "s", "1.8." + round);
    receive_whole_study("second " + round, 3);
    studies += 3;
    int requests = 0;
    orthanc.before = [&](const std::string&) {
      if (++requests == at) throw Death();
    };
    const bool lived = lives();
    orthanc.before = [](const std::string&) {};
    if (!lived) start_again(300'000);
    for (int i = 0; i < 3; ++i) {
      work();
      clock.advance(std::max(stable_age_ms, suspect_wait_first_ms) + DueOrder::same_moment_max);
    }
    work();
    ASSERT_EQ(job_count(), studies) << "death at request " << at;
    ASSERT_EQ(pending(), 0U);
    ASSERT_TRUE(board.read().delayed_studies.empty());
    if (lived) break;
  }
}

TEST_F(PluginNodeDeathTest, StudyThatKillsIsLeftBehind) {
  // Aim: a study over whose index Orthanc dies costs it deaths_of_one_max deaths and holds up nobody; then it is not asked about
  // again, and is named in the notes, also by later starts.
  work();
  clock.advance(600'000);
  receive_whole_study("bad");
  receive_whole_study("good");
  const std::string bad = FakeOrthanc::id("bad");
  orthanc.before = [&](const std::string& request) {
    if (request.find(bad + "/series") != std::string::npos) throw Death();
  };
  int deaths = 0;
  for (int day = 0; day < 3 * deaths_of_one_max; ++day) {
    bool lived = lives();
    for (int hour = 0; lived && hour < 24; ++hour) {
      clock.advance(3'600'000);
      lived = lives();
    }
    if (!lived) {
      ++deaths;
      start_again(600'000);
    }
    EXPECT_TRUE(day == 0 || settled() == std::vector<std::string>{FakeOrthanc::id("good")}) << day;
  }
  EXPECT_EQ(deaths, deaths_of_one_max);
  EXPECT_EQ(pending(), 0U);
  start_again(600'000);
  orthanc.requests.clear();
  ASSERT_TRUE(lives());
  EXPECT_FALSE(asked_about(bad));
  ASSERT_EQ(board.read().delayed_studies.size(), 1U);
  EXPECT_NE(board.read().delayed_studies[0].find("study " + bad + " was left behind"), std::string::npos);
  EXPECT_NE(queue()->status().value().plugin_note.find(bad), std::string::npos);
}

TEST_F(PluginNodeDeathTest, ChangeThatKillsIsFoundOut) {
  // Aim: a page of changes whose studies Orthanc dies over is taken one by one, the culprit is left behind by name, all others get their
  // jobs.
  work();
  clock.advance(600'000);
  for (const char* name : {"a", "bad", "b"}) orthanc.receive(name, "s", "1.9.1");
  const std::string instance = FakeOrthanc::id("bad|s|1.9.1"), study = FakeOrthanc::id("bad");
  orthanc.before = [&](const std::string& request) {
    const bool of_its_study = request.find(R"("Level":"Instance")") == std::string::npos;
    if (of_its_study && request.find(instance) != std::string::npos) throw Death();
  };
  int deaths = 0;
  for (int start = 0; start < 3 * deaths_of_one_max; ++start) {
    if (lives()) break;
    ++deaths;
    start_again(600'000);
  }
  EXPECT_EQ(deaths, 1 + deaths_of_one_max);
  EXPECT_EQ(cursor(), orthanc.last_change());
  const std::vector<std::string> named = board.read().delayed_studies;
  EXPECT_TRUE(std::any_of(named.begin(), named.end(),
                          [&](const std::string& line) { return line.find(instance) != std::string::npos; }));
  clock.advance(stable_age_ms + DueOrder::same_moment_max);
  work();
  EXPECT_EQ(job_count(), 3U);  // the study itself comes by its other changes
}

TEST_F(PluginNodeDeathTest, AgainAndAgainOfAnythingElse) {
  // Aim: Orthanc dies within seconds of each start, of something that is not ours: after the second time nothing is asked but where the list
  // ends, it is said why, Orthanc goes on receiving, and in the end no study is missing or suspect.
  work();
  clock.advance(600'000);
  receive_whole_study("a");
  for (int death = 0; death < 6; ++death) {
    start_again(2'000);
    orthanc.requests.clear();
    const auto wait = node->step();
    receive_whole_study("study " + std::to_string(death));
    if (death < 2) continue;
    EXPECT_GT(wait.count(), 0);
    EXPECT_EQ(orthanc.requests, std::vector<std::string>{"/changes?last"});
    EXPECT_NE(board.read().trouble.find("soon after its start"), std::string::npos) << board.read().trouble;
    EXPECT_NE(queue()->status().value().plugin_note.find("soon after its start"), std::string::npos);
  }
  clock.advance(quiet_max_ms);
  work();
  clock.advance(stable_age_ms + DueOrder::same_moment_max);
  work();
  EXPECT_EQ(job_count(), 7U);
  EXPECT_TRUE(board.read().trouble.empty());
  EXPECT_TRUE(board.read().delayed_studies.empty());
}

TEST_F(PluginNodeDeathTest, CleanRestartsAreNoDeaths) {
  // Aim: an administrator who restarts Orthanc five times in a minute waits for nothing.
  for (int i = 0; i < 5; ++i) {
    work();
    node->end();
    start_again(5'000);
    receive_whole_study("study " + std::to_string(i));
    work();
    EXPECT_TRUE(board.read().trouble.empty());
    EXPECT_EQ(job_count(), static_cast<std::size_t>(i + 1));
  }
}

}  // namespace
}  // namespace radfm::plugin
