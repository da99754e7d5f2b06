// SPDX-License-Identifier: Apache-2.0
// Real files of other projects: what becomes of them. Their values: reference_frames_test.cpp.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/attribute_set.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using testing::OpenFiles;
using testing::reference_folder;

#define NEEDS_REFERENCE_FILES() \
  if (reference_folder().empty()) GTEST_SKIP() << "needs data/dicom in RADFM_SHARED"

StudyReading read_file(const std::string& name) {
  OpenFiles files;
  files.add_path(reference_folder() + "/" + name);
  return testing::read(files);
}

TEST(ReferenceFiles, EachOtherFileIsLeftOutWithItsCode) {
  // What is no image that can be shown is named, and whether that is by policy; nothing crashes.
  NEEDS_REFERENCE_FILES();
  const std::map<std::string, std::pair<std::string, bool>> expected = {
      {"MR_truncated.dcm", {"broken", false}},
      {"no_meta.dcm", {"not_dicom", false}},
      {"DICOMDIR", {"not_an_image", true}},
      {"waveform_ecg.dcm", {"not_an_image", true}},
      {"emri_small.dcm", {"no_geometry", false}},
      {"image_dfl.dcm", {"secondary_capture", true}},
      {"JPEG-LL.dcm", {"secondary_capture", true}},
      {"liver_1frame.dcm", {"segmentation", true}},
      {"rtdose.dcm", {"radiotherapy", true}},
      {"badVR.dcm", {"radiotherapy", true}},
      {"UN_sequence.dcm", {"no_uid", false}},
      {"chrKoreanMulti.dcm", {"no_pixels", false}},
      {"nibabel_slicethickness_empty_string.dcm", {"derived_reformat", true}},
  };
  for (const auto& [name, outcome] : expected) {
    SCOPED_TRACE(name);
    const StudyReading reading = read_file(name);
    ASSERT_EQ(reading.left_out.size(), 1u);
    EXPECT_EQ(reading.left_out.front().code, outcome.first);
    EXPECT_EQ(reading.left_out.front().by_policy, outcome.second);
    EXPECT_FALSE(reading.left_out.front().reason.empty());
    EXPECT_TRUE(reading.volumes.empty());
  }
}

TEST(ReferenceFiles, UltrasoundIsAPictureInColours) {
  // RGB, palette, JPEG and JPEG 2000 colours, single frames and loops; three of them say where their picture is.
  NEEDS_REFERENCE_FILES();
  for (const char* name : {"ExplVR_BigEnd.dcm", "US1_J2KI.dcm", "OBXXXX1A_rle.dcm", "examples_ybr_color.dcm", "color-px.dcm",
                           "examples_palette.dcm", "OBXXXX1A_2frame.dcm", "gdcm-US-ALOKA-16.dcm"}) {
    SCOPED_TRACE(name);
    const StudyReading reading = read_file(name);
    ASSERT_EQ(reading.volumes.size(), 1u);
    const auto& volume = reading.volumes.front();
    EXPECT_EQ(volume.channels, 3);
    EXPECT_EQ(volume.kind, VolumeKind::radiograph);
    EXPECT_FALSE(volume.notes.empty());
    EXPECT_EQ(reading.pixels.front().display.size(), std::size_t(volume.width) * volume.height * 3);
  }
}

TEST(ReferenceFiles, OneImageInSevenEncodingsIsOneDisplay) {
  // The same MR slice, native in three byte layouts, padded, RLE, JPEG-LS and JPEG 2000, gives the same 8-bit
  // picture.
  NEEDS_REFERENCE_FILES();
  const auto first = read_file("MR_small.dcm");
  ASSERT_EQ(first.pixels.size(), 1u);
  EXPECT_EQ(first.volumes.front().window, "percentile 1 to 99");
  for (const char* name :
       {"MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_padded.dcm", "MR_small_RLE.dcm",
        "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm"}) {
    SCOPED_TRACE(name);
    const auto other = read_file(name);
    ASSERT_EQ(other.pixels.size(), 1u);
    EXPECT_EQ(other.pixels.front().display, first.pixels.front().display);
  }
}

TEST(ReferenceFiles, NamesOfAllCharacterSetsBecomeUtf8) {
  // Patient Name of each file as its project says it reads.
  NEEDS_REFERENCE_FILES();
  std::ifstream stream(reference_folder() + "/expected.json");
  int compared = 0;
  for (const auto& entry : nlohmann::json::parse(stream)) {
    if (!entry.contains("PatientName") || !entry["PatientName"].is_string()) continue;
    const std::string name = entry["file"].get<std::string>();
    if (name.rfind("chr", 0) != 0) continue;
    SCOPED_TRACE(name);
    std::string read = attribute_value(read_file(name).header, 0x00100010);
    while (!read.empty() && read.back() == '=')
      read.pop_back();  // an empty phonetic group, which the list leaves out
    EXPECT_EQ(read, entry["PatientName"].get<std::string>());
    ++compared;
  }
  EXPECT_GE(compared, 5);
}

TEST(ReferenceFiles, FourSlicesAreOneStackFeetToHead) {
  // The CT series of four is one volume, bottom slice first, with its spacing from the positions.
  NEEDS_REFERENCE_FILES();
  OpenFiles files;
  for (const char* name :
       {"77654033_CT2_17136", "77654033_CT2_17196", "77654033_CT2_17106", "77654033_CT2_17166"}) {
    files.add_path(reference_folder() + "/" + name);
  }
  const auto reading = testing::read(files);
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes[0].depth, 4);
  EXPECT_GT(reading.volumes[0].affine[10], 0);
  EXPECT_TRUE(reading.left_out.empty());
  EXPECT_TRUE(reading.disagreements.empty());
}

TEST(ReferenceFiles, AReportIsReadAsText) {
  // A Comprehensive SR of many levels gives its title, flags and headings.
  NEEDS_REFERENCE_FILES();
  const auto reading = read_file("test-SR.dcm");
  ASSERT_EQ(reading.reports.size(), 1u);
  EXPECT_EQ(reading.reports.front().title, "Diagnosis");
  EXPECT_FALSE(reading.reports.front().text.empty());
  EXPECT_FALSE(reading.reports.front().ours);
}

}  // namespace
}  // namespace radfm::imaging
