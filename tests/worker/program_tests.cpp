// SPDX-License-Identifier: Apache-2.0
// radfm-worker as an administrator meets it on the command line.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>

#include "tests/worker/temporary_folder.h"

namespace {

struct ProgramRun {
  int exit_code = -1;
  std::string output;
};

ProgramRun run(const std::string& arguments) {
  ProgramRun result;
  FILE* pipe = ::popen((std::string(RADFM_WORKER_PROGRAM) + " " + arguments + " 2>&1").c_str(), "r");
  char piece[4096];
  while (const std::size_t got = std::fread(piece, 1, sizeof piece, pipe)) result.output.append(piece, got);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

class CheckConfigTest : public testing::Test {
 protected:
  ProgramRun check(const std::string& text) {
    std::ofstream(file()) << text;
    return run("--check-config --config '" + file() + "'");
  }
  std::string file() const { return (folder_.path() / "node.json").string(); }
  radfm::test::TemporaryFolder folder_;
};

// A good file: exit 0, and nothing is opened or made beside it.
TEST_F(CheckConfigTest, TakesAGoodFileAndOpensNothing) {
  const ProgramRun result = check(R"({"orthanc": {"url": "http://127.0.0.1:8042"}})");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) ++files;
  EXPECT_EQ(files, 1u);
}

// Each mistake stands with file and key.
TEST_F(CheckConfigTest, NamesEachMistake) {
  const ProgramRun result = check(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"lease_sm": 1, "poll_ms": "x"}})");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.output.find("node.json"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("queue.lease_sm"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("lease_ms"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("queue.poll_ms"), std::string::npos) << result.output;
}

// An address that is none is said before the worker starts.
TEST_F(CheckConfigTest, RefusesAnAddressThatIsNone) {
  const ProgramRun result = check(R"({"orthanc": {"url": "http://127.0.0.1:99999"}})");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.output.find("orthanc.url"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("http://"), std::string::npos) << result.output;
}

// Broken JSON, no file, no argument.
TEST_F(CheckConfigTest, RefusesWhatIsNoConfiguration) {
  EXPECT_EQ(check("{").exit_code, 2);
  EXPECT_EQ(run("--check-config --config '" + file() + ".none'").exit_code, 2);
  EXPECT_EQ(run("").exit_code, 2);
  EXPECT_EQ(run("--config").exit_code, 2);
  EXPECT_EQ(run("--nonsense").exit_code, 2);
  EXPECT_EQ(run("--help").exit_code, 0);
}

}  // namespace
