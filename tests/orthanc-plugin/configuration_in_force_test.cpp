// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/configuration_in_force.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/orthanc-plugin/fake_orthanc.h"

namespace radfm::plugin {
namespace {

class ConfigurationInForceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "radfm-force-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    board_.update([&](Notices& notices) { notices.configuration_file = file(); });
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "radfm-node.json"; }
  static std::string text_with(const std::string& rule) {
    return R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": [{"name": ")" + rule + R"("}]})";
  }
  void write(const std::string& text) const { std::ofstream(file(), std::ios::binary) << text; }
  // The name of the first rule in force.
  std::string rule() const {
    const auto now = in_force_.now();
    return now ? now->rules.front().name : "nothing";
  }

  std::filesystem::path folder_;
  FakeClock clock_;
  NoticeBoard board_;
  ConfigurationInForce in_force_{board_, clock_};
};

TEST_F(ConfigurationInForceTest, NothingIsInForceBeforeAGoodFile) {
  // Aim: no file named, none there, a wrong one, then a good one.
  board_.update([](Notices& notices) { notices.configuration_file.clear(); });
  in_force_.read_if_changed();
  EXPECT_EQ(in_force_.read_now().mistakes.size(), 1U);
  EXPECT_EQ(rule(), "nothing");
  board_.update([&](Notices& notices) { notices.configuration_file = file(); });
  in_force_.read_if_changed();
  EXPECT_EQ(board_.read().mistakes.size(), 1U);
  EXPECT_EQ(board_.read().refusal(), "");  // what waits is told as trouble
  write("{");
  in_force_.read_if_changed();
  EXPECT_EQ(rule(), "nothing");
  EXPECT_EQ(board_.read().rules, nullptr);
  write(text_with("first"));
  in_force_.read_if_changed();
  EXPECT_EQ(rule(), "first");
  EXPECT_TRUE(board_.read().mistakes.empty());
}

TEST_F(ConfigurationInForceTest, AHalfWrittenFileChangesNothing) {
  // Aim: at each byte of a file that is being written, read at that moment, the old rules are in force; with the last byte the new ones.
  write(text_with("old"));
  in_force_.read_if_changed();
  const std::string fresh = text_with("new");
  for (std::size_t bytes = 0; bytes < fresh.size(); ++bytes) {
    write(fresh.substr(0, bytes));
    EXPECT_FALSE(in_force_.read_now().mistakes.empty()) << bytes;
    EXPECT_EQ(rule(), "old") << bytes;
  }
  write(fresh);
  in_force_.read_if_changed();
  EXPECT_EQ(rule(), "new");
}

TEST_F(ConfigurationInForceTest, AllOfAFileOrNothing) {
  // Aim: of a file with one mistake no other setting is taken either.
  write(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "access": {"administer": ["anna"]}, "queue": {"poison_limit": 4}})");
  in_force_.read_if_changed();
  write(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "access": {"administer": ["eve"]}, "queue": {"poison_limit": 5}, "database": {"path": "other"}, "x": 1})");
  in_force_.read_if_changed();
  const Notices notices = board_.read();
  EXPECT_EQ(notices.mistakes.size(), 1U);
  EXPECT_EQ(notices.access.administer, std::set<std::string>{"anna"});
  EXPECT_EQ(notices.queue.poison_limit, 4);
  EXPECT_EQ(notices.database->path, in_force_.now()->database.path);
  EXPECT_NE(notices.database->path.filename(), "other");
}

TEST_F(ConfigurationInForceTest, AFileThatComesWithItsTimesIsSeen) {
  // Aim: the same size and the same modification time, by a copy that keeps times or a file moved into place: read all the same.
  write(text_with("one"));
  in_force_.read_if_changed();
  struct stat before {};
  ASSERT_EQ(::stat(file().c_str(), &before), 0);
  const auto next = folder_ / "next.json";
  std::ofstream(next, std::ios::binary) << text_with("two");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, next.c_str(), times, 0), 0);
  std::filesystem::rename(next, file());
  in_force_.read_if_changed();
  EXPECT_EQ(rule(), "two");
}

TEST_F(ConfigurationInForceTest, AnUnchangedFileIsNotReadAgain) {
  // Aim: since when the rules are in force does not move with each look, but with each reading that a person asks for.
  write(text_with("one"));
  in_force_.read_if_changed();
  const std::int64_t first = clock_.wall;
  clock_.advance(60'000);
  in_force_.read_if_changed();
  EXPECT_EQ(board_.read().rules_read_wall_ms, first);
  const auto reading = in_force_.read_now();
  EXPECT_TRUE(reading.mistakes.empty());
  EXPECT_EQ(reading.rules, 1U);
  EXPECT_EQ(reading.read_wall_ms, clock_.wall);
}

TEST_F(ConfigurationInForceTest, ARefusalTellsWhatGoesOn) {
  // Aim: a person's reading that is refused names each mistake, and what is in force since when.
  write(text_with("one"));
  in_force_.read_if_changed();
  const std::int64_t since = clock_.wall;
  clock_.advance(60'000);
  write(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"lease_sm": 1}, "log": {"level": 3}})");
  const auto reading = in_force_.read_now();
  EXPECT_EQ(reading.mistakes.size(), 2U);
  EXPECT_EQ(reading.mistakes, board_.read().mistakes);
  EXPECT_EQ(reading.rules, 1U);
  EXPECT_EQ(reading.read_wall_ms, since);
}

TEST_F(ConfigurationInForceTest, ReadersInTwoThreadsSeeWholeConfigurations) {
  // Aim: while one thread reads on demand and another looks, both of files that change, what is in force is always one of them, whole.
  write(text_with("0"));
  in_force_.read_if_changed();
  std::atomic<bool> stop = false;
  std::thread looking([&] {
    while (!stop) in_force_.read_if_changed();
  });
  std::thread asking([&] {
    while (!stop) in_force_.read_now();
  });
  for (int i = 1; i <= 200; ++i) {
    write(i % 3 == 0 ? "{" : text_with(std::to_string(i)));
    const auto now = in_force_.now();
    ASSERT_EQ(now->rules.size(), 1U);
    EXPECT_LE(std::stoi(now->rules.front().name), i);
  }
  stop = true;
  looking.join();
  asking.join();
  write(text_with("last"));
  in_force_.read_if_changed();
  EXPECT_EQ(rule(), "last");
  EXPECT_EQ(board_.read().rules->front().name, "last");
}

}  // namespace
}  // namespace radfm::plugin
