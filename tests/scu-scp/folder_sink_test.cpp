// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/folder_sink.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/outside_program.h"

namespace radfm::scu {
namespace {

using Bytes = std::vector<std::uint8_t>;

const ObjectIdentity hostile = {"1.2", "../../../../etc/cron.d/x", "1.2.840.10008.1.2", "1.2.3", "1.2.4"};

class FolderSinkTest : public ::testing::Test {
 protected:
  // "kept" or the error's code.
  static std::string bring(FolderSink& sink, std::size_t bytes) {
    auto writer = sink.begin(hostile);
    if (!writer) return writer.error().code;
    if (auto written = (*writer)->write(Bytes(bytes, 7)); !written) return written.error().code;
    const Status kept = (*writer)->keep();
    return kept ? "kept" : kept.error().code;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }
  test::TemporaryFolder folder_;
};

TEST_F(FolderSinkTest, NamesAreNumbers) {
  // Aim: whatever an object calls itself, its file has a number in the folder.
  FolderSink sink(folder_.path(), {});
  EXPECT_EQ(bring(sink, 10), "kept");
  EXPECT_EQ(bring(sink, 20), "kept");
  EXPECT_EQ(names(), (std::vector<std::string>{"1.dcm", "2.dcm"}));
  const auto kept = sink.close();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[1].path, folder_.path() / "2.dcm");
  EXPECT_EQ(kept[1].bytes, 20u);
  EXPECT_EQ(std::filesystem::file_size(kept[1].path), 20u);
}

TEST_F(FolderSinkTest, WhatIsNotKeptLeavesNothing) {
  // Aim: a writer that goes away takes its file with it, and its bytes and its place are free again.
  FolderSink sink(folder_.path(), {1, 100});
  {
    auto writer = sink.begin(hostile);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->write(Bytes(90, 1)).ok());
    EXPECT_EQ(names(), (std::vector<std::string>{"1.part"}));
  }
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(bring(sink, 100), "kept");
}

TEST_F(FolderSinkTest, LimitsAreExact) {
  // Aim: objects and bytes, at the limit and one past it.
  FolderSink objects(folder_.path(), {2, 1'000});
  EXPECT_EQ(bring(objects, 1), "kept");
  EXPECT_EQ(bring(objects, 1), "kept");
  EXPECT_EQ(bring(objects, 1), "retrieval_too_large");
  test::TemporaryFolder other;
  FolderSink bytes(other.path(), {10, 100});
  EXPECT_EQ(bring(bytes, 60), "kept");
  EXPECT_EQ(bring(bytes, 41), "retrieval_too_large");
  EXPECT_EQ(bring(bytes, 40), "kept");
}

TEST_F(FolderSinkTest, NothingIsKeptAfterTheEnd) {
  // Aim: an object on its way when the retrieval ends, and one that comes later.
  FolderSink sink(folder_.path(), {});
  auto writer = sink.begin(hostile);
  ASSERT_TRUE(writer.ok());
  EXPECT_TRUE(sink.close().empty());
  EXPECT_EQ((*writer)->keep().error().code, "retrieval_ended");
  EXPECT_EQ(bring(sink, 1), "retrieval_ended");
}

TEST_F(FolderSinkTest, AMissingFolderIsTold) {
  // Aim: the disk's refusal is transient and names the folder.
  FolderSink sink(folder_.path() / "gone", {});
  const auto writer = sink.begin(hostile);
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().code, "file_not_written");
  EXPECT_EQ(writer.error().error_class, ErrorClass::transient);
}

}  // namespace
}  // namespace radfm::scu
