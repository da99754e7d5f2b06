// SPDX-License-Identifier: Apache-2.0
// The finished file in the hands of programs that others wrote: dciodvfy, dsrdump, pydicom and highdicom. Each test runs for
// each of the four SR classes. Drafts of many sources and texts: generated_jobs_test.cpp.
#include <gtest/gtest.h>

#include <random>

#include "pipeline/report/draft_report.h"
#include "tests/pipeline/report/sample_draft.h"
#include "tests/support/outside_program.h"

namespace radfm::report {
namespace {

using test::find_outside_program;
using test::run_outside_program;

// As dciodvfy calls the IOD that it found.
const char* iod_name(SrClass sr_class) {
  switch (sr_class) {
    case SrClass::basic_text: return "BasicTextSR";
    case SrClass::enhanced: return "EnhancedSR";
    case SrClass::comprehensive: return "ComprehensiveSR";
    case SrClass::comprehensive_3d: return "Comprehensive3DSR";
  }
  return "";
}

class Validators : public ::testing::TestWithParam<SrClass> {
 protected:
  static DraftContent sample() {
    DraftContent content = sample_draft();
    content.sop_class = GetParam();
    return content;
  }
  // Every complaint of dciodvfy and dsrdump about the draft, as text.
  std::string complaints(const DraftContent& content) {
    const auto report = build_draft(content);
    if (!report) return report.error().code + ": " + report.error().message;
    const std::string file = (folder_.path() / "draft.dcm").string();
    test::write_file(file, report->dicom);
    std::string found;
    const auto verified = run_outside_program({find_outside_program("dciodvfy"), "-new", file});
    for (const char* prefix : {"Error", "Warning"}) {
      for (const std::string& line : test::lines_starting(verified.output, prefix)) found += line + "\n";
    }
    if (test::lines_starting(verified.output, iod_name(content.sop_class)).size() != 1) found += "dciodvfy: another IOD\n";
    const auto dumped = run_outside_program({find_outside_program("dsrdump"), "+Pl", file});
    if (dumped.exit_code != 0) found += "dsrdump failed\n";
    for (const std::string& line : test::lines_starting(dumped.output, "E:")) found += line + "\n";
    for (const std::string& line : test::lines_starting(dumped.output, "W:")) {
      if (line.find("does not support this Specific Character Set") == std::string::npos) found += line + "\n";
    }
    return found;
  }
  void SetUp() override {
    if (find_outside_program("dciodvfy").empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
    if (find_outside_program("dsrdump").empty()) GTEST_SKIP() << "dsrdump (dcmtk) is not installed";
  }
  test::TemporaryFolder folder_;
};

TEST_P(Validators, AcceptTheWholeDraft) {
  // Aim: not one error or warning for a draft that uses every section.
  EXPECT_EQ(complaints(sample()), "");
}

TEST_P(Validators, AcceptARevisionThatIsComplete) {
  // Aim: predecessor, revision 2 and the COMPLETE flag of sites that need it.
  DraftContent content = sample();
  content.revision = 2;
  content.completion_flag = "COMPLETE";
  for (const SrClass first : sr_classes) {  // the configuration may have said something else then
    content.predecessors = {{uid_from_name("test study"), uid_from_name("first series"), std::string(sop_class_uid_of(first)),
                             uid_from_name("first draft")}};
    EXPECT_EQ(complaints(content), "") << to_string(first);
  }
}

TEST_P(Validators, AcceptEachModalityAndRegion) {
  // Aim: the rows that depend on modality and region, an unknown of both.
  for (const auto& [modality, region] : {std::pair("CR", "CHEST"), {"DX", "KNEE"}, {"MG", "BREAST"}, {"CT", "ABDOMEN"}, {"MR", "HEAD"},
                                         {"US", ""}, {"PT", "PELVIS"}, {"OT", "NOWHERE"}}) {
    DraftContent content = sample();
    content.modality = modality;
    content.target_region = region;
    EXPECT_EQ(complaints(content), "") << modality;
  }
}

TEST_P(Validators, AcceptTheSmallestDraft) {
  // Aim: no prior, no observer names, an empty model answer, only the mandatory header.
  DraftContent content = sample();
  content.priors.clear();
  content.key_images.clear();
  content.notices.clear();
  content.sections = {};
  content.clinical_information = content.technique = "";
  content.station_name = content.ae_title = "";
  content.modality = content.target_region = "";
  content.source_header.erase(0x00400275);
  content.source_header.erase(0x00081032);
  EXPECT_EQ(complaints(content), "");
}

TEST_P(Validators, AcceptWhateverTheModelWrites) {
  // Aim: hostile text never makes an illegal object. Seeded; the seed is printed.
  std::mt19937 random(20260311);
  std::uniform_int_distribution<int> byte(0, 255), length(1, 3000);
  std::vector<std::string> texts = {std::string("a\0b\tc\rd\ne", 9),
                                    "\xF0\x9F\xAB\x81 \\ \\\\ \xFF\xFE \xED\xA0\x80",
                                    std::string(1 << 20, 'x'),
                                    std::string(1 << 20, '\n') + "end",
                                    std::string(2000, '\\'),
                                    "\x1B$B\xC2\x80\xE2\x80\xA8"};
  for (int i = 0; i < 12; ++i) {
    std::string bytes(static_cast<std::size_t>(length(random)), ' ');
    for (char& c : bytes) c = static_cast<char>(byte(random));
    texts.push_back(bytes);
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    DraftContent content = sample();
    content.sections = {texts[i], texts[(i + 1) % texts.size()]};
    content.technique = content.comparison = content.clinical_information = texts[i].substr(0, 5000);
    content.station_name = content.ae_title = content.model_name = texts[i].substr(0, 200);
    content.notices.push_back(texts[i].substr(0, 300));
    EXPECT_EQ(complaints(content), "") << "seed 20260311, text " << i;
  }
}

TEST_P(Validators, HighdicomReadsTheTree) {
  // Aim: an independent reader finds the template's rows, the flags and the notice.
  const std::string python = test::find_python();
  if (python.empty()) GTEST_SKIP() << "the Python environment in .deps is not set up";
  const auto report = build_draft(sample());
  ASSERT_TRUE(report.ok());
  const std::string file = (folder_.path() / "draft.dcm").string();
  test::write_file(file, report->dicom);
  const auto run = run_outside_program({python, "tests/pipeline/report/read_tree.py", file});
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

INSTANTIATE_TEST_SUITE_P(SrClasses, Validators, ::testing::ValuesIn(sr_classes),
                         [](const auto& sr_class) { return std::string(to_string(sr_class.param)); });

}  // namespace
}  // namespace radfm::report
