// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/data_elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace radfm::scu {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ::testing::ElementsAre;

constexpr std::uint32_t undefined_length = 0xFFFFFFFF;

void put(Bytes& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
void put_tag(Bytes& bytes, std::uint32_t tag) {
  put(bytes, tag >> 16, 2);
  put(bytes, tag & 0xFFFF, 2);
}
Bytes implicit_element(std::uint32_t tag, std::string_view value, std::uint32_t length) {
  Bytes bytes;
  put_tag(bytes, tag);
  put(bytes, length, 4);
  bytes.insert(bytes.end(), value.begin(), value.end());
  return bytes;
}
Bytes implicit_element(std::uint32_t tag, std::string_view value) {
  return implicit_element(tag, value, static_cast<std::uint32_t>(value.size()));
}
Bytes explicit_element(std::uint32_t tag, std::string_view vr, std::string_view value) {
  Bytes bytes;
  put_tag(bytes, tag);
  bytes.insert(bytes.end(), vr.begin(), vr.end());
  put(bytes, static_cast<std::uint32_t>(value.size()), 2);
  bytes.insert(bytes.end(), value.begin(), value.end());
  return bytes;
}
Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// "tag/sequence/depth=value" of each element, or "broken".
std::vector<std::string> read(const Bytes& bytes, Encoding encoding) {
  std::vector<std::string> found;
  const Status walked = walk_elements(bytes, encoding, [&](const DataElement& element) {
    char text[64];
    std::snprintf(text, sizeof text, "%08X/%08X/%zu=", element.tag, element.sequence, element.depth);
    found.push_back(text + text_of(element));
    return true;
  });
  if (!walked) found.push_back("broken");
  return found;
}

TEST(DataElements, BothEncodings) {
  // Aim: the same elements from implicit and explicit VR, padding cut.
  EXPECT_THAT(read(implicit_element(0x00080020, "20250101") +
                       implicit_element(0x0020000D, std::string_view("1.2.3\0", 6)),
                   Encoding::implicit_little),
              ElementsAre("00080020/00000000/0=20250101", "0020000D/00000000/0=1.2.3"));
  EXPECT_THAT(read(explicit_element(0x00080020, "DA", "20250101") + explicit_element(0x00100020, "LO", "A "),
                   Encoding::explicit_little),
              ElementsAre("00080020/00000000/0=20250101", "00100020/00000000/0=A"));
}

TEST(DataElements, SequencesOfBothKindsOfLength) {
  // Aim: items with and without an end, what stands in them, and what follows the sequence.
  const Bytes inner = implicit_element(0x00081155, "1.2");
  const std::uint32_t size = static_cast<std::uint32_t>(inner.size());
  const Bytes open = implicit_element(0x00081140, "", undefined_length) +
                     implicit_element(0xFFFEE000, "", undefined_length) + inner +
                     implicit_element(0xFFFEE00D, "") + implicit_element(0xFFFEE000, "", size) + inner +
                     implicit_element(0xFFFEE0DD, "");
  const Bytes closed =
      implicit_element(0x00081199, "", size + 8) + implicit_element(0xFFFEE000, "", size) + inner;
  for (const Bytes& sequence : {open, open + closed}) {
    EXPECT_EQ(read(sequence + implicit_element(0x00100020, "A"), Encoding::implicit_little).back(),
              "00100020/00000000/0=A");
  }
  EXPECT_THAT(read(open, Encoding::implicit_little),
              ElementsAre("00081155/00081140/1=1.2", "00081155/00081140/1=1.2"));
  EXPECT_THAT(read(closed, Encoding::implicit_little), ElementsAre("00081155/00081199/1=1.2"));
}

TEST(DataElements, NestingHasALimit) {
  // Aim: at the limit all is read, one deeper nothing is; ten thousand levels cost no stack.
  const auto nested = [](std::size_t depth) {
    Bytes bytes;
    for (std::size_t i = 0; i < depth; ++i) {
      bytes = bytes + implicit_element(0x00081140, "", undefined_length) +
              implicit_element(0xFFFEE000, "", undefined_length);
    }
    bytes = bytes + implicit_element(0x00081155, "1.2");
    for (std::size_t i = 0; i < depth; ++i)
      bytes = bytes + implicit_element(0xFFFEE00D, "") + implicit_element(0xFFFEE0DD, "");
    return bytes;
  };
  EXPECT_THAT(read(nested(nesting_depth_max), Encoding::implicit_little),
              ElementsAre("00081155/00081140/32=1.2"));
  EXPECT_THAT(read(nested(nesting_depth_max + 1), Encoding::implicit_little), ElementsAre("broken"));
  EXPECT_THAT(read(nested(2'000), Encoding::implicit_little), ElementsAre("broken"));
}

TEST(DataElements, LyingLengthsAreBroken) {
  // Aim: an element longer than the bytes, than its item, an item outside, an end too many, half a header.
  EXPECT_THAT(read(implicit_element(0x00080020, "2025", 5), Encoding::implicit_little),
              ElementsAre("broken"));
  EXPECT_THAT(read(implicit_element(0x00081199, "", 16) + implicit_element(0xFFFEE000, "", 8) +
                       implicit_element(0x00081155, "1.", 2),
                   Encoding::implicit_little),
              ElementsAre("broken"));
  EXPECT_THAT(read(implicit_element(0xFFFEE000, ""), Encoding::implicit_little), ElementsAre("broken"));
  EXPECT_THAT(read(implicit_element(0xFFFEE00D, ""), Encoding::implicit_little), ElementsAre("broken"));
  EXPECT_THAT(read(implicit_element(0xFFFEE0DD, ""), Encoding::implicit_little), ElementsAre("broken"));
  EXPECT_THAT(read(implicit_element(0x00081140, "", undefined_length), Encoding::implicit_little),
              ElementsAre("broken"));
  EXPECT_THAT(read(Bytes(7, 0), Encoding::implicit_little), ElementsAre("broken"));
  EXPECT_THAT(read(explicit_element(0x7FE00000, "OB", "abcd"), Encoding::explicit_little),
              ElementsAre("broken"));
  EXPECT_THAT(read({}, Encoding::implicit_little), ElementsAre());
}

TEST(DataElements, PixelDataEndsTheWalk) {
  // Aim: what stands in encapsulated pixel data is nobody's element.
  const Bytes bytes = implicit_element(0x00280010, "ab") +
                      implicit_element(0x7FE00010, "", undefined_length) + Bytes{1, 2, 3};
  EXPECT_THAT(read(bytes, Encoding::implicit_little), ElementsAre("00280010/00000000/0=ab"));
}

TEST(DataElements, EncodingsOfTransferSyntaxes) {
  // Aim: big endian and deflated are not read; compressed ones are explicit VR.
  EXPECT_EQ(encoding_of("1.2.840.10008.1.2"), Encoding::implicit_little);
  EXPECT_EQ(encoding_of("1.2.840.10008.1.2.4.90"), Encoding::explicit_little);
  EXPECT_EQ(encoding_of("1.2.840.10008.1.2.2"), std::nullopt);
  EXPECT_EQ(encoding_of("1.2.840.10008.1.2.1.99"), std::nullopt);
}

}  // namespace
}  // namespace radfm::scu
