// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prior_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;
using test::set;

const StudyReading current = test::study("1.2.9", "20240311");
StudyReading prior() { return test::study("1.2.1", "20230311"); }

std::string refusal(const StudyReading& study, const PriorSettings& settings = {}) {
  const auto refused = refuse_prior(current, study, settings);
  return refused ? refused->reason : "accepted";
}

TEST(RefusePrior, AnEarlierStudyOfThePatientIsAccepted) {
  // The plain case.
  EXPECT_EQ(refusal(prior()), "accepted");
}

TEST(RefusePrior, AnotherPatientNever) {
  // Each doubt about identity refuses, names no value and no date: that date would be another patient's.
  struct Change {
    std::uint32_t name;
    const char* value;
  };
  for (const Change& change : {Change{tag::patient_id, "PAT2"}, Change{tag::patient_id, "pat1"}, Change{tag::patient_id, ""},
                               Change{tag::patient_id, "PAT*"}, Change{tag::birth_date, "19670204"}, Change{tag::sex, "M"},
                               Change{0x00100010, "SMITH^JANE"}}) {
    StudyReading other = prior();
    set(other, change.name, change.value);
    const auto refused = refuse_prior(current, other, {});
    ASSERT_TRUE(refused) << change.value;
    EXPECT_EQ(refused->study_date, "");
    if (*change.value != '\0') {
      EXPECT_THAT(refused->reason, testing::Not(testing::HasSubstr(change.value)));
    }
  }
  StudyReading mixed = prior();
  mixed.disagreements = {"name"};
  EXPECT_NE(refusal(mixed), "accepted");
  EXPECT_NE(refusal(StudyReading{}), "accepted");
}

TEST(RefusePrior, IssuersByTheSitesSetting) {
  // One empty issuer is accepted only where the site says so; two different ones never.
  StudyReading issued = prior();
  set(issued, 0x00100021, "HOSP-B");
  PriorSettings strict;
  strict.one_issuer_may_be_empty = false;
  EXPECT_EQ(refusal(issued), "accepted");
  EXPECT_NE(refusal(issued, strict), "accepted");
}

TEST(RefusePrior, OnlyStudiesThatAreCertainlyBefore) {
  // The study itself, the same order, the same minute, a later or undated study must not be seen.
  StudyReading same = prior();
  set(same, tag::study_instance_uid, "1.2.9");
  EXPECT_NE(refusal(same), "accepted");
  StudyReading order = prior();
  set(order, tag::accession_number, "A1.2.9");
  EXPECT_NE(refusal(order), "accepted");
  for (const char* date : {"20240311", "20240312", "", "2024"}) {
    StudyReading late = prior();
    set(late, tag::study_date, date);
    EXPECT_NE(refusal(late), "accepted") << date;
  }
  StudyReading hour_before = test::study("1.2.1", "20240311");
  set(hour_before, tag::study_time, "110000");
  EXPECT_EQ(refusal(hour_before), "accepted");
}

TEST(RefusePrior, TheWindowIsInclusive) {
  // Five years to the day are within, one day more is not.
  EXPECT_EQ(refusal(test::study("1.2.1", "20190311")), "accepted");
  EXPECT_EQ(refusal(test::study("1.2.1", "20190310")), "it is older than 5 years");
}

TEST(UsableReport, OnlyOthersVerifiedReports) {
  // A draft, a partial or preliminary report, ours, a PDF, a dose report and an empty one are never read.
  StudyReading study = prior();
  study.reports = {test::verified_report("1.1", "Normal.")};
  EXPECT_EQ(usable_report(study), 0u);
  const auto unusable = [&](auto change) {
    StudyReading other = study;
    change(other.reports[0]);
    return !usable_report(other).has_value();
  };
  EXPECT_TRUE(unusable([](auto& r) { r.ours = true; }));
  EXPECT_TRUE(unusable([](auto& r) { r.verification_flag = "UNVERIFIED"; }));
  EXPECT_TRUE(unusable([](auto& r) { r.verification_flag = ""; }));
  EXPECT_TRUE(unusable([](auto& r) { r.completion_flag = "PARTIAL"; }));
  EXPECT_TRUE(unusable([](auto& r) { r.preliminary_flag = "PRELIMINARY"; }));
  EXPECT_TRUE(unusable([](auto& r) { r.text = ""; }));
  EXPECT_TRUE(unusable([](auto& r) { r.sop_class_uid = "1.2.840.10008.5.1.4.1.1.104.1"; }));
  EXPECT_TRUE(unusable([](auto& r) { r.title = "X-Ray Radiation Dose Report"; }));
}

TEST(UsableReport, TheLatestWins) {
  // An addendum replaces what was reported before it.
  StudyReading study = prior();
  study.reports = {test::verified_report("1.1", "first"), test::verified_report("1.2", "second"), test::verified_report("1.3", "third")};
  study.reports[1].content_time = "130000";
  EXPECT_EQ(usable_report(study), 1u);
}

TEST(ComparableImages, SameKindOfImageOfTheSameRegion) {
  // A CR stands beside a DX; a CT, another region or an SR does not.
  StudyReading shown = current;
  test::add_radiograph(shown, "1");
  const imaging::VolumeDescription& image = shown.volumes[0];
  StudyReading digital = prior();
  test::add_radiograph(digital, "1", "LAT", "DX");
  test::add_radiograph(digital, "2", "PA", "DX");
  EXPECT_TRUE(has_comparable_images(image, digital));
  EXPECT_EQ(comparable_volume(image, digital), 1u);  // the same view
  StudyReading ct = prior();
  test::add_ct(ct, "1", 2, 2);
  EXPECT_FALSE(has_comparable_images(image, ct));
  EXPECT_EQ(comparable_volume(image, ct), std::nullopt);
  StudyReading knee = prior();
  test::add_radiograph(knee, "1");
  knee.instances[0].body_part = knee.volumes[0].body_part = "KNEE";
  EXPECT_FALSE(has_comparable_images(image, knee));
  EXPECT_EQ(comparable_volume(image, knee), std::nullopt);
  EXPECT_FALSE(has_comparable_images(image, prior()));
}

TEST(ComparableImages, RegionsAreComparedWithTheirSynonyms) {
  // An unknown region may be any; a wider one contains a narrower.
  EXPECT_TRUE(regions_overlap("CHEST", ""));
  EXPECT_TRUE(regions_overlap("Thorax", "CHEST"));
  EXPECT_TRUE(regions_overlap("CHEST_ABDOMEN", "ABDOMEN"));
  EXPECT_FALSE(regions_overlap("CHEST", "HEAD"));
  EXPECT_TRUE(regions_overlap("BRAIN", "HEAD"));
}

TEST(MostRecentFirst, ByDateThenTime) {
  // Order of equals is kept.
  std::vector<StudyReading> studies = {test::study("1", "20200101"), test::study("2", "20230101"), test::study("3", "20230101")};
  set(studies[2], tag::study_time, "130000");
  EXPECT_EQ(most_recent_first(studies), (std::vector<std::size_t>{2, 1, 0}));
}

}  // namespace
}  // namespace radfm::draft
