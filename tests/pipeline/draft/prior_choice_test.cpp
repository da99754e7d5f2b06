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

TEST(RefusePrior, OfOneDayOnlyAnotherOrder) {
  // Parts of one examination come as studies of their own: without two accession numbers nothing says that they are two.
  StudyReading hour_before = test::study("1.2.1", "20240311");
  set(hour_before, tag::study_time, "110000");
  set(hour_before, tag::accession_number, "");
  EXPECT_EQ(refusal(hour_before), "it is of the same day, and no accession number says that it is another examination");
  set(hour_before, tag::accession_number, " A1.2.9");  // padding makes no other order
  EXPECT_EQ(refusal(hour_before), "it has the accession number of this study");
  StudyReading day_before = test::study("1.2.1", "20240310");
  set(day_before, tag::accession_number, "");
  EXPECT_EQ(refusal(day_before), "accepted");
}

TEST(RefusePrior, ZonesAndMissingTimes) {
  // What a header leaves open is doubt, and doubt is no.
  struct Row {
    const char *date, *time, *zone;
    bool accepted;
  };
  StudyReading zoned = current;
  set(zoned, tag::timezone_offset, "+0100");  // 2024-03-11 12:00 there is 11:00 UTC
  for (const Row& row : {Row{"20240311", "", "+0100", false}, Row{"20240310", "", "+0100", true}, Row{"20240311", "1159", "+0100", true},
                         Row{"20240311", "12", "+0100", false}, Row{"20240311", "190000", "+0900", true}, Row{"20240311", "205959", "+0900", false},
                         Row{"20240311", "060000", "-0500", false}, Row{"20240311", "055959", "-0500", true}, Row{"20240310", "220000", "", true},
                         Row{"20240311", "010000", "", false}, Row{"20240311", "noon", "+0100", false}, Row{"20240231", "", "+0100", false}}) {
    StudyReading other = test::study("1.2.1", row.date);
    set(other, tag::study_time, row.time);
    set(other, tag::timezone_offset, row.zone);
    EXPECT_EQ(!refuse_prior(zoned, other, {}), row.accepted) << row.date << " " << row.time << " " << row.zone;
  }
}

TEST(RefusePrior, SharedIdsByTheSitesList) {
  // Both studies have the ID of the emergency desk.
  StudyReading desk = current, before = prior();
  set(desk, tag::patient_id, "ER-1");
  set(before, tag::patient_id, "ER-1");
  EXPECT_FALSE(refuse_prior(desk, before, {}));
  PriorSettings settings;
  settings.shared_patient_ids = {"er-*"};
  ASSERT_TRUE(refuse_prior(desk, before, settings));
  EXPECT_EQ(refuse_prior(desk, before, settings)->reason, "the Patient ID is one that many patients have or that stands for none");
}

TEST(RefusePrior, TheWindowIsInclusive) {
  // Five years to the day are within, one day more is not.
  EXPECT_EQ(refusal(test::study("1.2.1", "20190311")), "accepted");
  EXPECT_EQ(refusal(test::study("1.2.1", "20190310")), "it is older than 5 years");
}

TEST(MostRecentFirst, ByDateThenTime) {
  // Order of equals is kept.
  std::vector<StudyReading> studies = {test::study("1", "20200101"), test::study("2", "20230101"), test::study("3", "20230101")};
  set(studies[2], tag::study_time, "130000");
  EXPECT_EQ(most_recent_first(studies), (std::vector<std::size_t>{2, 1, 0}));
}

}  // namespace
}  // namespace radfm::draft
