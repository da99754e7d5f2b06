// SPDX-License-Identifier: Apache-2.0
// DICOM dates, times and ages (PS3.5 6.2: DA, TM, AS), and their order as instants.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace radfm {

struct DicomDate {
  int year = 0, month = 0, day = 0;
  auto operator<=>(const DicomDate&) const = default;
};

std::optional<DicomDate> parse_da(std::string_view text);  // YYYYMMDD; the old YYYY.MM.DD too; illegal dates give nothing
std::optional<std::int64_t> parse_tm_ms(std::string_view text);     // milliseconds since midnight; HH, HHMM, HHMMSS[.F]
std::optional<int> parse_zone_minutes(std::string_view text);       // "+0130" -> 90 (0008,0201)
std::int64_t days_since_1970(DicomDate date);
int age_years(DicomDate birth, DicomDate at);  // completed years

// When a study was: earliest and latest instant that its header allows, UTC milliseconds. A missing time is the whole
// day; a missing zone is any zone from -12 to +14 hours unless both sides lack it (then local times are compared).
struct StudyInstant {
  std::int64_t earliest_ms = 0;
  std::int64_t latest_ms = 0;
};
// True only if `prior` was certainly before `current`; equal or overlapping instants are not "before". Dates and times
// are the raw DICOM strings; an unreadable date makes it false.
bool certainly_before(std::string_view prior_date, std::string_view prior_time, std::string_view prior_zone,
                      std::string_view current_date, std::string_view current_time, std::string_view current_zone);

std::string format_da(std::int64_t wall_ms);          // UTC, YYYYMMDD
std::string format_tm(std::int64_t wall_ms);          // UTC, HHMMSS
std::string format_dt_utc(std::int64_t wall_ms);      // YYYYMMDDHHMMSS+0000
std::string format_iso_utc(std::int64_t wall_ms);     // 2026-11-24T05:40:00Z

}  // namespace radfm
