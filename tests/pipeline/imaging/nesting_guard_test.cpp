// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/nesting_guard.h"

#include <gtest/gtest.h>

#include <string>

#include "pipeline/imaging/dicom_source.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using namespace std::string_literals;
using testing::OpenFiles;

const std::string explicit_uid = "1.2.840.10008.1.2.1", implicit_uid = "1.2.840.10008.1.2";
const std::string item_open = "\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF"s, item_close = "\xFE\xFF\x0D\xE0\0\0\0\0"s,
                  sequence_close = "\xFE\xFF\xDD\xE0\0\0\0\0"s;

std::string repeated(const std::string& part, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += part;
  return out;
}

std::string nested_explicit(int levels) {
  return repeated("\x08\0\x15\x11SQ\0\0\xFF\xFF\xFF\xFF"s + item_open, levels) +
         repeated(item_close + sequence_close, levels);
}
std::string nested_implicit(int levels, const std::string& tag) {
  return repeated(tag + "\xFF\xFF\xFF\xFF"s + item_open, levels) +
         repeated(item_close + sequence_close, levels);
}

// Defined lengths throughout, from the inside out.
std::string nested_with_lengths(int levels, const std::string& tag) {
  const auto length = [](std::size_t n) {
    std::string out;
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(n >> shift & 0xFF);
    return out;
  };
  std::string inner;
  for (int i = 0; i < levels; ++i) {
    inner = "\xFE\xFF\x00\xE0"s + length(inner.size()) + inner;
    inner = tag + length(inner.size()) + inner;
  }
  return inner;
}

std::string code_of(const std::string& data_set, Encoding encoding, StructureLimits limits = {}) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(data_set.data());
  const auto result = check_structure({bytes, data_set.size()}, encoding, limits);
  return result ? "ok" : result.error().code;
}

TEST(NestingGuard, AllowsTheLimitAndRefusesOnePast) {
  // Sequences open at one time: 64 pass, 65 do not, however they are encoded.
  EXPECT_EQ(code_of(nested_explicit(64), Encoding::explicit_little_endian), "ok");
  EXPECT_EQ(code_of(nested_explicit(65), Encoding::explicit_little_endian), "too_nested");
  const std::string sequence_tag = "\x08\0\x15\x11"s, private_tag = "\x09\0\x15\x11"s;
  EXPECT_EQ(code_of(nested_implicit(64, sequence_tag), Encoding::implicit_little_endian), "ok");
  EXPECT_EQ(code_of(nested_implicit(65, sequence_tag), Encoding::implicit_little_endian), "too_nested");
  EXPECT_EQ(code_of(nested_with_lengths(64, sequence_tag), Encoding::implicit_little_endian), "ok");
  EXPECT_EQ(code_of(nested_with_lengths(65, sequence_tag), Encoding::implicit_little_endian), "too_nested");
  EXPECT_EQ(code_of(nested_with_lengths(65, private_tag), Encoding::implicit_little_endian), "too_nested");
}

TEST(NestingGuard, CountsElements) {
  // The element limit and one past it.
  const std::string element = "\x10\0\x10\0PN\2\0AB"s;
  EXPECT_EQ(code_of(repeated(element, 7), Encoding::explicit_little_endian, {64, 7}), "ok");
  EXPECT_EQ(code_of(repeated(element, 8), Encoding::explicit_little_endian, {64, 7}), "too_many_elements");
}

TEST(NestingGuard, RefusesLengthsThatLeaveTheirPlace) {
  // Longer than the file, longer than the item, no delimiter, a delimiter out of place.
  EXPECT_EQ(code_of("\x10\0\x10\0PN\x03\0AB"s, Encoding::explicit_little_endian), "broken");
  EXPECT_EQ(code_of("\x10\0\x10\0PN"s, Encoding::explicit_little_endian), "broken");
  EXPECT_EQ(code_of("\x08\0\x15\x11SQ\0\0\xFF\xFF\xFF\xFF"s, Encoding::explicit_little_endian), "broken");
  EXPECT_EQ(code_of(sequence_close, Encoding::explicit_little_endian), "broken");
  EXPECT_EQ(code_of("\x08\0\x15\x11SQ\0\0\x10\0\0\0\xFE\xFF\x00\xE0\x20\0\0\0ABCDEFGH"s,
                    Encoding::explicit_little_endian),
            "broken");
}

TEST(NestingGuard, RefusesTheParsersOwnVrs) {
  // Found by fuzzing: "px" is a VR of DCMTK's own, and its length has 32 bits there: two gigabytes were asked for. Illegal VRs
  // that it does not know have 16 bits, as here.
  EXPECT_EQ(code_of("\x28\0\x03\x01px\x02\0\0\0\xE0\x7F\x10\0OB\0\0"s, Encoding::explicit_little_endian), "broken");
  for (const std::string vr : {"ox", "xs", "lt", "na", "up", "it", "px", "aa", "zz"}) {
    EXPECT_EQ(code_of("\x28\0\x03\x01"s + vr + "\x02\0\0\0"s, Encoding::explicit_little_endian), "broken") << vr;
  }
  EXPECT_EQ(code_of("\x28\0\x03\x01??\x02\0\0\0"s, Encoding::explicit_little_endian), "ok");
}

TEST(NestingGuard, TakesAPrivateValueThatOnlyLooksLikeASequence) {
  // An opaque private value that begins with an item tag is skipped, and what follows is still read.
  const std::string value = "\xFE\xFF\x00\xE0\xAA\xAA\xAA\xAA\1\2\3\4"s;
  const std::string set = "\x09\0\x15\x11\x0C\0\0\0"s + value + "\x10\0\x10\0\2\0\0\0AB"s;
  EXPECT_EQ(code_of(set, Encoding::implicit_little_endian), "ok");
}

TEST(NestingGuard, ReadsBigEndianAndCutsZerosAtTheEnd) {
  // Big endian lengths, and zero bytes behind the last element are no element.
  const std::string set = "\0\x10\0\x10PN\0\2AB"s + std::string(20, '\0');
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(set.data());
  const auto result = check_structure({bytes, set.size()}, Encoding::explicit_big_endian, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 10u);
}

TEST(HostileFiles, NestedFiveThousandFoldIsNamedAndNotFatal) {
  // Every encoding of 5,000 levels (and 200,000, which would end any recursion) is left out as too_nested.
  for (const int levels : {5'000, 200'000}) {
    OpenFiles files;
    files.add(testing::file_of_raw_data_set(nested_explicit(levels), explicit_uid));
    files.add(testing::file_of_raw_data_set(nested_implicit(levels, "\x08\0\x15\x11"s), implicit_uid));
    files.add(testing::file_of_raw_data_set(nested_implicit(levels, "\x09\0\x15\x11"s), implicit_uid));
    const StudyReading reading = testing::read(files);
    ASSERT_EQ(reading.left_out.size(), 3u);
    for (const auto& entry : reading.left_out) EXPECT_EQ(entry.code, "too_nested");
  }
}

TEST(HostileFiles, TheOptionMovesTheLimit) {
  // nesting_max of the options is what counts.
  OpenFiles files;
  files.add(testing::file_of_raw_data_set(nested_explicit(5), explicit_uid));
  ReadOptions options;
  options.nesting_max = 4;
  EXPECT_EQ(testing::only_code(testing::read(files, options)), "too_nested");
  options.nesting_max = 5;
  EXPECT_NE(testing::only_code(testing::read(files, options)), "too_nested");
}

TEST(HostileFiles, EachTruncationIsSurvived) {
  // A good file cut at every byte is either still an image or left out; nothing crashes.
  const auto whole = testing::file_bytes(testing::Image());
  OpenFiles files;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    files.add(std::vector<std::uint8_t>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  const StudyReading reading = testing::read(files);
  EXPECT_TRUE(reading.volumes.empty());
  EXPECT_FALSE(reading.left_out.empty());
}

TEST(HostileFiles, EachFlippedByteIsSurvived) {
  // A good file with one byte changed, for every byte: read or left out, never a crash.
  const auto whole = testing::file_bytes(testing::Image());
  for (const std::uint8_t flip : {0xFF, 0x01, 0x80}) {
    OpenFiles files;
    for (std::size_t at = 128; at < whole.size(); ++at) {
      auto changed = whole;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ flip);
      files.add(changed);
    }
    EXPECT_FALSE(testing::read(files).left_out.empty());
  }
}

TEST(HostileFiles, FileSizeLimitAndOnePast) {
  // The size limit is inclusive; the reason names it.
  const auto bytes = testing::file_bytes(testing::Image());
  OpenFiles files;
  files.add(bytes);
  StudyLimits limits;
  limits.file_bytes_max = static_cast<std::int64_t>(bytes.size());
  EXPECT_EQ(testing::read(files, {}, limits).volumes.size(), 1u);
  limits.file_bytes_max -= 1;
  EXPECT_EQ(testing::only_code(testing::read(files, {}, limits)), "file_too_large");
}

}  // namespace
}  // namespace radfm::imaging
