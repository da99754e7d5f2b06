// SPDX-License-Identifier: Apache-2.0
#include "core/log.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace radfm {
namespace {

std::vector<std::pair<LogLevel, std::string>>& seen() {
  static std::vector<std::pair<LogLevel, std::string>> lines;
  return lines;
}

class Log : public testing::Test {
 protected:
  void TearDown() override {
    set_log_sink(nullptr);
    set_log_level(LogLevel::info);
    seen().clear();
  }
};

void keep(LogLevel level, const std::string& line) { seen().emplace_back(level, line); }

TEST_F(Log, WritesOneLineWithTimeLevelAndSubject) {
  // Aim: the form that the manual promises.
  testing::internal::CaptureStderr();
  log_line(LogLevel::warning, "delivery", "job 12: refused");
  const std::string line = testing::internal::GetCapturedStderr();
  ASSERT_EQ(line.size(), std::string("2026-11-24T05:40:00.123Z W delivery: job 12: refused\n").size()) << line;
  EXPECT_EQ(line[10], 'T');
  EXPECT_EQ(line[19], '.');
  EXPECT_EQ(line.substr(23), "Z W delivery: job 12: refused\n");
}

TEST_F(Log, LevelsBelowTheChosenOneAreSilent) {
  // Aim: at and one below the level.
  set_log_sink(keep);
  set_log_level(LogLevel::warning);
  log_line(LogLevel::info, "a", "b");
  log_line(LogLevel::warning, "a", "b");
  ASSERT_EQ(seen().size(), 1U);
  EXPECT_EQ(seen()[0], std::make_pair(LogLevel::warning, std::string("a: b")));
}

TEST_F(Log, APeersTextCannotForgeALine) {
  // Aim: line breaks and terminal escapes become blanks.
  set_log_sink(keep);
  log_line(LogLevel::error, "scp", "from A\n2026 E fake\x1b[2J\x7f");
  EXPECT_EQ(seen().at(0).second, "scp: from A 2026 E fake [2J ");
}

TEST_F(Log, LevelNamesAreRead) {
  // Aim: the four words of the configuration.
  LogLevel level = LogLevel::info;
  EXPECT_TRUE(parse_log_level("debug", &level));
  EXPECT_EQ(level, LogLevel::debug);
  EXPECT_TRUE(parse_log_level("error", &level));
  EXPECT_EQ(level, LogLevel::error);
  EXPECT_FALSE(parse_log_level("ERROR", &level));
}

}  // namespace
}  // namespace radfm
