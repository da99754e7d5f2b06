// SPDX-License-Identifier: Apache-2.0
#include "worker/part10_file.h"

#include <gtest/gtest.h>

#include "tests/worker/fakes.h"

namespace radfm::worker {
namespace {

// The names in the meta header, and where the data set begins.
TEST(ViewPart10, FindsTheDataSet) {
  const std::vector<std::uint8_t> bytes = test::part10("1.2.3", "content");
  const std::optional<Part10File> file = view_part10(bytes);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->sop_instance_uid, "1.2.3");
  EXPECT_EQ(file->transfer_syntax_uid, "1.2.840.10008.1.2.1");
  EXPECT_EQ(file->data_set.size(), 4 + std::string("content").size());
}

// Whatever is cut off, nothing is read beyond the end and no half header is taken for a whole one.
TEST(ViewPart10, TakesAnyPrefix) {
  const std::vector<std::uint8_t> bytes = test::part10("1.2.3", "");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::uint8_t> cut(bytes.begin(), bytes.begin() + std::ptrdiff_t(size));
    const std::optional<Part10File> file = view_part10(cut);
    if (file) {
      EXPECT_LE(file->data_set.size(), bytes.size());
    }
  }
}

// A length that lies beyond the file.
TEST(ViewPart10, RefusesALengthBeyondTheEnd) {
  std::vector<std::uint8_t> bytes = test::part10("1.2.3", "content");
  bytes[132 + 6] = 0xff;
  bytes[132 + 7] = 0xff;
  EXPECT_FALSE(view_part10(bytes).has_value());
}

// The meta header may differ, nothing else.
TEST(SameObject, ComparesDataSets) {
  EXPECT_TRUE(same_object(test::part10("1.2", "a"), test::part10("1.2", "a", "OTHER")));
  EXPECT_FALSE(same_object(test::part10("1.2", "a"), test::part10("1.2", "b")));
  EXPECT_FALSE(same_object({}, {}));
}

}  // namespace
}  // namespace radfm::worker
