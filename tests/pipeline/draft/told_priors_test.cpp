// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/told_priors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radfm::draft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Two priors, the recent one with image and report, the old one with a report alone; both reports and the image may go.
Prepared two_priors() {
  const report::EvidenceInstance image{"1.3", "1.3.1", "1.2", "1.3.1.1"}, report{"1.3", "1.3.7", "1.2", "1.3.7.1"};
  Prepared prepared;
  prepared.prior_uses = {{"1.3", "20230102", "", "", {image}, {report}}, {"1.2", "20210102", "", "", {}, {report}}};
  prepared.comparison_facts.used = {{"20230102", "CR", "", true, true, true}, {"20210102", "CR", "", false, true}};
  prepared.comparison_facts.refused = {{"its birth date is not that of this patient", ""}};
  prepared.priors_refused = {"One candidate study was not used: its birth date is not that of this patient."};
  prepared.cuts = {{1, false, {2}}, {0, false, {5}}, {0, true, {3, 4}}};
  return prepared;
}

TEST(ToldPriors, WithoutACutAreThoseThatWereChosen) {
  // Uses, sentences and refusals are as they were prepared; the technique says nothing.
  const ToldPriors told = told_priors(two_priors(), 0);
  EXPECT_EQ(told.uses.size(), 2u);
  EXPECT_THAT(told.comparison, HasSubstr("2021-01-02 (CR): its images were not shown to the model; its verified report was read"));
  EXPECT_EQ(told.refused.size(), 1u);
  EXPECT_EQ(technique_with_cuts("Series 1.", told), "Series 1.");
}

TEST(ToldPriors, AStudyOfWhichNothingIsLeftWasNotUsed) {
  // The old report goes: its study is no prior use any more and is named with the reason.
  const ToldPriors told = told_priors(two_priors(), 1);
  ASSERT_EQ(told.uses.size(), 1u);
  EXPECT_EQ(told.uses[0].study_date, "20230102");
  EXPECT_EQ(told.uses[0].reports.size(), 1u);
  EXPECT_THAT(told.comparison, HasSubstr("The study of 2021-01-02 was not used: the model's context has no room for it."));
  EXPECT_THAT(told.comparison, HasSubstr("its verified report was read by the model, shortened."));
  EXPECT_EQ(told.refused.size(), 2u);
  EXPECT_EQ(technique_with_cuts("Series 1.", told),
            "Series 1.\nLeft out of the prompt, which was too long for the model: the report of 2021-01-02.");
}

TEST(ToldPriors, AnImageMayStayWithoutItsReport) {
  // Two cuts: the recent image is still evidence, its report is not and is said to be unread.
  const ToldPriors told = told_priors(two_priors(), 2);
  ASSERT_EQ(told.uses.size(), 1u);
  EXPECT_EQ(told.uses[0].images.size(), 1u);
  EXPECT_TRUE(told.uses[0].reports.empty());
  EXPECT_THAT(told.comparison, HasSubstr("its images were shown to the model; its report was not read by the model"));
  EXPECT_THAT(told.comparison, Not(HasSubstr("was read by the model")));
}

TEST(ToldPriors, WhenAllIsCutNothingIsCompared) {
  // No use, no evidence, no sentence that claims one; a count beyond the last cut changes nothing more.
  for (const int made : {3, 4, 1'000}) {
    const ToldPriors told = told_priors(two_priors(), made);
    EXPECT_TRUE(told.uses.empty());
    EXPECT_THAT(told.comparison, testing::StartsWith("No prior study was used for comparison."));
    EXPECT_THAT(told.comparison, Not(HasSubstr("shown to the model")));
    EXPECT_THAT(told.cut, ElementsAre("the report of 2021-01-02", "the report of 2023-01-02", "the images of 2023-01-02"));
    EXPECT_EQ(told.refused.size(), 3u);
  }
}

}  // namespace
}  // namespace radfm::draft
