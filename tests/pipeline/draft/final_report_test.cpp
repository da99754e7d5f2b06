// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/final_report.h"

#include "core/sop_class.h"
#include "tests/pipeline/draft/draft_pipeline_fixture.h"

namespace radfm::draft::test {
namespace {

imaging::ReportReading report(const std::string& verification, const std::string& preliminary) {
  imaging::ReportReading made;
  made.sop_class_uid = basic_text_sr_uid;
  made.title = "Diagnostic imaging report";
  made.verification_flag = verification;
  made.preliminary_flag = preliminary;
  return made;
}

TEST(FinalReport, IsSomebodyElsesVerifiedOrFinalReading) {
  // Aim: either flag makes it one; a draft of anybody, our own, a dose report and a PDF without flags are none.
  EXPECT_TRUE(is_final_of_others(report("VERIFIED", "")));
  EXPECT_TRUE(is_final_of_others(report("UNVERIFIED", "FINAL")));
  EXPECT_FALSE(is_final_of_others(report("UNVERIFIED", "PRELIMINARY")));
  EXPECT_FALSE(is_final_of_others(report("", "")));
  imaging::ReportReading ours = report("VERIFIED", "FINAL");
  ours.ours = true;
  EXPECT_FALSE(is_final_of_others(ours));
  imaging::ReportReading dose = report("VERIFIED", "FINAL");
  dose.title = "X-Ray Radiation Dose Report";
  dose.title_code = "113701";
  dose.title_scheme = "DCM";
  EXPECT_FALSE(is_final_of_others(dose));
  imaging::ReportReading pdf = report("", "");
  pdf.sop_class_uid = encapsulated_pdf_uid;
  EXPECT_FALSE(is_final_of_others(pdf));
}

using FinalReportReading = DraftPipeline;

TEST_F(FinalReportReading, LooksAmongFilesOnly) {
  // Aim: the reader's answer decides; a reader that dies is an error, never "there is none".
  imaging::StudyReading study = chest("1.2.3", "20240102");
  EXPECT_FALSE(has_final_report(files_of(study), configuration_, -1).value());
  study.reports.push_back(report("UNVERIFIED", "PRELIMINARY"));
  EXPECT_FALSE(has_final_report(files_of(study), configuration_, -1).value());
  study.reports.push_back(report("VERIFIED", "FINAL"));
  EXPECT_TRUE(has_final_report(files_of(study), configuration_, -1).value());
  EXPECT_FALSE(has_final_report(files_of(study, "crash"), configuration_, -1).ok());
}

}  // namespace
}  // namespace radfm::draft::test
