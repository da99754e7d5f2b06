// SPDX-License-Identifier: Apache-2.0
// radfm-phantom-sheet as people start it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/outside_program.h"

namespace radfm {
namespace {

using test::run_outside_program;

constexpr const char* program = RADFM_PHANTOM_SHEET;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

TEST(PhantomSheet, WritesAPicture) {
  // Aim: a PNG for each modality, the same for the same seed, another for another seed.
  test::TemporaryFolder folder;
  const auto sheet = [&](const std::string& name, std::vector<std::string> options) {
    const std::string file = (folder.path() / name).string();
    options.insert(options.begin(), {program, file});
    EXPECT_EQ(run_outside_program(options).exit_code, 0);
    return bytes_of(file);
  };
  const std::string one = sheet("a.png", {"--seed", "3"});
  EXPECT_EQ(one.substr(1, 3), "PNG");
  EXPECT_EQ(one, sheet("b.png", {"--seed", "3"}));
  EXPECT_NE(one, sheet("c.png", {"--seed", "4"}));
  EXPECT_NE(one, sheet("d.png", {"--seed", "3", "--ct", "--blank"}));
}

TEST(PhantomSheet, SaysWhatIsWrong) {
  // Aim: wrong usage is 2 with the usage, a folder that is not there 1 with the path.
  for (const std::vector<std::string>& words : {std::vector<std::string>{}, {"--seed", "x", "a.png"}, {"--nonsense", "a.png"}, {"a.png", "b.png"}}) {
    std::vector<std::string> command = {program};
    command.insert(command.end(), words.begin(), words.end());
    const auto run = run_outside_program(command);
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.output, ::testing::HasSubstr("FILE.png"));
  }
  const auto missing = run_outside_program({program, "/nowhere/at/all.png"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.output, ::testing::HasSubstr("/nowhere/at/all.png"));
}

}  // namespace
}  // namespace radfm
