// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/displayed_values.h"

#include <gtest/gtest.h>

#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

TEST(DisplayedValues, NamesOfEveryKind) {
  // Aim: all groups of a name are shown, none twice, nothing for what is not there (PS3.5 6.2.1).
  EXPECT_EQ(displayed_name("Wang^XiaoDong=王^小东="), "Wang, XiaoDong (王 小东)");
  EXPECT_EQ(displayed_name("Yamada^Tarou=山田^太郎=やまだ^たろう"), "Yamada, Tarou (山田 太郎, やまだ たろう)");
  EXPECT_EQ(displayed_name("=王^小东"), "王 小东");
  EXPECT_EQ(displayed_name("Überweiser^Jörg^Maria^Dr.^MD"), "Überweiser, Jörg Maria, Dr., MD");
  EXPECT_EQ(displayed_name("DOE"), "DOE");
  EXPECT_EQ(displayed_name("^Jane"), "Jane");
  EXPECT_EQ(displayed_name("  Doe ^ Jane ^"), "Doe, Jane");
  EXPECT_EQ(displayed_name(""), "");
  EXPECT_EQ(displayed_name("^^^^"), "");
}

TEST(DisplayedValues, DatesTimesAndAges) {
  // Aim: readable forms; what is no date is shown as it stands, not hidden.
  EXPECT_EQ(displayed_date("20260311"), "2026-03-11");
  EXPECT_EQ(displayed_date("20261399"), "20261399");
  EXPECT_EQ(displayed_date(""), "");
  EXPECT_EQ(displayed_time("101500.123"), "10:15");
  EXPECT_EQ(displayed_time("10"), "");
  imaging::StudyReading study = test::study("1.2.3", "20240311");
  EXPECT_EQ(displayed_sex_and_age(study.header), "F, 57 years");
  test::set(study, tag::age, "001M", "AS");
  EXPECT_EQ(displayed_sex_and_age(study.header), "F, 1 month");
  test::set(study, tag::age, "45", "AS");
  study.header.erase(tag::birth_date);
  EXPECT_EQ(displayed_sex_and_age(study.header), "F");
}

}  // namespace
}  // namespace radfm::draft
