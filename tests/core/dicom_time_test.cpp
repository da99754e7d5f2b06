// SPDX-License-Identifier: Apache-2.0
#include "core/dicom_time.h"

#include <gtest/gtest.h>

namespace radfm {
namespace {

TEST(DicomDate, ReadsBothFormsAndRefusesImpossibleDays) {
  // Aim: PS3.5 6.2 (DA), the old form with dots, leap years.
  EXPECT_EQ(parse_da("20261124"), (DicomDate{2026, 11, 24}));
  EXPECT_EQ(parse_da("2026.11.24"), (DicomDate{2026, 11, 24}));
  EXPECT_EQ(parse_da("20000229 "), (DicomDate{2000, 2, 29}));
  for (const char* text : {"", "20261", "20260229", "19000229", "20261301", "20260100", "20260132", "00000101", "2026-11-24",
                           "2026112 ", "20261124x", "+2026112", "202611240"}) {
    EXPECT_FALSE(parse_da(text)) << text;
  }
}

TEST(DicomTime, ReadsEachPrecision) {
  // Aim: hours alone, minutes, seconds, fractions of any length; nothing else.
  EXPECT_EQ(parse_tm_ms("07"), 25'200'000);
  EXPECT_EQ(parse_tm_ms("0730"), 27'000'000);
  EXPECT_EQ(parse_tm_ms("073015"), 27'015'000);
  EXPECT_EQ(parse_tm_ms("073015.5"), 27'015'500);
  EXPECT_EQ(parse_tm_ms("073015.123456 "), 27'015'123);
  EXPECT_EQ(parse_tm_ms("235960"), 86'400'000);
  for (const char* text : {"", "7", "073", "24", "0760", "073061", "0730.5", "073015.", "073015.1234567", "07:30", "-730"}) {
    EXPECT_FALSE(parse_tm_ms(text)) << text;
  }
}

TEST(DicomZone, ReadsOffsetsThatExistOnEarth) {
  // Aim: (0008,0201), with its limits -1200 and +1400.
  EXPECT_EQ(parse_zone_minutes("+0130"), 90);
  EXPECT_EQ(parse_zone_minutes("-1200"), -720);
  EXPECT_EQ(parse_zone_minutes("+1400"), 840);
  for (const char* text : {"", "0130", "+130", "+1401", "-1201", "+0160", "Z"}) EXPECT_FALSE(parse_zone_minutes(text)) << text;
}

TEST(DicomDate, CountsDays) {
  // Aim: fixed points around the epoch and around leap days.
  EXPECT_EQ(days_since_1970({1970, 1, 1}), 0);
  EXPECT_EQ(days_since_1970({1969, 12, 31}), -1);
  EXPECT_EQ(days_since_1970({2000, 3, 1}) - days_since_1970({2000, 2, 28}), 2);
  EXPECT_EQ(days_since_1970({1900, 3, 1}) - days_since_1970({1900, 2, 28}), 1);
  EXPECT_EQ(days_since_1970({2026, 11, 24}), 20'781);
}

TEST(DicomAge, CountsCompletedYears) {
  // Aim: the birthday itself completes the year; the 29th of February does so on 1 March.
  EXPECT_EQ(age_years({1980, 6, 15}, {2026, 6, 14}), 45);
  EXPECT_EQ(age_years({1980, 6, 15}, {2026, 6, 15}), 46);
  EXPECT_EQ(age_years({2004, 2, 29}, {2025, 2, 28}), 20);
  EXPECT_EQ(age_years({2004, 2, 29}, {2025, 3, 1}), 21);
}

TEST(CertainlyBefore, OrdersInstantsOfOnePlace) {
  // Aim: without zones local times are compared, and equality is not "before".
  EXPECT_TRUE(certainly_before("20260101", "", "", "20260102", "", ""));
  EXPECT_TRUE(certainly_before("20260101", "080000", "", "20260101", "080001", ""));
  EXPECT_FALSE(certainly_before("20260101", "080000", "", "20260101", "080000", ""));
  EXPECT_FALSE(certainly_before("20260102", "", "", "20260101", "", ""));
}

TEST(CertainlyBefore, DoubtIsNotBefore) {
  // Aim: overlapping spans of imprecise times and unreadable dates give no prior.
  EXPECT_FALSE(certainly_before("20260101", "", "", "20260101", "235959", ""));
  EXPECT_FALSE(certainly_before("20260101", "08", "", "20260101", "083000", ""));
  EXPECT_TRUE(certainly_before("20260101", "08", "", "20260101", "0900", ""));
  EXPECT_FALSE(certainly_before("", "080000", "", "20260101", "090000", ""));
  EXPECT_FALSE(certainly_before("20260101", "080000", "", "20261301", "090000", ""));
  EXPECT_FALSE(certainly_before("20260101", "rubbish", "", "20260101", "235959", ""));
}

TEST(CertainlyBefore, ZonesDecide) {
  // Aim: 09:00 in Tokyo is before 01:00 in London of the same day; a zone on one side only leaves 26 hours of doubt.
  EXPECT_TRUE(certainly_before("20260101", "090000", "+0900", "20260101", "010000", "+0000"));
  EXPECT_FALSE(certainly_before("20260101", "090000", "+0900", "20260101", "000000", "+0000"));
  EXPECT_FALSE(certainly_before("20260101", "120000", "", "20260101", "230000", "+0000"));
  EXPECT_TRUE(certainly_before("20260101", "120000", "", "20260102", "000001", "+0000"));
  EXPECT_FALSE(certainly_before("20260101", "120000", "", "20260102", "000000", "+0000"));
}

TEST(FormatTime, WritesUtc) {
  // Aim: all four forms, also before 1970 and on a leap day.
  EXPECT_EQ(format_da(1'795'499'281'000), "20261124");
  EXPECT_EQ(format_tm(1'795'499'281'000), "054801");
  EXPECT_EQ(format_dt_utc(951'868'799'000), "20000229235959+0000");
  EXPECT_EQ(format_iso_utc(1'795'499'281'999), "2026-11-24T05:48:01Z");
  EXPECT_EQ(format_iso_utc(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_da(days_since_1970({2400, 2, 29}) * 86'400'000), "24000229");
}

}  // namespace
}  // namespace radfm
