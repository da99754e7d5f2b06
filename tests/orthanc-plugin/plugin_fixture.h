// SPDX-License-Identifier: GPL-3.0-or-later
// A plugin's node over a fake Orthanc, a real queue in a folder of its own, and a clock that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/queue.h"
#include "orthanc-plugin/notice_board.h"
#include "orthanc-plugin/plugin_node.h"
#include "tests/orthanc-plugin/fake_orthanc.h"

namespace radfm::plugin {

inline constexpr std::int64_t stable_age_ms = 60'000;

class PluginFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "radfm-plugin-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
    configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}})");
    board.update([&](Notices& notices) { notices.configuration_file = configuration_file(); });
    start();
  }
  void TearDown() override {
    node.reset();
    std::filesystem::remove_all(folder);
  }

  std::filesystem::path configuration_file() const { return folder / "radfm-node.json"; }
  std::filesystem::path database() const { return folder / "radfm-queue.sqlite"; }
  // The new file is told from the old one by its time, whatever the file system's resolution is.
  void configure(const std::string& json) {
    std::ofstream(configuration_file()) << json;
    const auto epoch = std::filesystem::file_time_type::clock::now();
    std::filesystem::last_write_time(configuration_file(), epoch + std::chrono::seconds(++configurations_));
  }
  // As after a restart: nothing is in force yet.
  void start() {
    node.reset();
    configuration.emplace(board, clock);
    board.update([](Notices& notices) { notices.rules = nullptr; });
    arrivals.emplace();
    node = std::make_unique<PluginNode>(orthanc, *arrivals, clock, board, *configuration, stable_age_ms);
  }
  // From now on, as in Orthanc; the other tests are of a plugin that knows nothing and asks.
  void remember_arrivals() {
    orthanc.stored = [this](const std::string& id, std::span<const std::uint8_t> file, const ArrivalMetadata& metadata) {
      EXPECT_TRUE(arrivals->remember(id, file, metadata));
    };
  }

  // Rounds until nothing is left to be done at this moment.
  void work() {
    for (int round = 0; round < rounds_max; ++round)
      if (node->step().count() > 0) return;
    FAIL() << "the node never comes to rest";
  }
  std::unique_ptr<db::Queue> queue() {
    db::OpenQueue open;
    open.path = database();
    auto opened = db::open_sqlite_queue(open, clock);
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
  }
  // Newest first, whole.
  std::vector<db::Job> jobs() {
    const auto open = queue();
    std::vector<db::Job> all;
    const std::vector<db::Job> rows = open->list({}).value();
    for (const db::Job& row : rows) all.push_back(open->job(row.id).value().value());
    return all;
  }
  // The studies of all jobs in the order in which these were made.
  std::vector<std::string> settled() {
    db::JobFilter all;
    all.limit = db::list_limit_max;
    const std::vector<db::Job> rows = queue()->list(all).value();
    std::vector<std::string> studies;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) studies.push_back(row->orthanc_study_id);
    return studies;
  }
  std::size_t job_count() {
    db::JobFilter all;
    all.limit = db::list_limit_max;
    return queue()->list(all).value().size();
  }
  std::int64_t cursor() { return queue()->change_cursor().value().value_or(-1); }
  std::size_t pending() { return queue()->due_studies(INT64_MAX, 1'000).value().size(); }

  static constexpr int rounds_max = 5'000;
  std::filesystem::path folder;
  FakeClock clock;
  FakeOrthanc orthanc{clock};
  NoticeBoard board;
  std::optional<ConfigurationInForce> configuration{std::in_place, board, clock};
  std::optional<Arrivals> arrivals;
  std::unique_ptr<PluginNode> node;

 private:
  int configurations_ = 0;
};

}  // namespace radfm::plugin
