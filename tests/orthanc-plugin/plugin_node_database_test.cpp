// SPDX-License-Identifier: GPL-3.0-or-later
// The queue's file is locked, away, replaced or lost while Orthanc goes on receiving.
#include <sqlite3.h>

#include <set>

#include "orthanc-plugin/plugin_node.h"
#include "tests/orthanc-plugin/plugin_node_fixture.h"

namespace radfm::plugin {
namespace {

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

class PluginNodeDatabaseTest : public PluginNodeTest {
 protected:
  // Some minutes of a day: studies one after the other, some of which become stable in another order than they began.
  // What the node does meanwhile is `each`. Returns Orthanc's names in the order in which they became stable.
  template <class Each>
  std::vector<std::string> some_minutes(const Each& each) {
    std::vector<std::string> order;
    for (int i = 0; i < 60; i += 2) {
      const std::string late = "study " + std::to_string(i), early = "study " + std::to_string(i + 1);
      orthanc.receive(late, "s", "1.9." + std::to_string(i) + ".1");
      clock.advance(7'300);
      orthanc.receive(early, "s", "1.9." + std::to_string(i + 1) + ".1");
      orthanc.stable(early);
      if (i % 10 != 0) clock.advance(700);  // now and then within the same second
      orthanc.stable(late);
      order.push_back(FakeOrthanc::id(early));
      order.push_back(FakeOrthanc::id(late));
      each();
    }
    return order;
  }
  std::filesystem::path elsewhere() const { return folder / "elsewhere.sqlite"; }
};

TEST_F(PluginNodeDatabaseTest, LockedForMinutes) {
  // Aim: another process holds the database: the board says so, nothing is skipped, and afterwards all studies are
  // settled in the order in which they became complete.
  work();
  clock.advance(2'000);
  std::vector<std::string> order;
  {
    const DatabaseLock lock(database());
    int rounds = 0;
    order = some_minutes([&] {
      if (rounds++ > 0) return;  // each waits node_busy_limit_ms of real time
      EXPECT_GT(node->step().count(), 0);
      EXPECT_NE(board.read().trouble.find("locked"), std::string::npos) << board.read().trouble;
    });
  }
  work();
  EXPECT_EQ(settled(), order);
  EXPECT_EQ(cursor(), orthanc.last_change());
  EXPECT_TRUE(board.read().trouble.empty());
}

TEST_F(PluginNodeDatabaseTest, AwayForMinutes) {
  // Aim: the file vanishes under the open queue (its disk was unmounted): it is waited for, no other one is made in its
  // place, and when it is back all studies are settled in order.
  work();
  clock.advance(2'000);
  std::filesystem::rename(database(), elsewhere());
  const auto order = some_minutes([&] {
    EXPECT_GT(node->step().count(), 0);
    EXPECT_FALSE(board.read().trouble.empty());
    EXPECT_FALSE(std::filesystem::exists(database()));
  });
  EXPECT_NE(board.read().trouble.find("is gone"), std::string::npos) << board.read().trouble;
  std::filesystem::rename(elsewhere(), database());
  work();
  EXPECT_EQ(settled(), order);
  EXPECT_TRUE(board.read().trouble.empty());
}

TEST_F(PluginNodeDatabaseTest, AwayAcrossARestartOfOrthanc) {
  // Aim: as above, and Orthanc dies meanwhile with studies that it had not yet called stable. The new start makes a fresh
  // queue, for it cannot know of the old one; when that is back, every study has its job.
  work();
  clock.advance(2'000);
  std::filesystem::rename(database(), elsewhere());
  orthanc.receive("a", "s", "1.9.1");
  node->step();
  orthanc.restart();
  start();
  work();
  clock.advance(stable_age_ms);
  work();
  EXPECT_EQ(settled(), std::vector<std::string>{FakeOrthanc::id("a")});
  std::filesystem::rename(elsewhere(), database());
  receive_whole_study("b");
  node->step();
  work();
  clock.advance(stable_age_ms);
  work();
  const std::vector<std::string> both = settled();
  EXPECT_EQ(std::set<std::string>(both.begin(), both.end()),
            (std::set<std::string>{FakeOrthanc::id("a"), FakeOrthanc::id("b")}));
}

TEST_F(PluginNodeDatabaseTest, ReplacedByItsBackup) {
  // Aim: an administrator puts an older copy in place of the file: it goes on from the copy's cursor, no study is missing.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  std::filesystem::copy_file(database(), elsewhere());
  receive_whole_study("b");
  work();
  std::filesystem::rename(elsewhere(), database());
  receive_whole_study("c");
  node->step();
  work();
  EXPECT_EQ(settled(), (std::vector<std::string>{FakeOrthanc::id("a"), FakeOrthanc::id("b"), FakeOrthanc::id("c")}));
}

TEST_F(PluginNodeDatabaseTest, LostQueueGoesOnWhereItWas) {
  // Aim: the file is lost while the plugin is away; what was not taken over before is looked at all the same.
  work();
  clock.advance(2'000);
  receive_whole_study("a");
  work();
  node.reset();
  receive_whole_study("b");
  std::filesystem::remove(database());
  orthanc.restart();
  start();
  work();
  clock.advance(stable_age_ms);
  work();
  EXPECT_EQ(settled(), std::vector<std::string>{FakeOrthanc::id("b")});
}

TEST_F(PluginNodeDatabaseTest, NoFileAtAll) {
  // Aim: something that is no database: said, waited for, never overwritten; put right, nothing was missed.
  std::ofstream(database()) << std::string(4'096, 'x');
  node->step();
  clock.advance(2'000);
  receive_whole_study("a");
  EXPECT_GT(node->step().count(), 0);
  EXPECT_FALSE(board.read().trouble.empty());
  EXPECT_EQ(std::filesystem::file_size(database()), 4'096U);
  std::filesystem::remove(database());
  work();
  EXPECT_EQ(settled(), std::vector<std::string>{FakeOrthanc::id("a")});
}

}  // namespace
}  // namespace radfm::plugin
