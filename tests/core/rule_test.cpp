// SPDX-License-Identifier: Apache-2.0
#include "core/rule.h"

#include <gtest/gtest.h>

#include <string>

// A rule that names one condition is meant to leave the others out.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace radfm {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t today_ms = 20'781 * day_ms + 1;  // 2026-11-24

StudyIndex chest_ct() {
  StudyIndex study;
  study.study_instance_uid = "1.2";
  study.study_date = "20261124";
  study.patient_birth_date = "19800615";
  study.study_description = "CT Thorax mit KM";
  IndexedSeries ct;
  ct.modality = "CT";
  ct.body_part = "CHEST";
  ct.description = "Lung 1.0 B60";
  ct.instances.push_back({"i", "1.2.3", "1.2.840.10008.5.1.4.1.1.2", "", "CT01", "ORTHANC"});
  IndexedSeries dose;
  dose.modality = "SR";
  dose.instances.push_back({"j", "1.2.4", "1.2.840.10008.5.1.4.1.1.88.67", "", "DOSE", "ORTHANC"});
  study.series = {ct, dose};
  return study;
}

Rule named(const std::string& name, RuleMatch match = {}) { return {name, std::move(match), {}, 7}; }

// "fits" or why not.
std::string why(RuleMatch match, const StudyIndex& study = chest_ct()) {
  const std::vector<Rule> rules{named("r", std::move(match))};
  return decide(rules, study, today_ms).trials.at(0).why;
}

TEST(Rules, TheFirstThatFitsTakesTheStudy) {
  // Aim: order decides, and rules after it are not asked.
  const std::vector<Rule> rules{named("mr", {.modalities = {"MR"}}), named("ct", {.modalities = {"CT"}}), named("all")};
  const auto decision = decide(rules, chest_ct(), today_ms);
  ASSERT_EQ(decision.rule, &rules[1]);
  EXPECT_EQ(decision.skip, "");
  ASSERT_EQ(decision.trials.size(), 2U);
  EXPECT_FALSE(decision.trials[0].fits);
  EXPECT_EQ(decision.trials[0].why, "modality CT is none of MR");
  EXPECT_TRUE(decision.trials[1].fits);
  EXPECT_EQ(decision.trials[1].why, "fits");
}

TEST(Rules, OnlyImageSeriesAreLookedAt) {
  // Aim: the dose report in the study makes it no SR study and does not speak for its sender.
  EXPECT_EQ(why({.modalities = {"SR"}}), "modality CT is none of SR");
  EXPECT_EQ(why({.calling_aets = {"DOSE"}}), "calling AE title CT01 is none of DOSE");
}

TEST(Rules, EachConditionDecides) {
  // Aim: every field both ways; cases fold, * and ? stand for any text and any character.
  EXPECT_EQ(why({}), "fits");
  EXPECT_EQ(why({.modalities = {"MR", "ct"}}), "fits");
  EXPECT_EQ(why({.body_parts = {"chest", "ABDOMEN"}}), "fits");
  EXPECT_EQ(why({.body_parts = {"HEAD"}}), "body part CHEST is none of HEAD");
  EXPECT_EQ(why({.study_descriptions = {"*thorax*"}}), "fits");
  EXPECT_EQ(why({.study_descriptions = {"thorax"}}), "the study description is none of thorax");
  EXPECT_EQ(why({.series_descriptions = {"lung ?.0*"}}), "fits");
  EXPECT_EQ(why({.series_descriptions = {"lung ?"}}), "no series description is one of lung ?");
  EXPECT_EQ(why({.calling_aets = {"CT0?"}}), "fits");
  EXPECT_EQ(why({.called_aets = {"orthanc"}}), "fits");
  EXPECT_EQ(why({.called_aets = {"PACS"}}), "called AE title ORTHANC is none of PACS");
}

TEST(Rules, AllGivenConditionsMustHold) {
  // Aim: conditions are joined by "and".
  EXPECT_EQ(why({.modalities = {"CT"}, .body_parts = {"HEAD"}}), "body part CHEST is none of HEAD");
}

TEST(Rules, AgesAreInclusiveAndUnknownAgesFitNoLimit) {
  // Aim: 46 completed years on the day of the study.
  EXPECT_EQ(why({.age_min_years = 46, .age_max_years = 46}), "fits");
  EXPECT_EQ(why({.age_min_years = 47}), "the age is below 47 years");
  EXPECT_EQ(why({.age_max_years = 45}), "the age is above 45 years");
  StudyIndex unknown = chest_ct();
  unknown.patient_birth_date = "";
  EXPECT_EQ(why({.age_min_years = 0}, unknown), "the age is unknown");
  EXPECT_EQ(why({}, unknown), "fits");
  unknown.patient_birth_date = "20270101";
  EXPECT_EQ(why({.age_min_years = 0}, unknown), "the age is unknown");
}

TEST(Rules, ReasonsHoldNothingOfThePatient) {
  // Aim: descriptions sometimes hold names, and reasons go to logs.
  StudyIndex study = chest_ct();
  study.study_description = "Doe^Archibald";
  study.series[0].description = "Doe^Archibald";
  for (const auto& match : {RuleMatch{.study_descriptions = {"x"}}, RuleMatch{.series_descriptions = {"x"}},
                            RuleMatch{.age_min_years = 99}}) {
    EXPECT_EQ(why(match, study).find("Doe"), std::string::npos);
    EXPECT_EQ(why(match, study).find("46"), std::string::npos);
  }
}

TEST(Rules, WildcardsDoNotBlowUp) {
  // Aim: a hostile description against a pattern of many stars ends at once (it would take years by recursion).
  StudyIndex study = chest_ct();
  study.study_description = std::string(4'000, 'a');
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "a*";
  EXPECT_NE(why({.study_descriptions = {pattern + "b"}}, study), "fits");
  EXPECT_EQ(why({.study_descriptions = {pattern}}, study), "fits");
}

TEST(Rules, AQuestionMarkIsOneCharacterOfUtf8) {
  // Aim: "?" takes the whole letter, not its first byte.
  StudyIndex study = chest_ct();
  study.study_description = "Sch\u00e4del";
  EXPECT_EQ(why({.study_descriptions = {"sch?del"}}, study), "fits");
  EXPECT_NE(why({.study_descriptions = {"sch??del"}}, study), "fits");
}

TEST(Rules, SkipsHaveTheirCodes) {
  // Aim: no_image before any rule, then no_rule, off, old.
  StudyIndex no_image = chest_ct();
  no_image.series.erase(no_image.series.begin());
  const std::vector<Rule> all{named("all")};
  EXPECT_EQ(decide(all, no_image, today_ms).skip, "no_image");
  EXPECT_TRUE(decide(all, no_image, today_ms).trials.empty());
  EXPECT_EQ(decide({}, chest_ct(), today_ms).skip, "no_rule");
  std::vector<Rule> off{named("off")};
  off[0].action.off = true;
  EXPECT_EQ(decide(off, chest_ct(), today_ms).skip, "off");
  EXPECT_EQ(decide(off, chest_ct(), today_ms).rule, &off[0]);
}

TEST(Rules, OldStudiesAreSkippedPastTheLimitOnly) {
  // Aim: seven days are not older than seven days; unreadable dates are not old; null is no limit.
  const std::vector<Rule> rules{named("all")};
  StudyIndex study = chest_ct();
  study.study_date = "20261117";
  EXPECT_EQ(decide(rules, study, today_ms).skip, "");
  study.study_date = "20261116";
  EXPECT_EQ(decide(rules, study, today_ms).skip, "old");
  study.study_date = "";
  EXPECT_EQ(decide(rules, study, today_ms).skip, "");
  study.study_date = "19950903";
  std::vector<Rule> unlimited{named("all")};
  unlimited[0].max_study_age_days.reset();
  EXPECT_EQ(decide(unlimited, study, today_ms).skip, "");
}

}  // namespace
}  // namespace radfm
