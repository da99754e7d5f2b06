// SPDX-License-Identifier: Apache-2.0
#include "worker/rules_reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "tests/orthanc-client/scripted_server.h"
#include "tests/worker/temporary_folder.h"

namespace radfm::worker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RulesReloadTest : public testing::Test {
 protected:
  void write(const std::string& sections) const {
    std::ofstream(file_) << R"({"orthanc": {"url": "http://127.0.0.1:8042", "password": "secret"})" << sections << "}";
  }
  // All lines, as "E text".
  std::string reload(const AskPlugin& ask = answers({{}, {}, 2, "2026-11-24T05:40:00Z"})) {
    std::string all;
    for (const ReloadLine& line : reload_rules(file_, at_start_, ask)) all += std::string(1, "DIWE"[static_cast<int>(line.level)]) + " " + line.text + "\n";
    return all;
  }
  static AskPlugin answers(const orthanc::RulesReading& reading) {
    return [reading](const OrthancSettings&) { return Result<orthanc::RulesReading>(reading); };
  }
  void start() { at_start_ = settings_at_start(file_); }

  test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "radfm-node.json";
  SettingsAtStart at_start_;
};

TEST_F(RulesReloadTest, AGoodFileIsToldToThePlugin) {
  // Aim: that all is well, and what the plugin has in force; rules and roles are no setting that waits for the worker.
  write("");
  start();
  write(R"(, "rules": [{"name": "a"}, {"name": "b"}], "access": {"read": ["anna"]})");
  std::string url;
  const std::string said = reload([&](const OrthancSettings& settings) {
    url = settings.url;
    return Result<orthanc::RulesReading>(orthanc::RulesReading{{}, {}, 2, "2026-11-24T05:40:00Z"});
  });
  EXPECT_EQ(said, "I radfm-node.json has no mistake\nI the plugin has read it at 2026-11-24T05:40:00Z: 2 rules are in force\n");
  EXPECT_EQ(url, "http://127.0.0.1:8042");
}

TEST_F(RulesReloadTest, AWrongFileIsNot) {
  // Aim: each mistake, also one that only the worker sees, and the plugin is left alone.
  write("");
  start();
  const AskPlugin never = [](const OrthancSettings&) -> Result<orthanc::RulesReading> {
    ADD_FAILURE() << "asked";
    return permanent_error("x", "x");
  };
  write(R"(, "queue": {"lease_sm": 1}, "model": {"threads": "many"})");
  const std::string said = reload(never);
  EXPECT_THAT(said, HasSubstr("E " + file_.string() + ": queue.lease_sm: unknown key"));
  EXPECT_THAT(said, HasSubstr("model.threads"));
  EXPECT_THAT(said, HasSubstr("W radfm-node.json has 2 mistake(s): the plugin is not asked"));
  std::ofstream(file_) << R"({"orthanc": {"url": "http://host:99999"}})";
  EXPECT_THAT(reload(never), HasSubstr("orthanc.url"));
  std::filesystem::remove(file_);
  EXPECT_THAT(reload(never), HasSubstr("cannot be opened"));
}

TEST_F(RulesReloadTest, WhatThePluginSays) {
  // Aim: its mistakes (of a file of its own), and why it could not be asked.
  write("");
  start();
  std::string said = reload(answers({{"radfm-node.json: x: unknown key"}, "what was read before stays in force", 0, {}}));
  EXPECT_THAT(said, HasSubstr("E the plugin says: radfm-node.json: x: unknown key\nW the plugin says: what was read before stays in force\n"));
  said = reload([](const OrthancSettings&) { return Result<orthanc::RulesReading>(permanent_error("role_needed", "this needs the role administer")); });
  EXPECT_THAT(said, HasSubstr("W the plugin could not be asked to read it: this needs the role administer (role_needed)"));
}

TEST_F(RulesReloadTest, SettingsThatWaitForARestart) {
  // Aim: what was changed, added and removed since the start is named by its key, without its value; back as it was, it is not named.
  write(R"(, "model": {"threads": 2, "device": "cpu"}, "pacs": [])");
  start();
  write(R"(, "model": {"device": "cpu", /* a comment */ "threads": 3}, "priors": {"images_max": 0})");
  const std::string said = reload();
  EXPECT_THAT(said, HasSubstr("W changed since the worker's start, and without effect on it before its restart: model.threads, pacs, priors.images_max\n"));
  EXPECT_THAT(said, Not(HasSubstr("secret")));
  write(R"(, "pacs": [], "model": {"device": "cpu", "threads": 2})");
  EXPECT_THAT(reload(), Not(HasSubstr("restart")));
}

TEST_F(RulesReloadTest, ASecretThatChangesIsNamedNotTold) {
  // Aim: the key alone.
  write("");
  start();
  std::ofstream(file_) << R"({"orthanc": {"url": "http://127.0.0.1:8042", "password": "zqkanari"}})";
  const std::string said = reload();
  EXPECT_THAT(said, HasSubstr("restart: orthanc.password\n"));
  EXPECT_THAT(said, Not(HasSubstr("zqkanari")));
}

// The thread, against a plugin that the test answers for.
class RulesReloadThreadTest : public testing::Test {
 protected:
  RulesReloadThreadTest() : server_([this](const test::ScriptedRequest&) {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return let_go_; });
    return test::http_answer(200, R"({"rules": 1, "read_at": "2026-11-24T05:40:00Z"})");
  }) {
    std::ofstream(file_) << R"({"orthanc": {"url": ")" << server_.url() << R"("}})";
  }
  ~RulesReloadThreadTest() override { let_go(); }
  void let_go() {
    const std::lock_guard lock(mutex_);
    let_go_ = true;
    changed_.notify_all();
  }
  bool wait_for(int questions) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return asked_ >= questions; });
  }

  test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "radfm-node.json";
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;        // guarded by mutex_, as the next
  bool let_go_ = false;
  test::ScriptedServer server_;
};

TEST_F(RulesReloadThreadTest, AskedMeanwhileIsAskedOnceMore) {
  // Aim: any number of signals while one question is on its way are one more question, and none is lost.
  RulesReload reload(file_);
  reload.ask();
  ASSERT_TRUE(wait_for(1));
  for (int i = 0; i < 5; ++i) reload.ask();
  let_go();
  ASSERT_TRUE(wait_for(2));
  reload.ask();
  ASSERT_TRUE(wait_for(3));
}

TEST_F(RulesReloadThreadTest, EndsWhileOrthancIsSilent) {
  // Aim: a worker stops at once, whatever it has asked Orthanc.
  RulesReload reload(file_);
  reload.ask();
  ASSERT_TRUE(wait_for(1));
}

}  // namespace
}  // namespace radfm::worker
