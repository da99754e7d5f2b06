// SPDX-License-Identifier: Apache-2.0
#include "demo/continuation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "demo/report_parser.h"

namespace radfm::demo {
namespace {

using ::testing::IsEmpty;

TEST(Continuation, AContinuationFollowsFromItsBeginning) {
  // Aim: of those without images, beginning and answer are one text of the language that contradicts nothing; what is to be continued names the finding
  // and, of a comparison, the old one, so that nothing but text is needed.
  int impressions = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Exercise exercise = continuation_exercise(seed);
    ASSERT_TRUE(exercise.images.empty() && exercise.content.current_images.empty());
    const std::string asked = "Please continue this report: ", question = exercise.content.question;
    ASSERT_THAT(question, ::testing::StartsWith(asked));
    const std::string begun = question.substr(asked.size());
    if (exercise.answer.starts_with("Impression: ")) {
      ++impressions;
      const ParsedReport report = parse_report(begun + " " + exercise.answer);
      ASSERT_THAT(report.unread, IsEmpty()) << begun << " | " << exercise.answer;
      ASSERT_THAT(contradictions(report), IsEmpty()) << begun << " | " << exercise.answer;
      continue;
    }
    const ParsedReport beginning = parse_report("Findings: " + begun), whole = parse_report("Findings: " + begun + " " + exercise.answer);
    ASSERT_EQ(beginning.lesion, exercise.told.current.lesion) << begun;
    ASSERT_EQ(beginning.prior_lesion, exercise.told.prior.lesion) << begun;
    ASSERT_EQ(whole.change(), phantom::change_between(exercise.told.prior.lesion, exercise.told.current.lesion)) << exercise.answer;
    ASSERT_EQ(whole.unread, std::vector<std::string>{"no section of the impression"}) << begun << " | " << exercise.answer;
  }
  EXPECT_NEAR(impressions / 2000.0, 0.4, 0.04);
}

TEST(Continuation, ABegunReportAgreesWithItsBeginningNotItsImages) {
  // Aim: what is asked for follows from what is given, even where that is false: the whole contradicts itself nowhere, what is
  // given ends before the verdict or the impression, and most beginnings are not what the images show.
  int begun = 0, truths = 0, impressions = 0, compared = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const Exercise exercise = begun_exercise(seed, seed % 2 == 1);
    if (exercise.given == 0) continue;
    ++begun;
    ASSERT_EQ(exercise.form, Form::report);
    ASSERT_LT(exercise.given, exercise.answer.size());
    const std::string asked = exercise.answer.substr(exercise.given);
    const ParsedReport report = parse_report(exercise.answer);
    ASSERT_THAT(report.unread, IsEmpty()) << exercise.answer;
    ASSERT_THAT(contradictions(report), IsEmpty()) << exercise.answer;
    const bool image = exercise.told.prior_seen == PriorSeen::image, impression = asked.starts_with("Impression: ");
    compared += image;
    impressions += image && impression;
    ASSERT_TRUE(image || impression) << asked;
    ASSERT_EQ(asked.find("prior study showed"), std::string::npos) << asked;
    truths += report.lesion == exercise.told.current.lesion && (!image || report.prior_lesion == exercise.told.prior.lesion);
    ASSERT_EQ(exercise.images.back().truth.lesion, exercise.told.current.lesion) << "labels tell what is shown";
  }
  EXPECT_NEAR(begun / 4000.0, 0.97 * 0.52 * 0.3, 0.02);
  EXPECT_NEAR(1.0 * truths / begun, 0.3, 0.05);
  EXPECT_NEAR(1.0 * impressions / compared, 0.4, 0.06);
}

}  // namespace
}  // namespace radfm::demo
