// SPDX-License-Identifier: Apache-2.0
// radfm-reader itself, through the client that the worker uses.
#include <gtest/gtest.h>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>

#include "core/attribute_set.h"
#include "pipeline/imaging/reader_client.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/small_pdf.h"

namespace radfm::imaging {
namespace {

using testing::Image;
using testing::OpenFiles;

Result<StudyReading> read_in_process(OpenFiles& files, const ReadOptions& options,
                                     std::int64_t memory_max_mb = 2'048) {
  std::vector<StudyFile> study;
  for (auto& descriptor : files.descriptors())
    study.push_back({std::move(descriptor), std::to_string(study.size())});
  ReaderLimits limits;
  limits.program = RADFM_READER_PROGRAM;
  limits.memory_max_mb = memory_max_mb;
  return read_study(study, options, limits);
}

// The reader's memory limit is one of address space, of which the address sanitizer takes terabytes.
class ReaderProcess : public ::testing::Test {
 protected:
#if defined(__SANITIZE_ADDRESS__)
  void SetUp() override {
    GTEST_SKIP() << "the reader's address space limit does not fit the address sanitizer";
  }
#endif
};

TEST_F(ReaderProcess, GivesWhatReadingInProcessGives) {
  // Two slices and a report over the channel: description, display, values and header arrive whole.
  Image first, second;
  first.change = [](DcmDataset& set) {
    set.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 100");
    set.putAndInsertString(DCM_PatientName,
                           "R\xFC"
                           "diger");
  };
  second.change = first.change;
  second.sop_uid = "1.2.3.4.5.2";
  second.position = "0\\0\\5";
  ReadOptions options;
  options.values = true;
  OpenFiles files, again;
  for (const auto& image : {first, second}) files.add(image), again.add(image);
  const auto reading = read_in_process(files, options);
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  const auto direct = testing::read(again, options);
  ASSERT_EQ(reading->pixels.size(), 1u);
  EXPECT_EQ(reading->pixels[0].display, direct.pixels.at(0).display);
  EXPECT_EQ(reading->pixels[0].values, direct.pixels.at(0).values);
  EXPECT_EQ(reading->volumes[0].affine, direct.volumes[0].affine);
  EXPECT_EQ(reading->header, direct.header);
  EXPECT_EQ(attribute_value(reading->header, 0x00100010), "Rüdiger");
}

TEST_F(ReaderProcess, ConvertsCharacterSetsInsideItsSandbox) {
  // The C library opens its conversion tables when they are first needed: after the rights are gone.
  Image image;
  image.change = [](DcmDataset& set) {
    set.putAndInsertString(DCM_SpecificCharacterSet, "\\ISO 2022 IR 149");
    set.putAndInsertString(DCM_PatientName, "\x1B$)C\xB1\xE8\xC8\xF1\xC1\xDF");
  };
  OpenFiles files;
  files.add(image);
  const auto reading = read_in_process(files, {});
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  EXPECT_EQ(attribute_value(reading->header, 0x00100010), "김희중");
}

TEST_F(ReaderProcess, ThePdfOfAReportIsReadOutsideTheReader) {
  // The bytes leave the reader in shared memory, the text comes of another process; not when nobody asked.
  std::string pdf = testing::small_pdf({"Findings: clear lungs."});
  if (pdf.size() % 2 != 0) pdf.push_back('\n');
  DcmDataset set;
  set.putAndInsertString(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.104.1");
  set.putAndInsertString(DCM_SOPInstanceUID, "1.2.3.4.8.1");
  set.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.4");
  set.putAndInsertString(DCM_SeriesInstanceUID, "1.2.3.4.8");
  set.putAndInsertUint8Array(DCM_EncapsulatedDocument, reinterpret_cast<const Uint8*>(pdf.data()), pdf.size());
  OpenFiles files, again;
  for (OpenFiles* both : {&files, &again}) both->add(testing::file_bytes(set)), both->add(Image{});
  ReadOptions options;
  options.documents = true;
  const auto reading = read_in_process(files, options);
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  ASSERT_EQ(reading->reports.size(), 1u);
  EXPECT_EQ(reading->reports[0].text.substr(0, 22), "Findings: clear lungs.") << reading->reports[0].text_missing;
  EXPECT_EQ(reading->pixels.size(), 1u);
  const auto without = read_in_process(again, {});
  ASSERT_TRUE(without.ok());
  EXPECT_EQ(without->reports.at(0).text, "");
}

TEST_F(ReaderProcess, SurvivesGarbage) {
  // 400 files of noise and one image.
  OpenFiles files;
  for (int i = 0; i < 400; ++i) files.add(std::vector<std::uint8_t>(200, static_cast<std::uint8_t>(i)));
  files.add(Image());
  const auto reading = read_in_process(files, {});
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  EXPECT_EQ(reading->volumes.size(), 1u);
  EXPECT_FALSE(reading->left_out.empty());
}

TEST_F(ReaderProcess, DamagedCompressedFilesCostAtMostTheirReader) {
  // RLE and JPEG-LS files with random bytes changed (fixed seed): the answer is a reading, or a named end of
  // the reader.
  if (testing::reference_folder().empty()) GTEST_SKIP() << "needs data/dicom in RADFM_SHARED";
  constexpr unsigned seed = 2'026;
  std::mt19937 random(seed);
  for (const char* name : {"MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm"}) {
    std::ifstream stream(testing::reference_folder() + "/" + name, std::ios::binary);
    const std::vector<std::uint8_t> whole{std::istreambuf_iterator<char>(stream), {}};
    for (int i = 0; i < 20; ++i) {
      auto bytes = whole;
      for (int k = 0; k < 5; ++k)
        bytes[1'500 + random() % (bytes.size() - 1'500)] = static_cast<std::uint8_t>(random());
      OpenFiles files;
      files.add(bytes);
      const auto reading = read_in_process(files, {});
      EXPECT_TRUE(reading.ok() || reading.error().error_class == ErrorClass::poison)
          << name << ", seed " << seed << ", copy " << i;
    }
  }
}

TEST_F(ReaderProcess, MemoryLimitIsAnErrorAndNoCrash) {
  // A file that does not fit into what the reader was given.
  OpenFiles files;
  Image large;
  large.rows = large.columns = 1'500;
  for (int i = 0; i < 40; ++i) {
    large.sop_uid = "1.2.3.4.5." + std::to_string(i + 1);
    large.position = "0\\0\\" + std::to_string(i);
    files.add(large);
  }
  const auto reading = read_in_process(files, {}, 150);
  ASSERT_FALSE(reading.ok());
  EXPECT_EQ(reading.error().code, "out_of_memory");
  EXPECT_EQ(reading.error().error_class, ErrorClass::poison);
}

TEST_F(ReaderProcess, TheLargestFileFitsIntoItsMemoryAndOneByteMoreIsRefused) {
  // A loop of black frames in a sparse file: that there is nothing to see in it is known only after it was decoded.
  constexpr int side = 512, frames = 1'150;
  Image loop;
  loop.sop_class = "1.2.840.10008.5.1.4.1.1.3.1";
  loop.modality = "US";
  loop.change = [](DcmDataset& set) {
    set.putAndInsertUint16(DCM_Rows, side);
    set.putAndInsertUint16(DCM_Columns, side);
    set.putAndInsertString(DCM_NumberOfFrames, std::to_string(frames).c_str());
    set.findAndDeleteElement(DCM_PixelData);
  };
  std::vector<std::uint8_t> start = testing::file_bytes(loop);
  const std::int64_t limit = StudyLimits().file_bytes_max;
  const auto code = [&](std::int64_t file_bytes) {
    const auto pixel_bytes = static_cast<std::uint32_t>(limit - static_cast<std::int64_t>(start.size()) - 12);
    std::vector<std::uint8_t> bytes = start;
    for (const int byte : {0xE0, 0x7F, 0x10, 0x00, int{'O'}, int{'W'}, 0, 0}) bytes.push_back(static_cast<std::uint8_t>(byte));
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(pixel_bytes >> shift));
    OpenFiles files;
    files.add(bytes);
    EXPECT_EQ(ftruncate(files.inputs().front().fd, file_bytes), 0);
    const auto reading = read_in_process(files, {});
    return reading ? testing::only_code(*reading) : reading.error().code;
  };
  EXPECT_EQ(code(limit), "blank_image");
  EXPECT_EQ(code(limit + 1), "file_too_large");
}

}  // namespace
}  // namespace radfm::imaging
