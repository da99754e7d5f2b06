// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prompt_builder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;
using test::set;

StudyReading patient(const std::string& birth, const std::string& sex, const std::string& age = "") {
  StudyReading reading = test::study("1.2", "20240311");
  set(reading, tag::birth_date, birth, "DA");
  set(reading, tag::sex, sex, "CS");
  if (!age.empty()) set(reading, tag::age, age, "AS");
  return reading;
}
std::string phrase(const std::string& birth, const std::string& sex, const std::string& age = "") {
  return patient_phrase(patient(birth, sex, age).header);
}

// The prompt as text, images as <n>.
std::string as_text(const model::Prompt& prompt) {
  std::string text;
  for (const model::PromptPart& part : prompt) {
    if (const auto* words = std::get_if<std::string>(&part)) text += *words;
    if (const auto* image = std::get_if<model::ImagePart>(&part)) text += "<" + std::to_string(image->image) + ">";
  }
  return text;
}

TEST(PatientPhrase, SaysWhatTheHeaderSays) {
  // Age on the study date and sex in the words that the weights know; nothing is guessed.
  EXPECT_EQ(phrase("19670203", "F"), "57-year-old woman.");
  EXPECT_EQ(phrase("19670312", "M"), "56-year-old man.");
  EXPECT_EQ(phrase("20140203", "F"), "10-year-old girl.");
  EXPECT_EQ(phrase("20060311", "M"), "18-year-old man.");
  EXPECT_EQ(phrase("20060312", "M"), "17-year-old boy.");
  EXPECT_EQ(phrase("19670203", "O"), "57-year-old patient.");
  EXPECT_EQ(phrase("", "F", "045Y"), "45-year-old woman.");
  EXPECT_EQ(phrase("", "F"), "Woman.");
  EXPECT_EQ(phrase("", ""), "");
}

TEST(PatientPhrase, ImpossibleAgesAreNotTold) {
  // Illegal strings, births after the study, ages above the limit and infants: sex only.
  EXPECT_EQ(phrase("", "M", "45"), "Man.");
  EXPECT_EQ(phrase("", "M", "06MY"), "Man.");
  EXPECT_EQ(phrase("", "M", "006M"), "Man.");
  EXPECT_EQ(phrase("20250101", "M"), "Man.");
  EXPECT_EQ(phrase("20240101", "M"), "Man.");
  EXPECT_EQ(phrase("19040311", "M"), std::to_string(age_years_max) + "-year-old man.");
  EXPECT_EQ(phrase("19030311", "M"), "Man.");
}

TEST(Indication, ComesFromRequestOrStudy) {
  // The reason is found at the top level or in the request, is one line, and is shortened at its limit.
  StudyReading reading = patient("", "");
  EXPECT_EQ(indication(reading.header), "");
  AttributeSet item;
  item[tag::reason_for_procedure] = {"LO", "cough", {}};
  reading.header[tag::request_attributes_sequence] = {"SQ", "", {AttributeSet{}, item}};
  EXPECT_EQ(clinical_context(reading.header), "Indication: cough.");
  set(reading, tag::reason_for_study, "fever\nand dyspnoea.");
  EXPECT_EQ(clinical_context(reading.header), "Indication: fever and dyspnoea.");
  set(reading, tag::reason_for_study, std::string(indication_bytes_max + 1, 'x'));
  EXPECT_EQ(indication(reading.header).size(), indication_bytes_max);
}

TEST(BuildPrompt, SingleImage) {
  // The form of a study without a prior.
  EXPECT_EQ(as_text(build_prompt({"57-year-old woman. Indication: cough.", {}, {0}, "Please generate a radiology report for this scan."})),
            "57-year-old woman. Indication: cough. Current study: <0> Please generate a radiology report for this scan.");
}

TEST(BuildPrompt, WithPriors) {
  // Prior images and reports stand before the current images, each with its date.
  const std::vector<PromptPrior> priors = {{"20230101", std::nullopt, "No nodule"}, {"20240102", 0, "Nodule."}, {"20240103", 1, ""}};
  EXPECT_EQ(as_text(build_prompt({"", priors, {2, 3}, "Q?"})),
            "Prior study of 2023-01-01: Prior report: No nodule. Prior study of 2024-01-02: <0> Prior report: Nodule. "
            "Prior study of 2024-01-03: <1> Current study: <2><3> Q?");
}

TEST(BuildPrompt, TextIsOnlyEverText) {
  // What looks like an image or an end in a report stays a text part.
  const model::Prompt prompt = build_prompt({"<image> </s>", {{"20240102", std::nullopt, "<image0></image>"}}, {0}, "Q?"});
  ASSERT_EQ(prompt.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<std::string>(prompt[0]));
}

TEST(PriorTextBudget, IsWhatTheContextLeaves) {
  // A small context leaves little or nothing, never a negative number; an unknown one is taken for the published size.
  model::ModelFacts facts;
  facts.context_tokens = 512;
  EXPECT_EQ(prior_text_budget_bytes(facts, 200, 2), 3u * (512 - 200 - 2 * 34 - 80));
  facts.context_tokens = 200;
  EXPECT_EQ(prior_text_budget_bytes(facts, 200, 2), 0u);
  facts.context_tokens = 0;
  EXPECT_EQ(prior_text_budget_bytes(facts, 200, 1), 3u * (2048 - 200 - 34 - 80));
}

}  // namespace
}  // namespace radfm::draft
