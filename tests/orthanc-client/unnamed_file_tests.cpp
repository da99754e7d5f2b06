// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/unnamed_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

#include "tests/worker/temporary_folder.h"

namespace radfm::orthanc {
namespace {

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

// Aim: nothing stands in the folder while a study's file is open, and nobody else may read it.
TEST(UnnamedFile, HasNoName) {
  const test::TemporaryFolder folder;
  const auto file = open_unnamed_file(folder.path());
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(append(file->get(), "PATIENT").ok());
  EXPECT_TRUE(names_in(folder.path()).empty());
  struct stat facts {};
  ASSERT_EQ(::fstat(file->get(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600u);
  EXPECT_EQ(facts.st_size, 7);
}

// Aim: what a kill left where files need a name for a moment is removed; what is somebody else's stays.
TEST(UnnamedFile, LeftoversAreRemoved) {
  const test::TemporaryFolder folder;
  for (const char* name : {"study-Ab3xYz", "study-000000", "notes.txt"}) std::ofstream(folder.path() / name) << "x";
  std::filesystem::create_directory(folder.path() / "study-folder");
  std::filesystem::create_symlink("notes.txt", folder.path() / "study-link");
  remove_leftovers(folder.path());
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"notes.txt", "study-folder", "study-link"}));
  remove_leftovers(folder.path() / "none");
}

}  // namespace
}  // namespace radfm::orthanc
