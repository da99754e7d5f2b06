// SPDX-License-Identifier: Apache-2.0
// What the checks are told of a study, and where their flags go.
#include "pipeline/draft/checked_draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/draft/draft_pipeline_fixture.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;
using test::chest;
using test::said;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckedDrafts : public test::DraftPipeline {
 protected:
  Prepared prepared_of(const StudyReading& study, const std::vector<StudyReading>& priors = {}) {
    auto result = prepare_of(study, priors);
    if (!result || !result->prepared) ADD_FAILURE() << "not prepared";
    return std::move(*result->prepared);
  }
};

std::vector<std::string> flags_of(const Prepared& prepared, model::Generated generated) {
  flag_text(generated, prepared);
  return generated.flags;
}

TEST_F(CheckedDrafts, AComparisonNeedsWhatWasReallyTold) {
  // With the prior's image and report, with each alone, and after both were cut.
  StudyReading prior = chest("1.2.1", "20230102");
  prior.reports = {test::verified_report("1.2.1.7", "Findings:\nA nodule.")};
  model::Generated generated = said("The opacity is unchanged.");
  EXPECT_EQ(flags_of(prepared_of(chest("1.2.9", "20240311")), generated), std::vector<std::string>{"comparison_without_prior"});
  const Prepared prepared = prepared_of(chest("1.2.9", "20240311"), {prior});
  ASSERT_EQ(prepared.cuts.size(), 2u);
  CheckedDraft draft = checked_draft(prepared, generated);
  EXPECT_TRUE(draft.prior_image_shown && draft.prior_report_read);
  EXPECT_THAT(flags_of(prepared, generated), IsEmpty());
  generated.cuts_made = 1;
  draft = checked_draft(prepared, generated);
  EXPECT_TRUE(draft.prior_image_shown && !draft.prior_report_read);
  EXPECT_THAT(flags_of(prepared, generated), IsEmpty());
  generated.cuts_made = 2;
  EXPECT_EQ(flags_of(prepared, generated), std::vector<std::string>{"comparison_without_prior"});
}

TEST_F(CheckedDrafts, SidesOfPairedPartsOnly) {
  // All shown images of one hand have its side; a lateral chest, both hands, and an unknown part have none.
  const auto side_of = [&](const std::vector<std::pair<const char*, const char*>>& images) {
    StudyReading study = test::study("1.2.9", "20240311");
    for (std::size_t i = 0; i < images.size(); ++i) {
      test::add_radiograph(study, std::to_string(i + 1));
      study.volumes.back().body_part = images[i].first;
      study.volumes.back().laterality = images[i].second;
    }
    return checked_draft(prepared_of(study), said("x")).laterality;
  };
  EXPECT_EQ(side_of({{"HAND", "L"}}), 'L');
  EXPECT_EQ(side_of({{"hand", "R"}, {"WRIST", "R"}}), 'R');
  EXPECT_EQ(side_of({{"HAND", "L"}, {"HAND", "R"}}), '\0');
  EXPECT_EQ(side_of({{"HAND", "L"}, {"HAND", ""}}), '\0');
  EXPECT_EQ(side_of({{"CHEST", "L"}}), '\0');
  EXPECT_EQ(side_of({{"", "L"}}), '\0');
  EXPECT_EQ(side_of({{"KNEE", "B"}}), '\0');
}

TEST_F(CheckedDrafts, SpacingSexAndModality) {
  Prepared prepared = prepared_of(chest("1.2.9", "20240311"));
  CheckedDraft draft = checked_draft(prepared, said("x"));
  EXPECT_FALSE(draft.spacing_known);
  EXPECT_EQ(draft.sex, "F");
  EXPECT_EQ(draft.modalities, std::vector<std::string>{"CR"});
  EXPECT_EQ(flags_of(prepared, said("There is a 24 mm nodule.")), std::vector<std::string>{"size_without_spacing"});
  prepared.current.volumes.front().has_pixel_spacing = true;
  EXPECT_TRUE(checked_draft(prepared, said("x")).spacing_known);
  EXPECT_THAT(flags_of(prepared, said("There is a 24 mm nodule.")), IsEmpty());
}

TEST_F(CheckedDrafts, AnAnswerIsCheckedWithoutItsQuestion) {
  // "Is this a CT?" of a radiograph claims nothing; the answer "CT" does.
  action_.task = Task::vqa;
  action_.prompt_2d = "Is this a chest CT? Is the prostate unchanged?";
  const Prepared prepared = prepared_of(chest("1.2.9", "20240311"));
  EXPECT_THAT(flags_of(prepared, said("no")), IsEmpty());
  EXPECT_EQ(flags_of(prepared, said("Chest CT")), std::vector<std::string>{"modality_differs"});
}

TEST_F(CheckedDrafts, FlagsStandOnceAndTheirSentencesInTheNotices) {
  const Prepared prepared = prepared_of(chest("1.2.9", "20240311"));
  model::Generated generated = said("Findings: Jane has clear lungs, unchanged. Impression: Enlarged prostate.");
  generated.stopped = "limit";
  generated.flags = {"repeats"};
  flag_text(generated, prepared);
  const std::vector<std::string> all = {"repeats", "patient_name", "length_limit", "sex_specific_organ", "comparison_without_prior"};
  EXPECT_EQ(generated.flags, all);
  const auto notices = draft_content(prepared, generated, model_, configuration_, {}).notices;
  EXPECT_EQ(notices.size(), all.size() + 1);
  EXPECT_THAT(notices, Contains(HasSubstr("\"prostate\"")));
  EXPECT_THAT(notices, Contains(HasSubstr("told of none")));
}

TEST(HeldDrafts, ByTheFlagsThatHold) {
  // Permanent, with the flags that hold and no other; without such a flag nothing is held.
  ReportSettings settings;
  model::Generated generated = said("x");
  generated.flags = {"prompt_shortened", "repeats", "patient_name"};
  EXPECT_TRUE(check_held(generated, settings));
  settings.holding_flags = {"length_limit"};
  EXPECT_TRUE(check_held(generated, settings));
  settings.holding_flags = {"length_limit", "patient_name"};
  const Status held = check_held(generated, settings);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().error_class, ErrorClass::permanent);
  EXPECT_EQ(held.error().code, held_for_review);
  EXPECT_THAT(held.error().message, HasSubstr("(patient_name)"));
}

}  // namespace
}  // namespace radfm::draft
