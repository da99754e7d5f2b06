// SPDX-License-Identifier: Apache-2.0
// Every decoder inside radfm-reader: behind its sandbox and within its memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "pipeline/imaging/reader_client.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/pictures.h"

namespace radfm::imaging {
namespace {

using namespace testing;

constexpr const char* syntaxes[] = {
    "1.2.840.10008.1.2",      "1.2.840.10008.1.2.2",    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201",
};
constexpr std::size_t first_compressed = 3;

Picture slice(std::size_t index) {
  Picture out = picture({16, 12, 11, false});
  out.sop_uid = "1.2.3.4.5." + std::to_string(index + 1);
  out.position = "0\\0\\" + std::to_string(index * 2);
  return out;
}

ByteVector file_in(std::size_t index) {
  return index < first_compressed ? uncompressed_file(slice(index), syntaxes[index])
                                  : compressed_file(slice(index), syntaxes[index]);
}

Result<StudyReading> read_in_process(OpenFiles& files) {
  std::vector<StudyFile> study;
  for (auto& descriptor : files.descriptors())
    study.push_back({std::move(descriptor), std::to_string(study.size())});
  ReaderLimits limits;
  limits.program = RADFM_READER_PROGRAM;
  limits.memory_max_mb = 512;
  ReadOptions options;
  options.values = true;
  return read_study(study, options, limits);
}

class DecodersInReader : public ::testing::Test {
 protected:
#if defined(__SANITIZE_ADDRESS__)
  void SetUp() override {
    GTEST_SKIP() << "the reader's address space limit does not fit the address sanitizer";
  }
#endif
};

TEST_F(DecodersInReader, OneStackOfEverySyntaxHasTheSameSlices) {
  // The same picture in nine syntaxes is nine equal slices of one volume.
  OpenFiles files;
  for (std::size_t i = 0; i < std::size(syntaxes); ++i) files.add(file_in(i));
  const auto reading = read_in_process(files);
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  for (const auto& left : reading->left_out) ADD_FAILURE() << left.code << ": " << left.reason;
  ASSERT_EQ(reading->volumes.size(), 1u);
  ASSERT_EQ(reading->volumes[0].depth, static_cast<int>(std::size(syntaxes)));
  const auto& values = reading->pixels[0].values;
  const std::size_t pixels = slice(0).values.size();
  ASSERT_EQ(values.size(), pixels * std::size(syntaxes));
  for (std::size_t i = 1; i < std::size(syntaxes); ++i) {
    EXPECT_TRUE(std::equal(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(pixels),
                           values.begin() + static_cast<std::ptrdiff_t>(pixels * i)))
        << syntaxes[i];
  }
}

TEST_F(DecodersInReader, SlicesThatAreCutOffAreLeftOutAndTheRestIsRead) {
  // Six files whose code streams end in the middle, and two whole ones.
  OpenFiles files;
  for (std::size_t i = 1; i < first_compressed; ++i) files.add(file_in(i));
  for (std::size_t i = first_compressed; i < std::size(syntaxes); ++i) {
    ByteVector stream = first_fragment(file_in(i));
    stream.resize(stream.size() / 2);
    files.add(file_of_raw_data_set(header_of(slice(i)) + encapsulated({stream}), syntaxes[i]));
  }
  const auto reading = read_in_process(files);
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  ASSERT_EQ(reading->volumes.size(), 1u);
  EXPECT_EQ(reading->volumes[0].depth, 2);
  int left_out = 0;
  for (const auto& left : reading->left_out) {
    EXPECT_EQ(left.code, "broken") << left.reason;
    left_out += left.instances;
  }
  EXPECT_EQ(left_out, static_cast<int>(std::size(syntaxes) - first_compressed));
}

}  // namespace
}  // namespace radfm::imaging
