// SPDX-License-Identifier: Apache-2.0
// The whole way from files to report, with a stand-in reader and a stand-in engine as real processes.
#include "pipeline/draft/draft_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/pipeline/draft/draft_pipeline_fixture.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;
using test::chest;
using test::DraftPipeline;
using test::said;
using test::text_of;
using testing::HasSubstr;
using testing::Not;

TEST_F(DraftPipeline, ASingleRadiograph) {
  // Prompt, pixels, evidence and sentences of a study without priors.
  auto result = prepare_of(chest("1.2.9", "20240311"));
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_TRUE(result->prepared);
  const Prepared& prepared = *result->prepared;
  EXPECT_EQ(text_of(prepared.prompt),
            R"([{"text":"57-year-old woman. "},{"text":"Current study: "},{"image":0},{"text":"Please generate a radiology report for this scan."}])");
  ASSERT_EQ(prepared.images.size(), 1u);
  EXPECT_EQ(prepared.images[0]->display, std::vector<std::uint8_t>(8, 1));
  EXPECT_EQ(prepared.shown, (std::vector<report::EvidenceInstance>{{"1.2.9", "1.2.9.1", test::cr_class, "1.2.9.1.1"}}));
  EXPECT_EQ(prepared.key_images, prepared.shown);
  EXPECT_EQ(prepared.comparison, "No prior study was available for comparison.");
  EXPECT_EQ(prepared.clinical_information, "57-year-old woman.");
  EXPECT_EQ(prepared.modality, "CR");
  EXPECT_EQ(prepared.target_region, "CHEST");
  EXPECT_TRUE(prepared.cuts.empty());
}

TEST_F(DraftPipeline, AnImageWithoutPixelsIsNotShown) {
  // The reader may leave out the pixels of what is not shown, and of nothing else.
  auto result = prepare_of(chest("1.2.9", "20240311"), {}, "undecoded");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "reader_garbled");
  EXPECT_EQ(result.error().error_class, ErrorClass::poison);
}

TEST_F(DraftPipeline, AVolumeGetsItsOwnQuestionAndKeyImage) {
  // One volume is shown, the second is named as not shown; the middle slice stands for it.
  StudyReading study = test::study("1.2.9", "20240311");
  test::add_ct(study, "3", 5, 40);
  test::add_ct(study, "4", 2, 2);
  auto result = prepare_of(study);
  ASSERT_TRUE(result && result->prepared);
  EXPECT_THAT(text_of(result->prepared->prompt), HasSubstr("Please caption this scan"));
  EXPECT_EQ(result->prepared->images.size(), 1u);
  EXPECT_EQ(result->prepared->shown.size(), 5u);
  ASSERT_EQ(result->prepared->key_images.size(), 1u);
  EXPECT_EQ(result->prepared->key_images[0].sop_instance_uid, "1.2.9.3.3");
  EXPECT_THAT(result->prepared->technique, HasSubstr("5 of 40 slices"));
  EXPECT_THAT(result->prepared->technique, HasSubstr("Series 4 \"Thorax 5 mm\", CT: not shown to the model."));
  EXPECT_TRUE(result->prepared->current.pixels[1].display.empty());  // given back
}

TEST_F(DraftPipeline, RadiographsUpToTheLimit) {
  // The fifth radiograph is named, not shown.
  StudyReading study = test::study("1.2.9", "20240311");
  for (const char* name : {"1", "2", "3", "4", "5"}) test::add_radiograph(study, name);
  auto result = prepare_of(study);
  EXPECT_EQ(result->prepared->images.size(), 4u);
  EXPECT_THAT(result->prepared->technique, HasSubstr("Series 5 \"Thorax PA\", CR: not shown"));
}

TEST_F(DraftPipeline, APriorWithImageAndReport) {
  // The prior's image comes first in prompt and images; its report's text is told; both are evidence.
  StudyReading prior = chest("1.2.1", "20230102");
  prior.reports = {test::verified_report("1.2.1.7", "Findings:\nA nodule.")};
  auto result = prepare_of(chest("1.2.9", "20240311"), {prior});
  ASSERT_TRUE(result && result->prepared);
  const Prepared& prepared = *result->prepared;
  EXPECT_EQ(text_of(prepared.prompt),
            R"([{"text":"57-year-old woman. "},{"text":"Prior CR study of 2023-01-02: "},{"image":0},{"text":"Prior report: Findings: A nodule. "},)"
            R"({"text":"Current study: "},{"image":1},{"text":"Please generate a radiology report for this scan."}])");
  EXPECT_EQ(prepared.images[0], &prepared.priors[0].pixels[0]);
  EXPECT_EQ(prepared.images[1], &prepared.current.pixels[0]);
  ASSERT_EQ(prepared.prior_uses.size(), 1u);
  EXPECT_EQ(prepared.prior_uses[0].study_date, "20230102");
  EXPECT_EQ(prepared.prior_uses[0].images.size(), 1u);
  EXPECT_EQ(prepared.prior_uses[0].reports[0].sop_instance_uid, "1.2.1.7");
  EXPECT_THAT(prepared.comparison, HasSubstr("Prior study of 2023-01-02 (CR \"Chest 20230102\"): its images were shown"));
}

TEST_F(DraftPipeline, PriorsStandInTheOrderOfTime) {
  // Two image priors and one report: oldest first in the prompt, each image under its own date.
  configuration_.priors.images_max = 2;
  StudyReading old = chest("1.2.1", "20210102");
  StudyReading report_only = test::study("1.2.2", "20220102");
  report_only.reports = {test::verified_report("1.2.2.7", "Normal.")};
  StudyReading recent = chest("1.2.3", "20230102");
  recent.volumes[0].depth = 1;
  auto result = prepare_of(chest("1.2.9", "20240311"), {recent, report_only, old});
  ASSERT_TRUE(result && result->prepared);
  const Prepared& prepared = *result->prepared;
  EXPECT_EQ(text_of(prepared.prompt),
            R"([{"text":"57-year-old woman. "},{"text":"Prior CR study of 2021-01-02: "},{"image":0},{"text":"Prior study of 2022-01-02: "},)"
            R"({"text":"Prior report: Normal. "},{"text":"Prior CR study of 2023-01-02: "},{"image":1},{"text":"Current study: "},{"image":2},)"
            R"({"text":"Please generate a radiology report for this scan."}])");
  EXPECT_EQ(prepared.images[0], &prepared.priors[2].pixels[0]);
  EXPECT_EQ(prepared.images[1], &prepared.priors[0].pixels[0]);
  // What is cut first is the oldest report, whose study has nothing else; then the images, oldest first.
  ASSERT_EQ(prepared.cuts.size(), 3u);
  const auto cut = [&](std::size_t i) { return prepared.prior_uses[prepared.cuts[i].prior].study_date + (prepared.cuts[i].images ? " images" : " report"); };
  EXPECT_EQ(cut(0), "20220102 report");
  EXPECT_EQ(cut(1), "20210102 images");
  EXPECT_EQ(cut(2), "20230102 images");
}

TEST_F(DraftPipeline, MoreImagesThanAPromptHolds) {
  // Eight images at most: the current study keeps its own, the oldest priors are not shown, and the draft says so.
  configuration_.priors.images_max = 10;
  StudyReading study = test::study("1.2.9", "20240311");
  for (const char* name : {"1", "2", "3", "4"}) test::add_radiograph(study, name);
  std::vector<StudyReading> priors;
  for (int year = 2019; year < 2024; ++year) priors.push_back(chest("1.2." + std::to_string(year), std::to_string(year) + "0402"));
  auto result = prepare_of(study, priors);
  ASSERT_TRUE(result && result->prepared);
  EXPECT_EQ(result->prepared->images.size(), model::prompt_images_max);
  ASSERT_EQ(result->prepared->prior_uses.size(), 4u);
  EXPECT_EQ(result->prepared->prior_uses.back().study_date, "20200402");
  EXPECT_THAT(result->prepared->comparison, HasSubstr("The study of 2019-04-02 was not used: it has no verified report, and its images were "
                                                      "not shown (priors.images_max or the prompt's limit of 8 images reached"));
}

TEST_F(DraftPipeline, WithoutAPatientIdNoPriorIsRead) {
  // An empty ID fits everybody: no prior, and the report says so.
  StudyReading study = chest("1.2.9", "20240311");
  test::set(study, tag::patient_id, "");
  StudyReading prior = chest("1.2.1", "20230102");
  test::set(prior, tag::patient_id, "");
  auto result = prepare_of(study, {prior});
  EXPECT_EQ(result->prepared->images.size(), 1u);
  EXPECT_THAT(result->prepared->comparison, HasSubstr("no Patient ID"));
}

TEST_F(DraftPipeline, ARefusedPriorIsSaidWithoutPatientData) {
  // The birth date differs: nothing of it is used, the report says why, no value appears.
  StudyReading other = chest("1.2.1", "20230102");
  test::set(other, tag::birth_date, "19500607");
  auto result = prepare_of(chest("1.2.9", "20240311"), {other});
  EXPECT_TRUE(result->prepared->priors.empty());
  ASSERT_EQ(result->prepared->priors_refused.size(), 1u);
  EXPECT_THAT(result->prepared->comparison, HasSubstr("birth date"));
  EXPECT_THAT(result->prepared->comparison, Not(HasSubstr("1950")));
  EXPECT_THAT(result->prepared->comparison, Not(HasSubstr("2023")));
}

TEST_F(DraftPipeline, DisagreeingFilesStopTheJob) {
  // Two patients in one study: permanent, for an administrator.
  StudyReading study = chest("1.2.9", "20240311");
  study.disagreements = {"birth_date"};
  auto result = prepare_of(study);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "identity_conflict");
  EXPECT_EQ(result.error().error_class, ErrorClass::permanent);
}

TEST_F(DraftPipeline, NothingToShow) {
  // Only objects that are no diagnostic images: no report is due. An image that could not be used: an error with its code.
  StudyReading study = test::study("1.2.9", "20240311");
  study.left_out = {{"1.2.3", 1, "localizer", "A localizer.", true}};
  auto skipped = prepare_of(study);
  ASSERT_TRUE(skipped);
  EXPECT_FALSE(skipped->prepared);
  EXPECT_EQ(skipped->skip->code, "no_diagnostic_image");
  EXPECT_EQ(skipped->left_out.size(), 1u);
  study.left_out.push_back({"1.2.4", 1, "unsupported_transfer_syntax", "The transfer syntax is not supported.", false});
  EXPECT_EQ(prepare_of(study).error().code, "unsupported_transfer_syntax");
  study.left_out.back().code = "Robert'); DROP";
  EXPECT_EQ(prepare_of(study).error().code, "unusable_images");
}

TEST_F(DraftPipeline, TheDigestCoversAllThatDecides) {
  // The same input twice gives the same digest; model, limit, question, pixels' shape and prior each change it.
  const StudyReading study = chest("1.2.9", "20240311");
  const auto digest = [&](const std::vector<StudyReading>& priors = {}) { return prepare_of(study, priors)->prepared->input_digest; };
  const std::string first = digest();
  EXPECT_EQ(first.size(), 64u);
  EXPECT_EQ(digest(), first);
  EXPECT_NE(digest({chest("1.2.1", "20230102")}), first);
  model_.digest = "d2";
  EXPECT_NE(digest(), first);
  model_.digest = "d1";
  action_.max_new_tokens += 1;
  EXPECT_NE(digest(), first);
  action_.max_new_tokens -= 1;
  action_.prompt_2d = "What is it?";
  EXPECT_NE(digest(), first);
}

TEST_F(DraftPipeline, WhatWasCutIsNeitherComparedNorCited) {
  // A prompt that is too long loses the prior's report, then its image; each time the draft claims just what was left.
  StudyReading prior = chest("1.2.1", "20230102");
  auto engine = model::EngineClient::start({sibling_program("radfm-engine"), "/models/good"});
  ASSERT_TRUE(engine) << engine.error().message;
  const auto drafted = [&](const std::string& report, model::Generated* generated) {
    prior.reports = {test::verified_report("1.2.1.7", report)};
    auto result = prepare_of(chest("1.2.9", "20240311"), {prior});
    auto answer = ask_model(*engine, *result->prepared, action_, configuration_, nullptr, -1);
    if (!answer) ADD_FAILURE() << answer.error().message;
    *generated = *answer;
    return draft_content(*result->prepared, *answer, engine->facts(), configuration_, {});
  };
  model::Generated generated;
  report::DraftContent content = drafted("Normal.", &generated);
  EXPECT_EQ(generated.cuts_made, 0);
  EXPECT_EQ(content.priors.at(0).reports.size(), 1u);
  EXPECT_THAT(content.technique, Not(HasSubstr("too long")));

  content = drafted("TOO_LONG by far.", &generated);
  EXPECT_EQ(generated.cuts_made, 1);
  EXPECT_THAT(generated.text, Not(HasSubstr("Prior report")));
  EXPECT_THAT(generated.text, HasSubstr("Prior CR study of 2023-01-02"));
  EXPECT_THAT(content.comparison, HasSubstr("its images were shown to the model; its report was not read by the model: the prompt had no room"));
  EXPECT_THAT(content.technique, HasSubstr("Left out of the prompt, which was too long for the model: the report of 2023-01-02."));
  EXPECT_TRUE(content.priors.at(0).reports.empty());
  EXPECT_EQ(content.priors.at(0).images.size(), 1u);
}

TEST_F(DraftPipeline, APromptThatCannotBeShortenedIsPermanent) {
  // Nothing of the current study is ever cut: the job is dead, and the message says what to change.
  StudyReading prior = chest("1.2.1", "20230102");
  prior.reports = {test::verified_report("1.2.1.7", "Normal.")};
  action_.prompt_2d = "TOO_LONG?";
  auto result = prepare_of(chest("1.2.9", "20240311"), {prior});
  auto engine = model::EngineClient::start({sibling_program("radfm-engine"), "/models/good"});
  ASSERT_TRUE(engine);
  auto generated = ask_model(*engine, *result->prepared, action_, configuration_, nullptr, -1);
  ASSERT_FALSE(generated);
  EXPECT_EQ(generated.error().code, model::prompt_too_long_code);
  EXPECT_EQ(generated.error().error_class, ErrorClass::permanent);
  EXPECT_THAT(generated.error().message, HasSubstr("action.prompt_2d"));
}

TEST_F(DraftPipeline, EachTaskPutsItsAnswerInItsPlace) {
  // The task's question is asked, named in the technique, and stands with its answer.
  action_.task = Task::diagnosis;
  action_.prompt_2d = "Is there any indication of pneumonia in the image?";
  auto result = prepare_of(chest("1.2.9", "20240311"));
  ASSERT_TRUE(result && result->prepared);
  const auto content = draft_content(*result->prepared, said("yes"), model_, configuration_, {});
  EXPECT_EQ(content.sections.findings, "");
  EXPECT_EQ(content.sections.impression, "Question to the model: Is there any indication of pneumonia in the image?\nAnswer: yes");
  EXPECT_THAT(content.technique, testing::StartsWith("Task of the model: diagnosis. Question to the model: \"Is there any indication"));
  const std::string digest = result->prepared->input_digest;
  action_.task = Task::vqa;
  EXPECT_NE(prepare_of(chest("1.2.9", "20240311"))->prepared->input_digest, digest);
}

TEST_F(DraftPipeline, TypicalFeaturesAreNoObservations) {
  // A rationale with features says in its notices what they are; one without does not.
  action_.task = Task::rationale;
  auto result = prepare_of(chest("1.2.9", "20240311"));
  const auto notices = [&](const char* text) { return draft_content(*result->prepared, said(text), model_, configuration_, {}).notices; };
  EXPECT_THAT(notices("Pneumonia. The Radiographic features can be summarized as follows. Opacity."), testing::Contains(HasSubstr("typical of the disease")));
  EXPECT_THAT(notices("Pneumonia."), Not(testing::Contains(HasSubstr("typical of the disease"))));
}

TEST_F(DraftPipeline, TheReportHasTheConfiguredSrClass) {
  // Same content in each class, and each draft keeps our rules of a draft.
  auto result = prepare_of(chest("1.2.9", "20240311"));
  ReportFrame frame;
  frame.uids = {"1.9.1", "1.9.2"};
  frame.predecessor = report::Predecessor{"1.2.9", "1.8.1", test::sr_class, "1.8.2"};
  model_.name = "A model";
  model_.version = "1";
  std::set<std::string> texts;
  for (const SrClass sr_class : sr_classes) {
    configuration_.report.sop_class = sr_class;
    EXPECT_EQ(draft_content(*result->prepared, said("Findings: x."), model_, configuration_, frame).sop_class, sr_class);
    const auto draft = write_report(*result->prepared, said("Findings: x."), model_, configuration_, frame);
    ASSERT_TRUE(draft.ok()) << draft.error().message;
    const std::string bytes(draft->dicom.begin(), draft->dicom.end());
    EXPECT_NE(bytes.find(sop_class_uid_of(sr_class)), std::string::npos);
    texts.insert(draft->text);
  }
  EXPECT_EQ(texts.size(), 1u);
}

TEST_F(DraftPipeline, NoticesComeInTheirOrder) {
  // Untrained weights are said before everything else, then the draft notice; silence and loops are said too.
  auto result = prepare_of(chest("1.2.9", "20240311"));
  configuration_.report.institution_notice = "Ask the radiologist on call.";
  const auto notices = [&](const model::Generated& generated, bool seed) {
    model::ModelFacts facts;
    facts.weights_from_seed = seed;
    return draft_content(*result->prepared, generated, facts, configuration_, {}).notices;
  };
  EXPECT_EQ(notices(said("Findings: x."), false), (std::vector<std::string>{report::draft_notice, "Ask the radiologist on call."}));
  EXPECT_THAT(notices(said("Findings: x."), true).at(0), HasSubstr("no medical meaning"));
  EXPECT_EQ(notices(said("x"), true).at(1), report::draft_notice);
  EXPECT_EQ(notices(said(" \n"), false).at(1), "The model wrote no text for this study.");
  model::ModelFacts shown;
  shown.notice = "Demonstration only.";
  EXPECT_EQ(draft_content(*result->prepared, said("x"), shown, configuration_, {}).notices.at(0), "Demonstration only.");
  model::Generated cut = said("Findings: a a a a");
  cut.stopped = "limit";
  cut.flags = {"repeats"};
  EXPECT_EQ(notices(cut, false).size(), 4u);
}

TEST_F(DraftPipeline, TheReportSaysWhatTheJobFixed) {
  // Dates come from the job's creation in the study's own zone, UIDs from its identity, sections from the model's text.
  StudyReading study = chest("1.2.9", "20240311");
  test::set(study, tag::timezone_offset, "+0130", "SH");
  auto result = prepare_of(study);
  ReportFrame frame;
  frame.uids = {"1.9.1", "1.9.2"};
  frame.revision = 2;
  frame.predecessor = report::Predecessor{"1.2.9", "1.8.1", test::sr_class, "1.8.2"};
  frame.content_wall_ms = 1'710'197'999'000;  // 2024-03-11T22:59:59Z
  const auto content = draft_content(*result->prepared, said("Findings: Clear lungs. Impression: Normal."), model_, configuration_, frame);
  EXPECT_EQ(content.content_date, "20240312");
  EXPECT_EQ(content.content_time, "002959");
  EXPECT_EQ(content.observation_datetime, "20240311225959+0000");
  EXPECT_EQ(content.sop_instance_uid, "1.9.2");
  EXPECT_EQ(content.sections.findings, "Clear lungs.");
  EXPECT_EQ(content.sections.impression, "Normal.");
  EXPECT_EQ(content.predecessors.size(), 1u);
  EXPECT_EQ(content.model_digest, "d1");
  model_.name = "A model";
  model_.version = "1";
  auto draft = write_report(*result->prepared, said("Findings: Clear lungs."), model_, configuration_, frame);
  ASSERT_TRUE(draft) << draft.error().message;
  EXPECT_THAT(draft->text, HasSubstr("Clear lungs."));
  EXPECT_THAT(draft->text, HasSubstr("No prior study was available for comparison."));
  auto again = write_report(*result->prepared, said("Findings: Clear lungs."), model_, configuration_, frame);
  EXPECT_EQ(draft->dicom, again->dicom);
}

}  // namespace
}  // namespace radfm::draft
