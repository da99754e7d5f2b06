// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/configuration.h"

namespace radfm {
namespace {

namespace fs = std::filesystem;

// Sets a variable for one test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~ScopedVariable() { unsetenv(name_); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
};

TEST(Locations, TheEnvironmentWins) {
  // Aim: an installation with its own layout says so by two variables.
  const ScopedVariable programs("RADFM_LIBEXEC", "/opt/radfm/libexec");
  const ScopedVariable model("RADFM_MODEL_DIR", "/srv/model");
  EXPECT_EQ(sibling_program("radfm-engine"), "/opt/radfm/libexec/radfm-engine");
  EXPECT_EQ(default_model_directory(), "/srv/model");
}

TEST(Locations, AProgramInTheSameFolderIsFound) {
  // Aim: the installed layout; this test program itself is the one that is there.
  EXPECT_TRUE(fs::exists(sibling_program("core_tests"))) << sibling_program("core_tests");
}

TEST(Locations, AMissingProgramIsNamedBesideTheRunningOne) {
  // Aim: whoever cannot start it prints a path that an administrator can look at.
  const fs::path path = sibling_program("radfm-nothing");
  EXPECT_TRUE(path.is_absolute());
  EXPECT_EQ(path.filename(), "radfm-nothing");
}

TEST(Locations, TheDefaultModelIsAnAbsolutePath) {
  // Aim: the worker may run in any folder.
  EXPECT_TRUE(default_model_directory().is_absolute());
  EXPECT_EQ(default_model_directory().filename(), "phantom");
}

}  // namespace
}  // namespace radfm
