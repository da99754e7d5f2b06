// SPDX-License-Identifier: Apache-2.0
// radfm-demo-patient as people start it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scu-scp/test_peers.h"

namespace radfm {
namespace {

using ::testing::HasSubstr;
using test::run_outside_program;

constexpr const char* program = RADFM_DEMO_PATIENT;

TEST(DemoPatientProgram, SendsWhatItWrote) {
  // Aim: write small studies, send the folder to an independent peer, which gets each under the title asked for.
  const std::string python = test::find_python();
  if (python.empty()) GTEST_SKIP() << "pynetdicom (.deps) is not set up";
  test::TemporaryFolder folder;
  const std::string out = folder.path().string();
  ASSERT_EQ(run_outside_program({program, "--out", out, "--studies", "3", "--seed", "5"}).exit_code, 0);
  test::PythonPeer peer(python, "ORTHANC", "0000");
  const auto sent = run_outside_program(
      {program, "--send", "127.0.0.1:" + std::to_string(peer.port()), "--aec", "ORTHANC", "--aet", "STORM", out});
  EXPECT_EQ(sent.exit_code, 0) << sent.output;
  for (const char* patient : {"STORM-5-00001", "STORM-5-00002", "STORM-5-00003"}) {
    EXPECT_THAT(peer.read_line(), HasSubstr(std::string(patient) + " STORM"));
  }
}

TEST(DemoPatientProgram, SaysWhatIsWrong) {
  // Aim: wrong usage is 2 with the usage; a peer or a folder that is not there is 1 with the code or the path.
  for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"--out"}, {"--out", "x", "--seed", "y"},
                                                {"--out", "x", "--studies", "0"}, {"--send", "host", "--aec", "A", "x"},
                                                {"--nonsense", "1"}}) {
    std::vector<std::string> command = {program};
    command.insert(command.end(), words.begin(), words.end());
    const auto run = run_outside_program(command);
    EXPECT_EQ(run.exit_code, 2) << run.output;
    EXPECT_THAT(run.output, HasSubstr("--out DIR"));
  }
  EXPECT_EQ(run_outside_program({program, "--out", "/proc/nowhere"}).exit_code, 1);
  const auto missing = run_outside_program({program, "--send", "127.0.0.1:1", "--aec", "A", "/nowhere/at/all"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.output, HasSubstr("/nowhere/at/all"));
  EXPECT_EQ(run_outside_program({program, "--help"}).exit_code, 0);
}

}  // namespace
}  // namespace radfm
