// SPDX-License-Identifier: Apache-2.0
// Which fragments are which frame: with every kind of offset table, right and wrong.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include "pipeline/imaging/encapsulated_frames.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/pictures.h"

namespace radfm::imaging {
namespace {

using namespace testing;

constexpr const char* jpeg_2000_uid = "1.2.840.10008.1.2.4.90";

const Picture& frames() {
  static const Picture three = picture({16, 12, 11, false}, 1, 3);
  return three;
}

// Each code stream cut into this many pieces of even length.
std::vector<ByteVector> cut(const std::vector<ByteVector>& streams, const std::vector<std::size_t>& pieces) {
  std::vector<ByteVector> fragments;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const std::size_t step = (streams[i].size() / pieces[i] + 1) & ~std::size_t{1};
    for (std::size_t piece = 0; piece < pieces[i]; ++piece) {
      const auto begin = streams[i].begin() + static_cast<std::ptrdiff_t>(piece * step);
      fragments.emplace_back(
          begin, piece + 1 == pieces[i] ? streams[i].end() : begin + static_cast<std::ptrdiff_t>(step));
    }
  }
  return fragments;
}

// Where the fragments with these indices begin.
std::vector<std::uint32_t> offsets_of(const std::vector<ByteVector>& fragments,
                                      const std::vector<std::size_t>& firsts) {
  std::vector<std::uint32_t> offsets;
  for (const std::size_t first : firsts) {
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < first; ++i)
      at += 8 + static_cast<std::uint32_t>((fragments[i].size() + 1) & ~std::size_t{1});
    offsets.push_back(at);
  }
  return offsets;
}

ByteVector file(const std::vector<ByteVector>& fragments, const std::vector<std::uint32_t>& offsets,
                const std::string& before_pixels = "") {
  return file_of_raw_data_set(header_of(frames()) + before_pixels + encapsulated(fragments, offsets),
                              jpeg_2000_uid);
}

void expect_frames(const ByteVector& bytes) {
  const auto values = decoded_values(bytes);
  ASSERT_TRUE(values.ok()) << values.error().message;
  EXPECT_EQ(*values, frames().values);
}

TEST(EncapsulatedFrames, OneFragmentForEachWhateverTheTableSays) {
  // No table, a right one, one that is off by a byte, one with an entry too few, one of nonsense.
  const auto streams = code_streams(frames(), jpeg_2000_uid);
  auto right = offsets_of(streams, {0, 1, 2});
  expect_frames(file(streams, {}));
  expect_frames(file(streams, right));
  for (auto& offset : right) ++offset;
  expect_frames(file(streams, right));
  expect_frames(file(streams, {0, 8}));
  expect_frames(file(streams, {0xFFFFFFFF, 7, 0xFFFFFFF0}));
}

TEST(EncapsulatedFrames, OddNumbersOfFragments) {
  // 1, 4 and 2 fragments of three frames, without a table, with a right and with a wrong one.
  const auto fragments = cut(code_streams(frames(), jpeg_2000_uid), {1, 4, 2});
  expect_frames(file(fragments, {}));
  expect_frames(file(fragments, offsets_of(fragments, {0, 1, 5})));
  expect_frames(file(fragments, offsets_of(fragments, {0, 2, 5})));
}

TEST(EncapsulatedFrames, EmptyFragmentsAreNone) {
  // Writers append one.
  auto fragments = code_streams(frames(), jpeg_2000_uid);
  fragments.insert(fragments.begin() + 1, ByteVector());
  fragments.emplace_back();
  expect_frames(file(fragments, {}));
}

TEST(EncapsulatedFrames, AnExtendedOffsetTable) {
  // (7FE0,0001) and (7FE0,0002) beside an empty basic table.
  const auto streams = code_streams(frames(), jpeg_2000_uid);
  const auto fragments = cut(streams, {2, 1, 3});
  const auto words = [](const std::vector<std::uint32_t>& values) {
    std::string out;
    for (std::uint32_t value : values) {
      for (int byte = 0; byte < 4; ++byte) out += static_cast<char>(value >> (8 * byte) & 0xFF);
      out.append(4, '\0');
    }
    return out;
  };
  const std::string offsets = words(offsets_of(fragments, {0, 2, 3}));
  const std::string head("\xE0\x7F\x01\x00OV\0\0\x18\0\0\0", 12),
      head_lengths("\xE0\x7F\x02\x00OV\0\0\x18\0\0\0", 12);
  expect_frames(file(fragments, {}, head + offsets + head_lengths + words({100, 100, 100})));
}

const ByteVector& bytes_of_a_fragment() {
  static const ByteVector bytes(10, 1);
  return bytes;
}

Result<EncapsulatedFrames> found(std::size_t fragments, const std::vector<std::uint64_t>& offsets,
                                 int count) {
  return EncapsulatedFrames::find(std::vector<Bytes>(fragments, bytes_of_a_fragment()), offsets, count,
                                  PixelCoding::encapsulated_native);
}

TEST(EncapsulatedFrames, ATableAloneTellsWhereCodeStreamsDoNot) {
  // Uncompressed fragments have no mark; each offset must be the beginning of a fragment.
  const auto right = found(4, {0, 36}, 2);
  ASSERT_TRUE(right.ok());
  std::vector<std::uint8_t> joined;
  EXPECT_EQ(right->stream(0, joined).size(), 20u);
  EXPECT_EQ(right->stream(1, joined).size(), 20u);
  for (const std::vector<std::uint64_t>& wrong :
       {std::vector<std::uint64_t>{0, 35}, {18, 36}, {36, 0}, {0, 0}, {0, 90}, {0}, {}, {0, 18, 36}}) {
    const auto none = found(4, wrong, 2);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().code, "broken");
  }
}

TEST(EncapsulatedFrames, FewerFragmentsThanFramesAreRefused) {
  // Two billion frames in three fragments cost nothing.
  EXPECT_FALSE(found(3, {}, 4).ok());
  EXPECT_FALSE(found(3, {}, 2'000'000'000).ok());
  EXPECT_FALSE(found(0, {}, 1).ok());
  EXPECT_TRUE(found(3, {}, 3).ok());
}

}  // namespace
}  // namespace radfm::imaging
