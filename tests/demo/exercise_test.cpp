// SPDX-License-Identifier: Apache-2.0
#include "demo/exercise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/task.h"
#include "demo/chest_questions.h"
#include "demo/phantom_person.h"
#include "demo/report_judgement.h"

namespace radfm::demo {
namespace {

using phantom::Change;
using phantom::Kind;
using phantom::Modality;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t exercises = 6000;

std::string words_of(const model::Prompt& prompt) {
  std::string text;
  for (const auto& part : prompt) text += std::holds_alternative<std::string>(part) ? std::get<std::string>(part) : "<image>";
  return text;
}

TEST(Exercise, TheMixIsThatOfTheHeader) {
  // Aim: forms, priors and their reports come as often as the header says; volume prompts have a CT, the others none.
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 0; seed < exercises; ++seed) {
    const bool volume = seed % 2 == 1;
    const Exercise exercise = draw_exercise(seed, volume);
    const bool any_ct = std::ranges::any_of(exercise.images, [](const auto& v) { return v.truth.modality == Modality::ct; });
    ASSERT_EQ(any_ct, volume) << seed;
    if (!exercise.told.current.diagnostic) {
      ++seen["blank"];
      continue;
    }
    ++seen[exercise.form == Form::report ? "report" : "question"];
    const bool image = exercise.told.prior_seen == PriorSeen::image;
    ASSERT_EQ(exercise.images.size(), image ? 2u : 1u);
    if (exercise.form == Form::report) ++seen["report, prior " + std::to_string(static_cast<int>(exercise.told.prior_seen))];
    if (image) ++seen["prior"], ++seen["prior report " + std::to_string(static_cast<int>(exercise.prior_report))];
    if (image && volume) ++seen["volume prior"];
    if (image && exercise.told.prior.modality != exercise.told.current.modality) ++seen["other modality"];
    if (image && exercise.form == Form::question) ++seen["question with prior"];
    if (image && exercise.form == Form::question && exercise.content.question == change_question) ++seen["bare change"];
    if (image && exercise.form == Form::question && exercise.content.question == comparison_question) ++seen["comparison"];
  }
  const auto share = [&](const char* part, const char* whole) { return 1.0 * seen[part] / seen[whole]; };
  EXPECT_NEAR(1.0 * seen["blank"] / exercises, 0.03, 0.01);
  EXPECT_NEAR(1.0 * seen["report"] / (seen["report"] + seen["question"]), 0.52, 0.03);
  EXPECT_NEAR(share("report, prior 0", "report"), 0.25, 0.03);
  EXPECT_NEAR(share("report, prior 1", "report"), 0.12, 0.03);
  EXPECT_NEAR(share("prior report 2", "prior"), 0.15, 0.03) << "contradicting";
  EXPECT_NEAR(share("other modality", "volume prior"), 0.12, 0.03);
  EXPECT_NEAR(share("bare change", "question with prior"), 0.10, 0.03);
  EXPECT_NEAR(share("comparison", "question with prior"), 0.25, 0.04);
}

TEST(Exercise, EveryReportAnswersItsTruth) {
  // Aim: what is taught as a report is read back without fault and judged right in all that is asked.
  for (std::uint64_t seed = 0; seed < exercises; ++seed) {
    const Exercise exercise = draw_exercise(seed, seed % 2 == 1);
    if (exercise.form != Form::report) continue;
    const ParsedReport report = parse_report(exercise.answer);
    ASSERT_THAT(report.unread, IsEmpty()) << exercise.answer;
    for (const Verdict& verdict : judge(report, exercise.told)) ASSERT_TRUE(verdict.right) << verdict.attribute << ": " << exercise.answer;
  }
}

TEST(Exercise, ThePromptIsTheNodes) {
  // Aim: context, prior with its date, current study, and the default question of a rule, in the order of the node.
  const Exercise exercise = report_exercise(12, {Modality::ct, Modality::ct}, PriorSeen::image, PriorReport::true_report);
  const std::string text = words_of(exercise.prompt());
  EXPECT_THAT(text, EndsWith("Current study: <image>" + std::string(default_questions(Task::report).volume)));
  EXPECT_THAT(text, HasSubstr(": <image>Prior report: Finding: "));
  EXPECT_THAT(text, ::testing::StartsWith(draft::clinical_context(header_of(draw_person(12)))));
  EXPECT_THAT(words_of(report_exercise(12, {}, PriorSeen::none, PriorReport::none).prompt()), Not(HasSubstr("Prior")));
  EXPECT_THAT(words_of(report_exercise(12, {}, PriorSeen::report_only, PriorReport::true_report).prompt()), Not(HasSubstr("<image>Prior")));
}

TEST(Exercise, AContradictingReportContradicts) {
  // Aim: the text under the prior's date names another lesion than its image shows; the answer follows the image.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Exercise exercise = report_exercise(seed, {}, PriorSeen::image, PriorReport::contradicting);
    const ParsedReport old = parse_report(exercise.content.priors.at(0).report_text);
    ASSERT_THAT(old.unread, IsEmpty());
    EXPECT_NE(old.lesion, exercise.told.prior.lesion);
    EXPECT_EQ(parse_report(exercise.answer).prior_lesion, exercise.told.prior.lesion);
  }
}

TEST(Exercise, AnEvaluationIsOfTheMixSaid) {
  // Aim: a hundred of an evaluation: half CT, priors as the header says, other patients for another seed.
  std::map<std::pair<PriorSeen, PriorReport>, int> seen;
  for (std::uint64_t number = 0; number < 100; ++number) {
    const Exercise exercise = evaluation_exercise(5, number);
    EXPECT_EQ(exercise.told.current.modality == Modality::ct, number % 2 == 1);
    ++seen[{exercise.told.prior_seen, exercise.prior_report}];
    EXPECT_NE(evaluation_patient(5, number), evaluation_patient(6, number));
  }
  using Pair = std::pair<PriorSeen, PriorReport>;
  EXPECT_EQ((seen[Pair{PriorSeen::none, PriorReport::none}]), 30);
  EXPECT_EQ((seen[Pair{PriorSeen::report_only, PriorReport::true_report}]), 10);
  EXPECT_EQ((seen[Pair{PriorSeen::image, PriorReport::contradicting}]), 10);
  EXPECT_EQ((seen[Pair{PriorSeen::image, PriorReport::none}]), 30);
}

TEST(Questions, AnswersAreTrue) {
  // Aim: for a known truth each question has the one right answer, whatever phrasing was drawn.
  Told told;
  told.prior_seen = PriorSeen::image;
  told.current.lesion = {Kind::nodule, phantom::Side::right, phantom::Zone::lower, phantom::Size::moderate};
  told.prior.lesion = told.current.lesion;
  told.prior.lesion.size = phantom::Size::small;
  told.prior.heart_enlarged = true;
  const std::map<std::string, std::string> right = {
      {"What imaging modality is used?", "X-ray"},
      {"Is this image a CT scan?", "no"},
      {"Is this image a chest X-ray?", "yes"},
      {"Is there any indication of nodule in the image?", "yes"},
      {"Is there any indication of consolidation in the image?", "no"},
      {"Is there any indication of cardiomegaly in the image?", "no"},
      {"What is the diagnosis for this chest X-ray?", "nodule"},
      {"Which side is the nodule?", "right"},
      {"In which zone is the nodule?", "lower zone"},
      {"How large is the nodule?", "24 mm"},
      {"How large is the pleural effusion?", "There is no pleural effusion."},
      {"Is the heart enlarged?", "no"},
      {change_question, "larger"},
      {"Is the heart larger, smaller or unchanged?", "smaller"},
      {"Has the nodule changed since the prior study?", "It was 16 mm and is 24 mm: larger."},
      {"What did the prior study show?", "a 16 mm nodule in the right lower zone"},
      {"How large was the nodule on the prior study?", "16 mm"},
      {"On which side was the nodule on the prior study?", "right"},
      {"How large was the consolidation on the prior study?", "There was no consolidation."}};
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    phantom::Random random(seed);
    const Question question = draw_question(told, random);
    const auto known = right.find(question.question);
    if (known == right.end()) continue;
    EXPECT_EQ(question.answer, known->second) << question.question;
    ++seen[question.question];
  }
  EXPECT_EQ(seen.size(), right.size()) << "every one of them is asked";
}

TEST(Questions, AComparisonIsAsInAReport) {
  // Aim: what is answered to "what has changed" stands word for word in a report that can be written of the same truth.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const phantom::Pair pair = phantom::draw_pair(seed, Modality::radiograph, Modality::radiograph);
    const Told told{pair.current.truth, PriorSeen::image, pair.prior.truth};
    phantom::Random random(seed);
    const ParsedReport report = parse_report("Findings: " + write_comparison(told, random));
    EXPECT_EQ(report.change(), pair.change);
    EXPECT_EQ(report.unread, std::vector<std::string>{"no section of the impression"});
  }
}

TEST(Questions, WithoutPixelsOfAPriorNothingIsCompared) {
  // Aim: asked for a change without a prior image, the answer says why there is none.
  for (const PriorSeen seen : {PriorSeen::none, PriorSeen::report_only}) {
    int asked = 0;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
      phantom::Random random(seed);
      Told told;
      told.prior_seen = seen;
      const Question question = draw_question(told, random);
      if (question.question != change_question) continue;
      ++asked;
      EXPECT_EQ(question.answer, seen == PriorSeen::none ? no_prior_sentences().front() : report_only_sentences().front());
    }
    EXPECT_GT(asked, 25);
  }
}

}  // namespace
}  // namespace radfm::demo
