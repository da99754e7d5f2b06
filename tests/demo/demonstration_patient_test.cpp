// SPDX-License-Identifier: Apache-2.0
#include "demo/demonstration_patient.h"

#include <gtest/gtest.h>

#include <map>

#include "core/digest.h"
#include "demo/dicom_writer.h"
#include "tests/support/outside_program.h"

namespace radfm::demo {
namespace {

using test::find_outside_program;
using test::run_outside_program;
namespace fs = std::filesystem;

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    files[fs::relative(entry.path(), folder).string()] = bytes.str();
  }
  return files;
}

// Every line of dciodvfy's that complains about a file below the folder.
std::string complaints(const fs::path& folder) {
  std::string found;
  for (const auto& [name, bytes] : contents(folder)) {
    const auto run = run_outside_program({find_outside_program("dciodvfy"), "-new", (folder / name).string()});
    for (const char* prefix : {"Error", "Warning"}) {
      for (const auto& line : test::lines_starting(run.output, prefix)) found += name + ": " + line + "\n";
    }
    if (run.output.find("Image") == std::string::npos) found += name + ": " + run.output + "\n";
  }
  return found;
}

TEST(DemonstrationPatient, IsTheSameEachTime) {
  // Aim: one seed, one set of bytes; another seed, other UIDs everywhere.
  test::TemporaryFolder first, second, other;
  ASSERT_TRUE(write_demonstration_patient(first.path(), 7).ok());
  ASSERT_TRUE(write_demonstration_patient(second.path(), 7).ok());
  ASSERT_TRUE(write_demonstration_patient(other.path(), 8).ok());
  const auto files = contents(first.path());
  EXPECT_EQ(files.size(), 2u + ct_slices);
  EXPECT_TRUE(files == contents(second.path()));
  for (const auto& [name, bytes] : contents(other.path())) EXPECT_TRUE(files.at(name) != bytes) << name;
}

TEST(DemonstrationPatient, IsValidDicom) {
  // Aim: dciodvfy has nothing to say about any file, dcentvfy finds one patient and three studies that agree.
  if (find_outside_program("dciodvfy").empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  test::TemporaryFolder folder;
  ASSERT_TRUE(write_demonstration_patient(folder.path(), 1).ok());
  EXPECT_EQ(complaints(folder.path()), "");
  if (find_outside_program("dcentvfy").empty()) GTEST_SKIP() << "dcentvfy (dicom3tools) is not installed";
  std::vector<std::string> command = {find_outside_program("dcentvfy")};
  for (const auto& [name, bytes] : contents(folder.path())) command.push_back((folder.path() / name).string());
  EXPECT_TRUE(test::lines_starting(run_outside_program(command).output, "Error").empty());
}

TEST(DemonstrationPatient, PixelsAreWhatTheDrawingSays) {
  // Aim: an independent reader finds nodule, sides, Hounsfield units and geometry where they were drawn.
  const std::string python = test::find_python();
  if (python.empty()) GTEST_SKIP() << "the Python environment in .deps is not set up";
  test::TemporaryFolder folder;
  ASSERT_TRUE(write_demonstration_patient(folder.path(), 1).ok());
  const auto run = run_outside_program({python, "tests/demo/read_patient.py", folder.path().string()});
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

TEST(SmallStudies, AreDistinctAndValid) {
  // Aim: as many patients and studies as asked for, each valid.
  test::TemporaryFolder folder;
  ASSERT_TRUE(write_small_studies(folder.path(), 3, 5).ok());
  const auto files = contents(folder.path());
  ASSERT_EQ(files.size(), 5u);
  for (int i = 1; i <= 5; ++i) {
    const std::string number = "0000" + std::to_string(i);
    const std::string& bytes = files.at("study-" + number + ".dcm");
    EXPECT_NE(bytes.find("STORM-3-" + number), std::string::npos);
    EXPECT_NE(bytes.find(uid_from_name("demonstration|3|small|" + number + "|study")), std::string::npos);
  }
  if (find_outside_program("dciodvfy").empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  EXPECT_EQ(complaints(folder.path()), "");
}

TEST(DicomWriter, WritesEachModalityValid) {
  // Aim: the objects that other tests build are themselves without fault, with names in UTF-8 and oblique geometry.
  if (find_outside_program("dciodvfy").empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  test::TemporaryFolder folder;
  int number = 0;
  for (const Modality modality : {Modality::cr, Modality::ct, Modality::mr}) {
    Patient patient;
    patient.name = "Müller^Jörg";
    patient.character_set = "ISO_IR 192";
    const Study study{uid_from_name("writer study"), "20260311", "101500", "A1", "S1", ""};
    Series series;
    series.uid = uid_from_name("writer series " + std::to_string(number));
    series.modality = modality;
    Image image;
    image.sop_instance_uid = uid_from_name("writer image " + std::to_string(number));
    image.orientation = {0.8, 0.6, 0, -0.6, 0.8, 0};
    image.position_mm = {-10.25, 3.5, 100};
    image.pixel = [](int column, int row) { return column * 1000 - row * 1000; };  // beyond both ends of the range
    const auto path = folder.path() / (std::to_string(++number) + ".dcm");
    ASSERT_TRUE(save_instance(path, patient, study, series, image).ok());
  }
  EXPECT_EQ(complaints(folder.path()), "");
}

TEST(DicomWriter, AFolderThatIsNotThereIsAnError) {
  // Aim: a disk that refuses is a transient error with the path in it.
  const auto saved = save_instance("/nowhere/at/all.dcm", Patient{}, Study{}, Series{}, Image{});
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code, "file_not_written");
  EXPECT_NE(saved.error().message.find("/nowhere/at/all.dcm"), std::string::npos);
}

}  // namespace
}  // namespace radfm::demo
