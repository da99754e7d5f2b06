// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/answer_sections.h"

#include <gtest/gtest.h>

namespace radfm::report {
namespace {

constexpr const char* question = "Is there a nodule?";

TEST(AnswerSections, AReportIsSplitAtItsHeadings) {
  // Aim: the task report keeps the model's own sections.
  const ReportSections sections = sections_of_answer(Task::report, question, "Findings: Clear. Impression: Normal.");
  EXPECT_EQ(sections.findings, "Clear.");
  EXPECT_EQ(sections.impression, "Normal.");
}

TEST(AnswerSections, ModalityAndFreeQuestionsAreFindingsWithTheirQuestion) {
  // Aim: question and answer word for word, no impression; headings in the answer are only its words.
  for (const Task task : {Task::modality, Task::vqa}) {
    const ReportSections sections = sections_of_answer(task, "What imaging modality is used?", " CT. Impression: CT \n");
    EXPECT_EQ(sections.findings, "Question to the model: What imaging modality is used?\nAnswer: CT. Impression: CT");
    EXPECT_EQ(sections.impression, "");
  }
}

TEST(AnswerSections, ADiagnosisIsAnImpression) {
  // Aim: the names with the question that they answer.
  const ReportSections sections = sections_of_answer(Task::diagnosis, question, "no");
  EXPECT_EQ(sections.impression, "Question to the model: Is there a nodule?\nAnswer: no");
  EXPECT_EQ(sections.findings, "");
}

TEST(AnswerSections, ARationaleIsDiseaseAndFeatures) {
  // Aim: the disease before the fixed sentence is the impression, that sentence and the rest are findings.
  const ReportSections sections = sections_of_answer(
      Task::rationale, question, "Pneumothorax. The Radiographic features can be summarized as follows.A pleural line is seen.");
  EXPECT_EQ(sections.impression, "Pneumothorax.");
  EXPECT_EQ(sections.findings, "The Radiographic features can be summarized as follows.A pleural line is seen.");
}

TEST(AnswerSections, ARationaleWithoutFeaturesIsAllImpression) {
  // Aim: nothing is invented and nothing lost when the sentence is missing, comes first, or nothing follows it.
  EXPECT_EQ(sections_of_answer(Task::rationale, question, "Pneumothorax.").impression, "Pneumothorax.");
  EXPECT_EQ(sections_of_answer(Task::rationale, question, "Pneumothorax.").findings, "");
  const char* nothing_follows = "Pneumothorax. The radiographic features can be summarized as follows. ";
  EXPECT_EQ(sections_of_answer(Task::rationale, question, nothing_follows).impression,
            "Pneumothorax. The radiographic features can be summarized as follows.");
  const ReportSections first = sections_of_answer(Task::rationale, question, "The radiographic features can be summarized as follows: x");
  EXPECT_EQ(first.impression, "");
  EXPECT_EQ(first.findings, "The radiographic features can be summarized as follows: x");
}

TEST(AnswerSections, YesNeverStandsAlone) {
  // Aim: in no task and no spelling does a section, or a paragraph of one, hold a bare yes or no.
  for (const Task task : {Task::report, Task::modality, Task::diagnosis, Task::vqa, Task::rationale}) {
    for (const char* answer : {"yes", " No. ", "YES!", "\n\nyes\n", "Findings: no", "Impression: Yes.", "\x01yes\x02"}) {
      const ReportSections sections = sections_of_answer(task, question, answer);
      for (const std::string& section : {sections.findings, sections.impression}) {
        const bool with_question = section.starts_with("Question to the model: Is there a nodule?\nAnswer: ");
        const bool with_heading = task == Task::rationale && section == answer;  // "Findings: no": the model's own words
        EXPECT_TRUE(section.empty() || with_question || with_heading) << section;
      }
    }
  }
  const ReportSections two = sections_of_answer(Task::vqa, "One?\n\nTwo?", "Perhaps.\n\n\n\nyes");
  EXPECT_EQ(two.findings, "Question to the model: One?\r\nTwo?\nAnswer: Perhaps.\r\nyes");
}

TEST(AnswerSections, SilenceGivesNothing) {
  // Aim: an empty answer makes no section that only repeats the question.
  for (const Task task : {Task::report, Task::modality, Task::diagnosis, Task::vqa, Task::rationale}) {
    const ReportSections sections = sections_of_answer(task, question, " \r\n\t");
    EXPECT_EQ(sections.findings + sections.impression, "");
  }
}

}  // namespace
}  // namespace radfm::report
