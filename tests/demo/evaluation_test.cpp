// SPDX-License-Identifier: Apache-2.0
// The counting of an evaluation, on reports of known worth; and the program, with the shipped model.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "demo/evaluation/tally_shown.h"
#include "tests/support/outside_program.h"

namespace radfm::demo {
namespace {

Tally tally_of(const std::function<std::string(const Exercise&)>& report, std::uint64_t phantoms = 200) {
  Tally tally;
  for (std::uint64_t i = 0; i < phantoms; ++i) {
    const Exercise exercise = evaluation_exercise(7, i);
    tally.add(exercise, {report(exercise), true, false, 10});
  }
  return tally;
}

TEST(Evaluation, RightReportsAreAllRight) {
  // Aim: the answers of the language itself are right in every attribute, class of change and field of the confusion tables.
  const nlohmann::json json = json_of(tally_of([](const Exercise& exercise) { return exercise.answer; }));
  for (const std::string_view attribute : judged_attributes()) EXPECT_EQ(json["accuracy"][std::string(attribute)], 1.0) << attribute;
  EXPECT_EQ(json["change"].size(), 8u) << "each class of change comes in 200 phantoms";
  for (const auto& [name, share] : json["change"].items()) EXPECT_EQ(share, 1.0) << name;
  for (const char* table : {"kind", "change"}) {
    for (const auto& [truth, said] : json["confusion"][table].items()) {
      EXPECT_EQ(said.size(), 1u) << truth;
      EXPECT_TRUE(said.contains(truth)) << truth;
    }
  }
  EXPECT_EQ(json["ended"], 1.0);
  EXPECT_FALSE(json.contains("same_text"));
}

TEST(Evaluation, AnotherPatientsReportsAreWrongAsOftenAsTheyDiffer) {
  // Aim: the answer of the next phantom in the place of the right one: no attribute that can differ stays whole, and the
  // groups hold the same counts as the whole.
  std::vector<std::string> answers;
  for (std::uint64_t i = 0; i < 202; ++i) answers.push_back(evaluation_exercise(7, i).answer);
  std::size_t at = 0;
  const Tally tally = tally_of([&](const Exercise&) { return answers[2 + at++]; });
  for (const std::string_view attribute : judged_attributes()) {
    const Share &all = tally.all.attributes.at(attribute), &plain = tally.radiographs.attributes.at(attribute),
                &ct = tally.ct.attributes.at(attribute);
    EXPECT_EQ(all.asked, plain.asked + ct.asked) << attribute;
    EXPECT_EQ(all.right, plain.right + ct.right) << attribute;
    if (attribute != "modality" && attribute != "consistent") { EXPECT_LT(all.value(), 0.98) << attribute; }
  }
  EXPECT_LT(tally.all.attributes.at("side").value(), 0.7);
}

TEST(Evaluation, WhatIsNoReportIsRightInNothing) {
  // Aim: an empty text, noise of letters and an endless loop are wrong in every attribute and counted as "neither".
  for (const char* text : {"", "nodule nodule nodule nodule", "Findings:"}) {
    const nlohmann::json json = json_of(tally_of([&](const Exercise&) { return std::string(text); }, 40));
    for (const auto& [name, share] : json["accuracy"].items()) EXPECT_EQ(share, 0.0) << name << " of " << text;
    for (const auto& [truth, said] : json["confusion"]["kind"].items()) EXPECT_TRUE(said.contains("neither")) << truth;
  }
}

TEST(Evaluation, NoDiagnosticImageMustBeSaidOrRefused) {
  // Aim: a refusal and the sentence count as right, a finding does not, and neither enters the accuracy of reports.
  Exercise blank = report_exercise(5, {}, PriorSeen::none, PriorReport::none);
  blank.images.back() = phantom::draw_blank(5, phantom::Modality::radiograph);
  blank.told.current = blank.images.back().truth;
  phantom::Random random(1);
  Tally tally;
  tally.add(blank, {"all pixels have one value", true, true, 0});
  tally.add(blank, {write_report(blank.told, random), true, false, 5});
  tally.add(blank, {evaluation_exercise(7, 0).answer, false, false, 7});
  EXPECT_EQ(tally.not_diagnostic.right, 2);
  EXPECT_EQ(tally.not_diagnostic.asked, 3);
  EXPECT_EQ(tally.ended.right, 1);
  EXPECT_EQ(tally.ended.asked, 2);
  EXPECT_TRUE(tally.all.attributes.empty());
  EXPECT_EQ(tally.longest_ms(), 7);
}

TEST(Evaluation, ThePictureShowsTheTables) {
  // Aim: a PNG, the same bytes for the same tally, others for another one.
  const auto right = tally_of([](const Exercise& exercise) { return exercise.answer; }, 40);
  const auto wrong = tally_of([](const Exercise&) { return std::string(); }, 40);
  const auto picture = picture_of(right);
  ASSERT_TRUE(picture.ok());
  EXPECT_EQ((*picture)[1], 'P');
  EXPECT_EQ(*picture_of(right), *picture);
  EXPECT_NE(*picture_of(wrong), *picture);
}

TEST(Evaluation, TheProgramGivesTheSameTextsThroughFiles) {
  // Aim: two phantoms with the shipped model through DICOM files and through the model's input: equal texts, and JSON that
  // names model, seed and every part.
  const auto run = test::run_outside_program({RADFM_CTL, "eval", "--phantoms", "2", "--seed", "3", "--through", "files", "--same-as-input", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.output;
  const nlohmann::json json = nlohmann::json::parse(run.output);
  EXPECT_EQ(json["same_text"], 1.0);
  EXPECT_EQ(json["phantoms"], 2);
  EXPECT_EQ(json["through"], "files");
  EXPECT_TRUE(json["accuracy"].contains("side"));
  EXPECT_FALSE(json["model"]["digest"].get<std::string>().empty());
  EXPECT_EQ(test::run_outside_program({RADFM_CTL, "eval", "--phantoms", "none"}).exit_code, 2);
}

}  // namespace
}  // namespace radfm::demo
