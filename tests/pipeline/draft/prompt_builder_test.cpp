// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prompt_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(ClinicalContext, HistoryAndDiagnosesAndReasonsInCodes) {
  // All that the header has, in a fixed order; codes speak where there is no text; several diagnoses are a list.
  StudyReading reading = patient("19670203", "F");
  AttributeSet code;
  code[tag::code_meaning] = {"LO", "Dyspnea", {}};
  AttributeSet request;
  request[tag::reason_for_procedure_sequence] = {"SQ", "", {code}};
  reading.header[tag::request_attributes_sequence] = {"SQ", "", {request}};
  set(reading, tag::patient_history, "Smoker.\r\nAsthma", "LT");
  set(reading, tag::admitting_diagnoses, "Pneumonia\\Sepsis");
  EXPECT_EQ(clinical_context(reading.header),
            "57-year-old woman. Indication: Dyspnea. History: Smoker. Asthma. Admitting diagnosis: Pneumonia, Sepsis.");
  set(reading, tag::admitting_diagnoses, "");
  reading.header[tag::admitting_diagnoses_sequence] = {"SQ", "", {code, code}};
  EXPECT_EQ(clinical_context(reading.header, {"diagnoses"}), "Admitting diagnosis: Dyspnea, Dyspnea.");
}

TEST(ClinicalContext, ByRule) {
  // Only what the rule lets be told.
  StudyReading reading = patient("19670203", "F");
  set(reading, tag::reason_for_study, "cough");
  set(reading, tag::patient_history, "smoker");
  EXPECT_EQ(clinical_context(reading.header, {}), "");
  EXPECT_EQ(clinical_context(reading.header, {"age"}), "57-year-old patient.");
  EXPECT_EQ(clinical_context(reading.header, {"sex"}), "Woman.");
  EXPECT_EQ(clinical_context(reading.header, {"sex", "history"}), "Woman. History: smoker.");
  EXPECT_EQ(clinical_context(patient("20140203", "F").header, {"sex"}), "");
}

TEST(ClinicalContext, WithoutNamesIdsAndBirthDates) {
  // What a clerk typed into the reason does not reach the model.
  StudyReading reading = patient("19670203", "F");
  set(reading, tag::reason_for_study, "Mrs. Doe (PAT1, 3.2.1967, A1.2): cough");
  set(reading, tag::patient_history, "Jane smokes. MRN: 4711");
  EXPECT_EQ(clinical_context(reading.header), "57-year-old woman. Indication: Mrs. ___ (___, ___, ___): cough. History: ___ smokes. MRN: ___.");
}

TEST(BuildPrompt, SingleImage) {
  // The form of a study without a prior; nothing of it may be cut.
  const BuiltPrompt built = build_prompt({"57-year-old woman. Indication: cough.", {}, {0}, "Please generate a radiology report for this scan."});
  EXPECT_EQ(as_text(built.prompt),
            "57-year-old woman. Indication: cough. Current study: <0>Please generate a radiology report for this scan.");
  EXPECT_TRUE(built.cuts.empty());
}

const std::vector<PromptPrior> three_priors = {{"20230101", std::nullopt, "No nodule"}, {"20240102", 0, "Nodule.", "CT"}, {"20240103", 1, "", "CR"}};

TEST(BuildPrompt, WithPriors) {
  // Prior images and reports stand before the current images, each with its modality, if that is known, and its date.
  EXPECT_EQ(as_text(build_prompt({"", three_priors, {2, 3}, "Q?"}).prompt),
            "Prior study of 2023-01-01: Prior report: No nodule. Prior CT study of 2024-01-02: <0>Prior report: Nodule. "
            "Prior CR study of 2024-01-03: <1>Current study: <2><3>Q?");
}

TEST(BuildPrompt, InTheWordsThatTheModelKnows) {
  // Each template of the registry by its exact text; an unknown name is none.
  const auto words = [&](const char* name) { return as_text(build_prompt({"A man.", {{"20240102", 0, "Nodule.", "CT"}}, {1}, "Q?"}, *model::find_prompt_template(name)).prompt); };
  const std::string with_modality = "A man. Prior CT study of 2024-01-02: <0>Prior report: Nodule. Current study: <1>Q?";
  EXPECT_EQ(words(""), with_modality);
  EXPECT_EQ(words("modality_date"), with_modality);
  EXPECT_EQ(words("date"), "A man. Prior study of 2024-01-02: <0>Prior report: Nodule. Current study: <1>Q?");
  EXPECT_EQ(model::find_prompt_template("dates"), nullptr);
  EXPECT_EQ(model::prompt_template_names(), "modality_date, date");
}

TEST(BuildPrompt, WhatIsPutInIsNoForm) {
  // A report or a modality that looks like a place of the form stays as it is.
  const PromptPrior odd{"20240102", std::nullopt, "{text} {date}", "{date}"};
  EXPECT_EQ(as_text(build_prompt({"", {odd}, {0}, "Q?"}).prompt), "Prior {date} study of 2024-01-02: Prior report: {text} {date}. Current study: <0>Q?");
}

// The parts that are left after the first `made` cuts.
std::string after_cuts(const BuiltPrompt& built, std::size_t made) {
  std::vector<std::size_t> gone;
  for (std::size_t i = 0; i < made; ++i) gone.insert(gone.end(), built.cuts[i].parts.begin(), built.cuts[i].parts.end());
  model::Prompt left;
  for (std::size_t i = 0; i < built.prompt.size(); ++i) {
    if (std::find(gone.begin(), gone.end(), i) == gone.end()) left.push_back(built.prompt[i]);
  }
  return as_text(left);
}

TEST(BuildPrompt, IsCutTextsFirstOldestFirst) {
  // The order of cutting; each step leaves the prompt that would have been built without what was cut.
  const BuiltPrompt built = build_prompt({"A man.", three_priors, {2}, "Q?"});
  ASSERT_EQ(built.cuts.size(), 4u);
  const auto step = [&](std::size_t i) { return std::pair(built.cuts[i].prior, built.cuts[i].images); };
  EXPECT_EQ(step(0), std::pair(std::size_t{0}, false));
  EXPECT_EQ(step(1), std::pair(std::size_t{1}, false));
  EXPECT_EQ(step(2), std::pair(std::size_t{1}, true));
  EXPECT_EQ(step(3), std::pair(std::size_t{2}, true));
  std::vector<PromptPrior> left(three_priors.begin() + 1, three_priors.end());
  EXPECT_EQ(after_cuts(built, 1), as_text(build_prompt({"A man.", left, {2}, "Q?"}).prompt));
  left[0].report_text.clear();
  EXPECT_EQ(after_cuts(built, 2), as_text(build_prompt({"A man.", left, {2}, "Q?"}).prompt));
  left.erase(left.begin());
  EXPECT_EQ(after_cuts(built, 3), as_text(build_prompt({"A man.", left, {2}, "Q?"}).prompt));
  EXPECT_EQ(after_cuts(built, 4), "A man. Current study: <2>Q?");
}

TEST(BuildPrompt, TextIsOnlyEverText) {
  // What looks like an image or an end in a report stays a text part.
  const model::Prompt prompt = build_prompt({"<image> </s>", {{"20240102", std::nullopt, "<image0></image>"}}, {0}, "Q?"}).prompt;
  const auto images = std::count_if(prompt.begin(), prompt.end(), [](const auto& part) { return std::holds_alternative<model::ImagePart>(part); });
  EXPECT_EQ(images, 1);
  EXPECT_EQ(as_text(prompt), "<image> </s> Prior study of 2024-01-02: Prior report: <image0></image>. Current study: <0>Q?");
}

}  // namespace
}  // namespace radfm::draft
