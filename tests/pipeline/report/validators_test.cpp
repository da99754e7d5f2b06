// SPDX-License-Identifier: Apache-2.0
// The finished file in the hands of programs that others wrote: dciodvfy, dcentvfy, dsrdump, pydicom and highdicom. Each test
// runs for each of the four SR classes.
#include <gtest/gtest.h>

#include <random>
#include <sstream>

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

TEST_P(Validators, AcceptEachModalityWithAndWithoutPriors) {
  // Aim: the rows that depend on modality and region, an unknown of both, no prior, several, one without images.
  for (const auto& [modality, region] : {std::pair("CR", "CHEST"), {"DX", "KNEE"}, {"MG", "BREAST"}, {"CT", "ABDOMEN"}, {"MR", "HEAD"},
                                         {"US", ""}, {"PT", "PELVIS"}, {"OT", "NOWHERE"}}) {
    DraftContent content = sample();
    content.modality = modality;
    content.target_region = region;
    EXPECT_EQ(complaints(content), "") << modality;
    PriorUse older = content.priors[0];
    older.study_instance_uid = uid_from_name("older study");
    older.accession_number = older.description = "";
    older.images.clear();
    older.reports = {{older.study_instance_uid, uid_from_name("older series"), "1.2.840.10008.5.1.4.1.1.104.1", uid_from_name("older report")}};
    content.priors.push_back(older);
    EXPECT_EQ(complaints(content), "") << modality << ", two priors";
    content.priors.clear();
    EXPECT_EQ(complaints(content), "") << modality << ", no prior";
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

TEST_P(Validators, AcceptNamesOfManyScripts) {
  // Aim: values that came from Latin-1, GB18030 and Japanese sources stand in the draft as UTF-8, unchanged.
  for (const char* name : {"Müßig^Jörg^^Dr.", "Wang^XiaoDong=王^小东=", "Yamada^Tarou=山田^太郎=やまだ^たろう",
                           "Hong^Gildong=洪^吉洞=홍^길동", "Иванов^Иван", "Διονυσιος^Νικος"}) {
    DraftContent content = sample();
    set(content.source_header, 0x00100010, "PN", name);
    set(content.source_header, 0x00081030, "LO", "胸部正面");
    const auto report = build_draft(content);
    ASSERT_TRUE(report.ok()) << name;
    EXPECT_NE(std::string(report->dicom.begin(), report->dicom.end()).find(name), std::string::npos) << name;
    EXPECT_EQ(complaints(content), "") << name;
  }
}

TEST_P(Validators, FindNothingWhereTheSourceWasIllegal) {
  // Aim: illegal copied values are emptied or left out, and that is recorded.
  DraftContent content = sample();
  set(content.source_header, 0x00101010, "AS", "45");
  set(content.source_header, 0x00100040, "CS", "X");
  set(content.source_header, 0x00080020, "DA", "2026.03.11");
  set(content.source_header, 0x00080030, "TM", "25:00");
  set(content.source_header, 0x00101030, "DS", "heavy");
  set(content.source_header, 0x00081030, "LO", "two\\descriptions");
  content.source_header[0x00081032].items.push_back(code_item("", "LN", "no code"));
  // Study Date and Time are empty then, which dciodvfy remarks on for the sake of a DICOMDIR: the source's own fault.
  std::string rest;
  std::stringstream lines(complaints(content));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("DICOMDIR") == std::string::npos) rest += line + "\n";
  }
  EXPECT_EQ(rest, "");
}

TEST_P(Validators, DcentvfyFindsOnePatientAndOneStudy) {
  // Aim: two drafts of one study agree on every patient and study attribute.
  if (find_outside_program("dcentvfy").empty()) GTEST_SKIP() << "dcentvfy (dicom3tools) is not installed";
  std::vector<std::string> command = {find_outside_program("dcentvfy")};
  for (int revision : {1, 2}) {
    DraftContent content = sample();
    content.revision = revision;
    content.series_instance_uid = uid_from_name("series " + std::to_string(revision));
    content.sop_instance_uid = uid_from_name("draft " + std::to_string(revision));
    const auto report = build_draft(content);
    ASSERT_TRUE(report.ok()) << report.error().message;
    command.push_back((folder_.path() / (std::to_string(revision) + ".dcm")).string());
    test::write_file(command.back(), report->dicom);
  }
  EXPECT_TRUE(test::lines_starting(run_outside_program(command).output, "Error").empty());
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
