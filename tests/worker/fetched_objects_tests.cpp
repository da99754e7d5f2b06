// SPDX-License-Identifier: Apache-2.0
#include "worker/fetched_objects.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace radfm::worker {
namespace {

Status put(FetchedObjects& sink, const std::string& uid, const std::string& bytes) {
  Result<std::unique_ptr<scu::ObjectSink::Writer>> writer = sink.begin({"", uid, "", "", ""});
  if (!writer) return writer.error();
  const std::vector<std::uint8_t> piece(bytes.begin(), bytes.end());
  if (Status written = (*writer)->write(piece); !written) return written;
  return (*writer)->keep();
}

// What was kept is there byte by byte, in the order of its UIDs and without a name on the disk; what was not kept is not.
TEST(FetchedObjects, KeepsWhatIsWhole) {
  const auto sink = FetchedObjects::make("/tmp", {.bytes_max = 100});
  ASSERT_TRUE(put(*sink, "1.2", "second").ok());
  ASSERT_TRUE(put(*sink, "1.1", "first").ok());
  Result<std::unique_ptr<scu::ObjectSink::Writer>> half = sink->begin({"", "1.0", "", "", ""});
  ASSERT_TRUE(half.ok() && (*half)->write(std::vector<std::uint8_t>(3)).ok());
  half->reset();
  std::vector<FetchedObjects::Object> objects = sink->close();
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0].identity.sop_instance_uid, "1.1");
  EXPECT_EQ(objects[0].bytes, 5u);
  std::array<char, 16> bytes{};
  ASSERT_EQ(::pread(objects[0].file.get(), bytes.data(), bytes.size(), 0), 5);
  EXPECT_STREQ(bytes.data(), "first");
}

// At the limits all is taken, one past them nothing, by name.
TEST(FetchedObjects, LimitsObjectsAndBytes) {
  const auto few = FetchedObjects::make("/tmp", {.objects_max = 2, .bytes_max = 100});
  EXPECT_TRUE(put(*few, "1", "a").ok() && put(*few, "2", "b").ok());
  EXPECT_EQ(put(*few, "3", "c").error().code, "retrieval_too_large");
  const auto small = FetchedObjects::make("/tmp", {.bytes_max = 10});
  EXPECT_TRUE(put(*small, "1", "1234567890").ok());
  EXPECT_EQ(put(*small, "2", "1").error().code, "retrieval_too_large");
}

// An object that comes after the end is refused, at its beginning and at its end.
TEST(FetchedObjects, NothingComesLate) {
  const auto sink = FetchedObjects::make("/tmp", {.bytes_max = 100});
  Result<std::unique_ptr<scu::ObjectSink::Writer>> late = sink->begin({"", "1", "", "", ""});
  ASSERT_TRUE(late.ok());
  EXPECT_TRUE(sink->close().empty());
  EXPECT_EQ((*late)->keep().error().code, "retrieval_ended");
  EXPECT_EQ(put(*sink, "2", "a").error().code, "retrieval_ended");
}

}  // namespace
}  // namespace radfm::worker
