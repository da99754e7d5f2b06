// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/shared_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace radfm::process {
namespace {

TEST(SharedMemory, BytesArriveAndCannotBeChanged) {
  // What was put in is what is mapped; neither writing nor shrinking is possible any more.
  const std::string bytes(100'000, 'x');
  auto fd = make_shared(bytes.data(), bytes.size());
  ASSERT_TRUE(fd);
  auto view = SharedView::map(fd->get(), bytes.size());
  ASSERT_TRUE(view);
  EXPECT_EQ(std::string(view->data(), view->data() + view->size()), bytes);
  EXPECT_LT(::pwrite(fd->get(), "y", 1, 0), 0);
  EXPECT_LT(::ftruncate(fd->get(), 1), 0);
}

TEST(SharedMemory, OnlyTheAnnouncedSizeIsMapped) {
  // One byte more or less than announced is refused.
  auto fd = make_shared("abc", 3);
  EXPECT_TRUE(SharedView::map(fd->get(), 3));
  EXPECT_EQ(SharedView::map(fd->get(), 2).error().code, "bad_shared_memory");
  EXPECT_EQ(SharedView::map(fd->get(), 4).error().code, "bad_shared_memory");
}

TEST(SharedMemory, UnsealedMemoryAndOtherDescriptorsAreRefused) {
  // Memory that its owner could still truncate under us would raise SIGBUS; a pipe is no memory at all.
  const FileDescriptor open(::memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::write(open.get(), "abc", 3), 3);
  EXPECT_EQ(SharedView::map(open.get(), 3).error().code, "bad_shared_memory");
  EXPECT_EQ(SharedView::map(STDERR_FILENO, 3).error().code, "bad_shared_memory");
  EXPECT_EQ(SharedView::map(-1, 3).error().code, "bad_shared_memory");
}

TEST(SharedMemory, PartsAreWrittenInAnyOrderAndThenNoMore) {
  // Two parts, the last first; after the seal nothing can be written through another descriptor of it.
  Result<SharedWriter> writer = SharedWriter::make();
  ASSERT_TRUE(writer);
  const std::vector<std::uint8_t> first = {1, 2, 3}, last = {4, 5};
  ASSERT_TRUE(writer->write(3, last));
  ASSERT_TRUE(writer->write(0, first));
  Result<FileDescriptor> sealed = std::move(*writer).seal();
  ASSERT_TRUE(sealed);
  EXPECT_LT(::pwrite(sealed->get(), "y", 1, 0), 0);
  const auto bytes = SharedBytes::of(std::move(*sealed), 5);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, (std::vector<std::uint8_t>{1, 2, 3, 4, 5}));
}

TEST(SharedMemory, BytesAreSharedByTheirCopies) {
  // A copy is the same memory and outlives the first; none has no descriptor; other bytes are not equal.
  SharedBytes copy;
  EXPECT_TRUE(copy.empty());
  EXPECT_EQ(copy.fd(), -1);
  EXPECT_EQ(copy, std::vector<std::uint8_t>());
  {
    const SharedBytes bytes(std::vector<std::uint8_t>{7, 8});
    copy = bytes;
    EXPECT_EQ(copy.data(), bytes.data());
  }
  EXPECT_EQ(copy, (std::vector<std::uint8_t>{7, 8}));
  EXPECT_FALSE(copy == (std::vector<std::uint8_t>{7, 9}));
  EXPECT_FALSE(copy == (std::vector<std::uint8_t>{7}));
  EXPECT_TRUE(SharedView::map(copy.fd(), 2));
  EXPECT_EQ(SharedBytes::of(FileDescriptor(), 2).error().code, "bad_shared_memory");
}

TEST(SharedMemory, AnEmptyBlockIsABlock) {
  // No bytes need no mapping.
  auto fd = make_shared(nullptr, 0);
  ASSERT_TRUE(fd);
  auto view = SharedView::map(fd->get(), 0);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->size(), 0u);
}

}  // namespace
}  // namespace radfm::process
