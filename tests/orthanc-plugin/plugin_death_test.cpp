// SPDX-License-Identifier: GPL-3.0-or-later
// Aim: Orthanc's process, and the plugin in it, dies by SIGKILL at each touch of the disk in turn, between the cursor and the job
// too. After the restart, in which Orthanc forgets which studies were not stable yet, each study has its one job.
#include <iostream>
#include <set>

#include "tests/orthanc-plugin/plugin_node_fixture.h"
#include "tests/support/death.h"

namespace radfm::plugin {
namespace {

using test::Death;

class PluginDeath : public PluginNodeTest {
 protected:
  PluginDeath() { Death::watch_files(); }

  // One study at rest and one that still grows, and as much of the plugin's work as is due.
  void receive_two(int round) {
    receive_whole_study("at rest " + std::to_string(round), 2);
    orthanc.receive("growing " + std::to_string(round), "series", "1.8." + std::to_string(round));
  }
  bool dies_at_touch(int number) {
    return Death::comes_in_child([&] {
      start();
      const Death::Act acting("the plugin");
      Death::await("", number);
      work();
    });
  }
  void restart() {
    orthanc.restart();
    start();
    work();
    clock.advance(2 * stable_age_ms);
    work();
    node.reset();
  }
};

TEST_F(PluginDeath, AtEachTouchOfTheDiskLosesAndDoublesNoStudy) {
  constexpr int touches_max = 500;
  work();
  node.reset();
  bool died = true;
  int touch = 0;
  std::size_t before_the_job = 0;  // the cursor had moved on, the job was not there yet
  for (; died && touch < touches_max; ++touch) {
    SCOPED_TRACE("touch " + std::to_string(touch + 1));
    const std::size_t jobs_before = job_count();
    const std::int64_t cursor_before = cursor();
    receive_two(touch);
    died = dies_at_touch(touch + 1);
    before_the_job += died && cursor() > cursor_before && job_count() == jobs_before;
    restart();
    EXPECT_EQ(job_count(), jobs_before + 2);
    EXPECT_EQ(pending(), 0u);
  }
  EXPECT_FALSE(died) << "more than " << touches_max << " touches of the disk for two studies";
  EXPECT_GT(before_the_job, 0u);
  std::set<std::string> studies;
  const std::vector<db::Job> all = jobs();
  for (const db::Job& job : all) EXPECT_TRUE(studies.insert(job.identity.study_instance_uid).second);
  std::cout << touch - 1 << " deaths, " << before_the_job << " of them between the cursor and the job" << std::endl;
}

}  // namespace
}  // namespace radfm::plugin
