// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/draft_sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;
using testing::HasSubstr;

TEST(Technique, RadiographsShownAndNot) {
  // What was shown, what was not, what was left out and why, one line each.
  StudyReading study = test::study("1.2", "20240311");
  test::add_radiograph(study, "1", "PA");
  test::add_radiograph(study, "2", "LL");
  test::add_ct(study, "5", 5, 40);
  study.volumes[2].choice = "series 1 comes before it by slices (60 before 40)";
  study.instances.push_back({"1.2.3.1", "1.2.840.10008.5.1.4.1.1.7", "1.2.3", "OT", "", "Screen"});
  study.left_out = {{"1.2.3", 1, "secondary_capture", "A secondary capture is no diagnostic image", true}, {"", 2, "broken", "", false}};
  EXPECT_EQ(technique_text(study, {0}),
            "Series 1 \"Thorax PA\", CR, view PA: shown to the model, window centre 2048 width 4096.\n"
            "Series 2 \"Thorax LL\", CR: not shown to the model.\n"
            "Series 5 \"Thorax 5 mm\", CT: not shown to the model, series 1 comes before it by slices (60 before 40).\n"
            "Left out \"Screen\" (1 object): A secondary capture is no diagnostic image.\n"
            "Left out (2 objects): broken.");
}

TEST(Technique, SlicesOfHowMany) {
  // A reader must see that the model did not see every slice.
  StudyReading study = test::study("1.2", "20240311");
  test::add_ct(study, "4", 3, 12);
  study.volumes[0].notes = {"gap after slice 2"};
  EXPECT_EQ(technique_text(study, {0}),
            "Series 4 \"Thorax 5 mm\", CT: 3 of 12 slices shown to the model, slice spacing 2.5 mm, window centre 40 width 400. "
            "Note: gap after slice 2.");
}

TEST(Technique, LongListsAreCut) {
  // At the limit all lines are there; one more is counted instead.
  StudyReading study = test::study("1.2", "20240311");
  test::add_radiograph(study, "1");
  study.left_out.assign(left_out_lines_max, {"", 1, "broken", "Broken.", false});
  EXPECT_THAT(technique_text(study, {0}), testing::Not(HasSubstr("more")));
  study.left_out.push_back(study.left_out.front());
  EXPECT_THAT(technique_text(study, {0}), HasSubstr("\nAnd 1 more that were not shown."));
}

TEST(Comparison, IsNeverEmpty) {
  // No prior, no Patient ID: both are said.
  EXPECT_EQ(comparison_text({}), "No prior study was available for comparison.");
  ComparisonFacts facts;
  facts.patient_id_empty = true;
  EXPECT_EQ(comparison_text(facts),
            "No prior study was available for comparison.\n"
            "This study has no Patient ID: prior studies cannot be attributed to the patient and were not used.");
}

TEST(Comparison, SaysWhatThePromptHadNoRoomFor) {
  // A report that was cut beside an image that was shown; when all was cut, priors were available and none was used.
  ComparisonFacts facts;
  facts.used = {{"20240102", "CR", "", true, false, false, true}};
  EXPECT_EQ(comparison_text(facts),
            "Prior study of 2024-01-02 (CR): its images were shown to the model; its report was not read by the model: the prompt "
            "had no room for it.");
  facts.used.clear();
  facts.studies_cut = 1;
  EXPECT_EQ(comparison_text(facts), "No prior study was used for comparison.");
}

TEST(Technique, NamesTaskAndQuestion) {
  // The question is one line, whatever the configuration holds.
  EXPECT_EQ(task_line(Task::vqa, "Is there\na nodule?"), "Task of the model: vqa. Question to the model: \"Is there a nodule?\"");
}

TEST(Comparison, SaysWhatWasUsedAndWhatNot) {
  // Used priors with what was used of them, refused ones with reasons; a date only where the patient is sure.
  ComparisonFacts facts;
  facts.used = {{"20240102", "CR", "Chest PA", true, true, true}, {"20230102", "CT", "", false, true, false}, {"20220102", "", "", true, false, false}};
  facts.refused = {{"its birth date is not that of this patient", ""}, {"it is older than 5 years", "20100101"}};
  facts.not_looked_at = 3;
  facts.remarks = {"A study of 2021 was found in the PACS and could not be fetched"};
  EXPECT_EQ(comparison_text(facts),
            "Prior study of 2024-01-02 (CR \"Chest PA\"): its images were shown to the model; its verified report was read by the model, shortened.\n"
            "Prior study of 2023-01-02 (CT): its images were not shown to the model; its verified report was read by the model.\n"
            "Prior study of 2022-01-02: its images were shown to the model; no report of it was used.\n"
            "One candidate study was not used: its birth date is not that of this patient.\n"
            "The study of 2010-01-01 was not used: it is older than 5 years.\n"
            "3 further candidate studies were not looked at.\n"
            "A study of 2021 was found in the PACS and could not be fetched.");
}

}  // namespace
}  // namespace radfm::draft
