// SPDX-License-Identifier: Apache-2.0
// What of a prior's text and of the patient's data reaches the prompt, and what is said when the model's text
// holds more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/draft/draft_pipeline_fixture.h"

namespace radfm::draft {
namespace {

using test::chest;
using test::said;
using test::text_of;
using testing::HasSubstr;
using StudyReading = imaging::StudyReading;
using PriorText = test::DraftPipeline;

TEST_F(PriorText, PriorTextWithoutPersonsAndNotTooLong) {
  // Names of the patient, of those whom the document names, IDs and birth dates are taken out; findings and
  // impression stay.
  StudyReading prior = chest("1.2.1", "20230102");
  std::string technique = "Technique:\n";
  while (technique.size() < prior_report_bytes_max) technique += "Low dose helical scan. ";
  prior.reports = {test::verified_report(
      "1.2.1.7",
      technique +
          "\nFindings:\nMs. Doe has a nodule.\nImpression:\nNodule. Signed: B. House, born 03.02.1967\n")};
  prior.reports[0].persons = {"HOUSE^Bernard"};
  auto result = prepare_of(chest("1.2.9", "20240311"), {prior});
  ASSERT_TRUE(result && result->prepared);
  EXPECT_THAT(
      text_of(result->prepared->prompt),
      HasSubstr(
          "Prior report: Findings: Ms. ___ has a nodule. Impression: Nodule. Signed: B. ___, born ___. \""));
  EXPECT_THAT(result->prepared->comparison,
              HasSubstr("its verified report was read by the model, shortened."));
}

TEST_F(PriorText, ADocumentWithoutAFlagIsSaidToBeOne) {
  // A PDF that does not say whether it was verified: read, and told; or left alone where the site wants that.
  StudyReading prior = chest("1.2.1", "20230102");
  prior.reports = {test::verified_report("1.2.1.7", "Normal.")};
  prior.reports[0].sop_class_uid = "1.2.840.10008.5.1.4.1.1.104.1";
  prior.reports[0].verification_flag = prior.reports[0].completion_flag = prior.reports[0].preliminary_flag =
      "";
  auto result = prepare_of(chest("1.2.9", "20240311"), {prior});
  EXPECT_THAT(result->prepared->comparison,
              HasSubstr("its report, which does not say whether it was verified, was read by the model."));
  configuration_.priors.unflagged_documents = false;
  result = prepare_of(chest("1.2.9", "20240311"), {prior});
  EXPECT_THAT(result->prepared->comparison, HasSubstr("no report of it was used."));
}

TEST_F(PriorText, ATextThatNamesThePatientIsFlagged) {
  // Nobody told the model the name: the flag stands in the job and in the first lines of the report.
  const imaging::StudyReading study = chest("1.2.9", "20240311");
  model::Generated named = said("Findings: Jane has clear lungs.");
  flag_text(named, study.header);
  EXPECT_EQ(named.flags, std::vector<std::string>{patient_name_flag});
  model::Generated other = said("Findings: Clear lungs.");
  flag_text(other, study.header);
  EXPECT_TRUE(other.flags.empty());
  auto result = prepare_of(study);
  const report::DraftContent content =
      draft_content(*result->prepared, named, model_, configuration_, ReportFrame{});
  EXPECT_THAT(content.notices, testing::Contains(HasSubstr("holds the patient's name")));
}

TEST_F(PriorText, AReportThatARisSent) {
  // It finds its study and is read; a draft, another patient's, another study's and one that names no study
  // are left alone.
  const StudyReading current = chest("1.2.9", "20240311"), prior = chest("1.2.1", "20230102");
  const SentReport good{identity_of(prior.header), "1.2.1",  "",          true,
                        "20230103120000",          "Report", "Sent text."};
  const auto prompt_with = [&](const SentReport& report) {
    const std::vector<SentReport> sent{report};
    const std::vector<imaging::StudyFile> files = files_of(current);
    std::vector<PriorCandidate> candidates;
    candidates.push_back({files_of(prior)});
    PrepareInput input{.files = &files,
                       .priors = &candidates,
                       .action = action_,
                       .configuration = &configuration_,
                       .model = model_};
    input.sent_reports = &sent;
    const auto result = prepare(input, nullptr, -1);
    EXPECT_TRUE(result->prepared->prior_uses.at(0).reports.empty());  // no object that an SR could name
    return text_of(result->prepared->prompt);
  };
  EXPECT_THAT(prompt_with(good), HasSubstr("Prior report: Sent text."));
  SentReport other = good;
  other.is_final = false;
  EXPECT_THAT(prompt_with(other), testing::Not(HasSubstr("Sent text")));
  other = good;
  other.patient.birth_date = "19670204";
  EXPECT_THAT(prompt_with(other), testing::Not(HasSubstr("Sent text")));
  other = good;
  other.accession_number = "A1.2.2";
  EXPECT_THAT(prompt_with(other), testing::Not(HasSubstr("Sent text")));
  other.study_instance_uid = other.accession_number = "";
  EXPECT_THAT(prompt_with(other), testing::Not(HasSubstr("Sent text")));
}

}  // namespace
}  // namespace radfm::draft
