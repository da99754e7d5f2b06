// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/draft_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <regex>
#include <sstream>

#include "pipeline/report/source_legality.h"
#include "pipeline/report/sr_file.h"
#include "tests/pipeline/report/sample_draft.h"
#include "tests/support/outside_program.h"

namespace radfm::report {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string bytes_of(const DraftReport& report) { return {report.dicom.begin(), report.dicom.end()}; }

TEST(DraftReport, SameInputSameBytes) {
  // Aim: no clock and no random UID: a retry sends what was sent before.
  const auto first = build_draft(sample_draft());
  const auto second = build_draft(sample_draft());
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->dicom, second->dicom);
  EXPECT_EQ(bytes_of(*first).find("1.2.276.0.7230010"), std::string::npos) << "a UID of DCMTK's root is left";
}

TEST(DraftReport, TheClassesDifferInTheirUidOnly) {
  // Aim: the content is the same in each SR class: only the two places that name the class differ, in file header and data set.
  for (const SrClass sr_class : sr_classes) {
    DraftContent content = sample_draft();
    content.sop_class = sr_class;
    content.priors[0].reports.clear();  // of which one is a Basic Text SR itself
    const auto report = build_draft(content);
    ASSERT_TRUE(report.ok()) << report.error().message;
    content.sop_class = SrClass::basic_text;
    std::string expected = bytes_of(*build_draft(content));
    const std::string_view uid = sop_class_uid_of(sr_class);
    std::size_t places = 0;
    for (std::size_t at = 0; (at = expected.find(basic_text_sr_uid, at)) != std::string::npos; at += uid.size(), ++places) {
      expected.replace(at, uid.size(), uid);
    }
    EXPECT_EQ(places, 2u);
    EXPECT_EQ(bytes_of(*report), expected) << to_string(sr_class);
  }
}

TEST(DraftReport, TextShowsFlagsNoticeSectionsAndEvidence) {
  // Aim: what `sr read` prints is the whole document.
  const auto report = build_draft(sample_draft());
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->text, HasSubstr("PRELIMINARY PARTIAL UNVERIFIED (AI-generated draft"));
  EXPECT_THAT(report->text, HasSubstr(draft_notice));
  EXPECT_THAT(report->text, HasSubstr("24 mm nodule"));
  EXPECT_THAT(report->text, HasSubstr("Impression: Larger nodule."));
  EXPECT_THAT(report->text, HasSubstr("Prior study of 20250310 (Thorax p.a.): 1 image shown"));
  EXPECT_THAT(report->text, HasSubstr("Computed Radiography Image Storage " + uid_from_name("image 2")));
  EXPECT_LT(report->text.find(draft_notice), report->text.find("24 mm nodule"));
  EXPECT_GT(report->text.rfind(closing_notice), report->text.find("Larger nodule"));
  EXPECT_THAT(report->left_out_values, IsEmpty());
}

TEST(DraftReport, TheDraftNoticeCannotBeLeftOut) {
  // Aim: without any notice from the caller the fixed one is there, once; beside others it is not doubled.
  DraftContent content = sample_draft();
  content.notices = {};
  const std::string without = build_draft(content)->text;
  EXPECT_THAT(without, HasSubstr(draft_notice));
  content.notices = {"Untrained weights.", draft_notice};
  const std::string with = build_draft(content)->text;
  EXPECT_LT(with.find("Untrained weights."), with.find(draft_notice));
  EXPECT_EQ(with.find(draft_notice), with.rfind(draft_notice));
}

TEST(DraftReport, NoFlagOfTheInputMakesMoreThanADraft) {
  // Aim: whatever completion flag a caller asks for, the three flags stay a draft's.
  for (const char* wish : {"VERIFIED", "FINAL", "", "complete", "COMPLETE"}) {
    DraftContent content = sample_draft();
    content.completion_flag = wish;
    const auto report = build_draft(content);
    ASSERT_TRUE(report.ok());
    EXPECT_THAT(report->text, HasSubstr("PRELIMINARY"));
    EXPECT_THAT(report->text, HasSubstr("UNVERIFIED"));
    EXPECT_EQ(report->text.find(" VERIFIED"), std::string::npos);
  }
}

TEST(DraftReport, TheRoomHasNoWordForMore) {
  // Aim: no source of this room can write a verified or final flag, a verifying observer, or call dcmsr's verification.
  const std::regex forbidden("\"VERIFIED\"|\"FINAL\"|VerifyingObserver|verifyDocument|finalizeDocument|"
                             "completeDocument|VF_Verified|PF_Final");
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("pipeline/report")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(std::regex_search(text.str(), forbidden)) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 10);
}

TEST(DraftReport, IllegalSourceValuesAreRecorded) {
  // Aim: emptied or left out by type, and named; names, IDs and UIDs stay as they are.
  DraftContent content = sample_draft();
  set(content.source_header, 0x00101010, "AS", "45");
  set(content.source_header, 0x00100040, "CS", "X");
  set(content.source_header, 0x00100020, "LO", "id with\x01 a control and more than sixty-four characters, far more in fact");
  const auto report = build_draft(content);
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->left_out_values, ::testing::UnorderedElementsAre("PatientAge", "PatientSex"));
  EXPECT_NE(bytes_of(*report).find("id with\x01 a control"), std::string::npos);
}

TEST(DraftReport, ACodeWithAnIllegalPartIsLeftOut) {
  // Aim: half a code is none; a value that the dictionary allows once is not copied twice.
  for (const AttributeSet& half : {code_item("36554-4", "LN", "two\\meanings"), code_item("36554-4", "LN", std::string(65, 'm')),
                                   code_item("36554-4", "A-SCHEME-OF-MORE-THAN-16", "x"), code_item("C1\\C2", "LN", "x")}) {
    DraftContent content = sample_draft();
    content.source_header[0x00081032].items = {half, code_item("1", "LN", "whole code")};
    const auto report = build_draft(content);
    ASSERT_TRUE(report.ok());
    EXPECT_THAT(report->left_out_values, ::testing::ElementsAre("ProcedureCodeSequence"));
    const std::string bytes = bytes_of(*report);
    EXPECT_NE(bytes.find("whole code"), std::string::npos);
    for (const char* part : {"36554-4", "meanings", "mmm", "A-SCHEME", "C1"}) EXPECT_EQ(bytes.find(part), std::string::npos) << part;
  }
}

TEST(DraftReport, NothingButTheAllowListIsCopied) {
  // Aim: series, equipment, operators, image and private attributes of the source never get in.
  DraftContent content = sample_draft();
  set(content.source_header, 0x00081070, "PN", "OPERATORMARK");
  set(content.source_header, 0x0008103E, "LO", "SERIESMARK");
  set(content.source_header, 0x00091001, "LO", "PRIVATEMARK");
  set(content.source_header, 0x00080070, "LO", "MAKERMARK");
  set(content.source_header, 0x0040A493, "CS", "VERIFIED");
  const auto report = build_draft(content);
  ASSERT_TRUE(report.ok());
  for (const char* mark : {"OPERATORMARK", "SERIESMARK", "PRIVATEMARK", "MAKERMARK"}) {
    EXPECT_EQ(bytes_of(*report).find(mark), std::string::npos) << mark;
  }
  EXPECT_THAT(report->text, HasSubstr("UNVERIFIED"));
}

TEST(DraftReport, AHeaderWithoutStudyOrPatientIsRefused) {
  // Aim: no draft that would be filed nowhere or under nobody.
  DraftContent content = sample_draft();
  content.source_header.erase(0x0020000D);
  EXPECT_EQ(build_draft(content).error().code, "source_header_unusable");
  content = sample_draft();
  for (auto it = content.source_header.begin(); it != content.source_header.end();) {
    it = (it->first >> 16) == 0x0010 ? content.source_header.erase(it) : std::next(it);
  }
  EXPECT_EQ(build_draft(content).error().code, "source_header_unusable");
}

TEST(DraftReport, ASourceTimeZoneHoldsForOurTimesToo) {
  // Aim: with (0008,0201) our content time is expressed in it, across midnight; without it there is none.
  DraftContent content = sample_draft();
  content.observation_datetime = "20260311233000+0000";
  content.content_time = "233000";
  EXPECT_EQ(bytes_of(*build_draft(content)).find("+0100"), std::string::npos);
  set(content.source_header, 0x00080201, "SH", "+0100");
  const std::string bytes = bytes_of(*build_draft(content));
  EXPECT_NE(bytes.find("+0100"), std::string::npos);
  EXPECT_NE(bytes.find("003000"), std::string::npos);
  EXPECT_NE(bytes.find("20260312"), std::string::npos);
}

TEST(DraftReport, EvidenceHasNoDuplicatesAndNoIllegalUid) {
  // Aim: an instance stands once, in one of the two sequences; a path as UID is left out and recorded.
  DraftContent content = sample_draft();
  content.shown.push_back(content.shown[0]);
  content.priors[0].images.push_back(content.shown[1]);
  content.shown.push_back({uid_from_name("test study"), "1.2.3", "1.2.840.10008.5.1.4.1.1.1", "../../../../etc/cron.d/x"});
  const auto report = build_draft(content);
  ASSERT_TRUE(report.ok());
  const std::string made_from = report->text.substr(report->text.find("\nMade from"));
  const std::string once = uid_from_name("image 1"), other = uid_from_name("image 2");
  EXPECT_EQ(made_from.find(once), made_from.rfind(once));
  EXPECT_EQ(made_from.find(other), made_from.rfind(other));
  EXPECT_EQ(bytes_of(*report).find("cron"), std::string::npos);
  EXPECT_THAT(report->left_out_values, Contains("ReferencedSOPSequence"));
}

TEST(SourceLegality, KnowsTheForms) {
  // Aim: legal and illegal values of each VR that is checked.
  struct Case { std::uint32_t tag; const char* vr; const char* value; bool legal; };
  for (const Case& c : {Case{0x00101010, "AS", "045Y", true}, {0x00101010, "AS", "45Y", false},
                        {0x00100030, "DA", "20240229", true}, {0x00100030, "DA", "20230229", false},
                        {0x00080030, "TM", "1015", true}, {0x00080030, "TM", "101500.123456", true},
                        {0x00080030, "TM", "2400", false}, {0x00080030, "TM", "1015.5", false},
                        {0x00101030, "DS", "-1.5E+2", true}, {0x00101030, "DS", "1,5", false},
                        {0x00101030, "DS", "nan", false}, {0x00100040, "CS", "F", true}, {0x00100040, "CS", "f", false},
                        {0x00100022, "CS", "TEXT", true}, {0x00100022, "CS", "Text", false},
                        {0x00080201, "SH", "+0530", true}, {0x00080201, "SH", "0530", false},
                        {0x00100040, "CS", "M\\F", false}, {0x00104000, "LT", "a\\b", true}}) {
    EXPECT_EQ(is_legal_source_value(c.tag, c.vr, c.value, false), c.legal) << c.vr << " " << c.value;
  }
  const std::string limit(64, 'a'), past(65, 'a');
  EXPECT_TRUE(is_legal_source_value(0x00081030, "LO", limit, false));
  EXPECT_FALSE(is_legal_source_value(0x00081030, "LO", past, false));
}

TEST(SrFile, RefusesWhatIsNoSrOrTooDeep) {
  // Aim: hostile files are refused before DCMTK's recursion sees them; the limit itself is read.
  EXPECT_EQ(sr_text({}).error().code, "not_an_sr_file");
  EXPECT_EQ(sr_text(std::vector<std::uint8_t>(5000, 0xFF)).error().code, "not_an_sr_file");
  const auto nested = [](int levels) {
    auto bytes = build_draft(sample_draft())->dicom;
    for (int i = 0; i < levels; ++i) {
      for (const int b : {0x88, 0x00, 0x00, 0x02, 0x53, 0x51, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
                          0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF}) {
        bytes.push_back(static_cast<std::uint8_t>(b));
      }
    }
    for (int i = 0; i < levels; ++i) {
      for (const int b : {0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0}) {
        bytes.push_back(static_cast<std::uint8_t>(b));
      }
    }
    return bytes;
  };
  EXPECT_TRUE(sr_text(nested(sr_nesting_max)).ok());
  EXPECT_EQ(sr_text(nested(sr_nesting_max + 1)).error().code, "not_an_sr_file");
  EXPECT_EQ(sr_text(nested(20'000)).error().code, "not_an_sr_file");
}

TEST(SrFile, DamagedFilesAreAnErrorOrText) {
  // Aim: no flipped byte, cut or doubled piece of a draft makes the reader die. Seeded; the seed is printed.
  std::mt19937 random(4711);
  const auto whole = build_draft(sample_draft())->dicom;
  int errors = 0;
  for (int i = 0; i < 400; ++i) {
    SCOPED_TRACE("seed 4711, round " + std::to_string(i));
    auto bytes = whole;
    for (int flips = 1 + i % 8; flips > 0; --flips) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    if (i % 3 == 0) bytes.resize(random() % bytes.size());
    if (i % 5 == 0) bytes.insert(bytes.end(), whole.begin(), whole.end());
    const auto text = sr_text(bytes);
    if (text.ok()) continue;
    ++errors;
    EXPECT_EQ(text.error().code, "not_an_sr_file");
  }
  EXPECT_GT(errors, 100);
  EXPECT_LT(errors, 400);
}

TEST(DraftReport, TheLargestStudyIsReferencedWhole) {
  // Aim: twenty thousand instances in the evidence, every one of them.
  DraftContent content = sample_draft();
  for (int i = 0; i < 20'000; ++i) content.shown.push_back(sample_instance("test study", "slice " + std::to_string(i)));
  const auto report = build_draft(content);
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->text, HasSubstr(uid_from_name("slice 19999")));
}

}  // namespace
}  // namespace radfm::report
