// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/child_environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace radfm::process {
namespace {

TEST(ChildEnvironment, WhatLibrariesLookAtIsPassedOn) {
  // Aim: the loader's, the locale's and the accelerator's variables, and where our programs are.
  for (const char* name : {"PATH", "LD_LIBRARY_PATH", "LC_ALL", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "RADFM_LIBEXEC", "ASAN_OPTIONS"})
    EXPECT_TRUE(is_passed_on(name)) << name;
}

TEST(ChildEnvironment, SecretsStayWithTheParent) {
  // Aim: any other name, those of our own with a password and those that only look like a known one.
  for (const char* name : {"RADFM_ORTHANC_PASSWORD", "ORTHANC_PASSWORD", "PASSWORD", "PATHS", "XPATH", "", "path", "DBUS_SESSION_BUS_ADDRESS"})
    EXPECT_FALSE(is_passed_on(name)) << name;
}

TEST(ChildEnvironment, EntriesAreWhole) {
  // Aim: a value is passed on as it stands, a secret not at all.
  ASSERT_EQ(::setenv("LC_CANARY", "a=b c", 1), 0);
  ASSERT_EQ(::setenv("RADFM_CANARY_PASSWORD", "canary", 1), 0);
  const std::vector<std::string> passed = child_environment();
  EXPECT_EQ(std::count(passed.begin(), passed.end(), "LC_CANARY=a=b c"), 1);
  EXPECT_TRUE(std::none_of(passed.begin(), passed.end(), [](const std::string& entry) { return entry.find("canary") != std::string::npos; }));
  ::unsetenv("LC_CANARY");
  ::unsetenv("RADFM_CANARY_PASSWORD");
}

}  // namespace
}  // namespace radfm::process
