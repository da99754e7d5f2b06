// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "db/queue.h"
#include "radfmctl/command.h"
#include "tests/db/temporary_folder.h"

namespace radfm::ctl {
namespace {

using ::testing::HasSubstr;

class QueueFileCommand : public ::testing::Test {
 protected:
  QueueFileCommand() {
    std::ofstream(configuration()) << R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "database": {"path": "queue.sqlite"}})";
    open();
  }
  std::string configuration() const { return (folder.path() / "radfm-node.json").string(); }
  std::string file(const char* name) const { return (folder.path() / name).string(); }
  void open() {
    db::OpenQueue how;
    how.path = folder.path() / "queue.sqlite";
    queue = db::open_sqlite_queue(how, clock).value();
  }
  void add(const std::string& study) {
    db::NewJob job;
    job.instances = {study + ".1"};
    job.identity = {study, "digest", 0};
    ASSERT_TRUE(queue->add(job).ok());
  }
  int run(Words words) {
    words.insert(words.end(), {"--config", configuration()});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = queue_command(words);
    printed = ::testing::internal::GetCapturedStdout();
    complained = ::testing::internal::GetCapturedStderr();
    return code;
  }

  db::TemporaryFolder folder;
  SystemClock clock;
  std::unique_ptr<db::Queue> queue;
  std::string printed, complained;
};

TEST_F(QueueFileCommand, BackUpCheckAndRestore) {
  // Aim: the way of an administrator: a backup while the node runs, a look at it, and, once all is stopped, back to it.
  add("1");
  EXPECT_EQ(run({"backup", file("backup.sqlite")}), exit_done);
  EXPECT_THAT(printed, HasSubstr("whole"));
  EXPECT_EQ(run({"backup", file("backup.sqlite")}), exit_wrong);
  EXPECT_THAT(complained, HasSubstr("file_exists"));
  EXPECT_EQ(run({"backup", file("backup.sqlite"), "--replace"}), exit_done);
  EXPECT_EQ(run({"check", file("backup.sqlite")}), exit_done);
  EXPECT_THAT(printed, HasSubstr("whole"));
  add("2");
  EXPECT_EQ(run({"restore", file("backup.sqlite")}), exit_wrong);
  EXPECT_THAT(complained, HasSubstr("stop radfm-worker and Orthanc"));
  queue.reset();
  EXPECT_EQ(run({"restore", file("backup.sqlite")}), exit_done);
  EXPECT_THAT(printed, HasSubstr(file("queue.sqlite.replaced-")));
  open();
  EXPECT_EQ(queue->status()->queued, 1);
  EXPECT_THAT(queue->events(0)->back().actor, HasSubstr("administrator:"));
}

TEST_F(QueueFileCommand, ADamagedFileIsNotWhole) {
  // Aim: exit code 1, what is wrong and what to do; for scripts as JSON.
  add("1");
  queue.reset();
  std::fstream damaged(file("queue.sqlite"), std::ios::in | std::ios::out | std::ios::binary);
  for (int page = 1; page < 40; ++page) {
    damaged.seekp(page * 4'096);
    damaged << std::string(1'000, '\x55');
  }
  damaged.close();
  EXPECT_EQ(run({"check"}), exit_wrong);
  EXPECT_THAT(printed + complained, HasSubstr("radfmctl queue restore"));
  EXPECT_EQ(run({"backup", file("backup.sqlite")}), exit_wrong);
  EXPECT_FALSE(std::filesystem::exists(file("backup.sqlite")));
}

TEST_F(QueueFileCommand, ScriptsReadJson) {
  EXPECT_EQ(run({"check", "--json"}), exit_done);
  EXPECT_EQ(nlohmann::json::parse(printed).at("whole"), true);
  EXPECT_EQ(run({"backup", file("backup.sqlite"), "--json"}), exit_done);
  EXPECT_EQ(nlohmann::json::parse(printed).at("restarts"), 0);
}

TEST_F(QueueFileCommand, AFileMustBeNamed) {
  for (const Words& words : {Words{"backup"}, Words{"restore"}, Words{"backup", "a", "b"}, Words{"check", "a", "b"}}) {
    EXPECT_EQ(run(words), exit_usage);
  }
  EXPECT_FALSE(std::filesystem::exists("a"));
}

}  // namespace
}  // namespace radfm::ctl
