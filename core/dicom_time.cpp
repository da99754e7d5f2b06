// SPDX-License-Identifier: Apache-2.0
#include "core/dicom_time.h"

#include <array>
#include <cstdio>

namespace radfm {
namespace {

constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t minute_ms = 60 * second_ms;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::int64_t zone_east_max_minutes = 14 * 60;
constexpr std::int64_t zone_west_max_minutes = 12 * 60;

std::string_view cut_padding(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

std::optional<int> parse_digits(std::string_view text) {
  if (text.empty() || text.size() > 6) return std::nullopt;
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// A time of day and how much of it the text leaves open.
struct TimeOfDay {
  std::int64_t start_ms = 0;
  std::int64_t width_ms = day_ms;
};

std::optional<std::int64_t> parse_fraction_ms(std::string_view digits) {
  if (!parse_digits(digits)) return std::nullopt;
  std::string milliseconds(digits.substr(0, 3));
  milliseconds.resize(3, '0');
  return *parse_digits(milliseconds);
}

// PS3.5 6.2: HH, HHMM, HHMMSS, HHMMSS.F to HHMMSS.FFFFFF; second 60 is a leap second.
std::optional<TimeOfDay> parse_time_of_day(std::string_view text) {
  text = cut_padding(text);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (whole.size() != 2 && whole.size() != 4 && whole.size() != 6) return std::nullopt;
  const auto hour = parse_digits(whole.substr(0, 2));
  if (!hour || *hour > 23) return std::nullopt;
  TimeOfDay time{*hour * hour_ms, hour_ms};
  if (whole.size() >= 4) {
    const auto minute = parse_digits(whole.substr(2, 2));
    if (!minute || *minute > 59) return std::nullopt;
    time = {time.start_ms + *minute * minute_ms, minute_ms};
  }
  if (whole.size() == 6) {
    const auto second = parse_digits(whole.substr(4, 2));
    if (!second || *second > 60) return std::nullopt;
    time = {time.start_ms + *second * second_ms, second_ms};
  }
  if (point == std::string_view::npos) return time;
  const auto fraction_ms = parse_fraction_ms(text.substr(point + 1));
  if (whole.size() != 6 || !fraction_ms) return std::nullopt;
  return TimeOfDay{time.start_ms + *fraction_ms, 1};
}

// `zone_minutes` is nothing when the zone is unknown: then any zone on earth is possible.
std::optional<StudyInstant> instant_of(std::string_view date_text, std::string_view time_text,
                                       std::optional<int> zone_minutes) {
  const auto date = parse_da(date_text);
  if (!date) return std::nullopt;
  const TimeOfDay time = parse_time_of_day(time_text).value_or(TimeOfDay{});
  const std::int64_t local_ms = days_since_1970(*date) * day_ms + time.start_ms;
  const std::int64_t east = zone_minutes ? *zone_minutes : zone_east_max_minutes;
  const std::int64_t west = zone_minutes ? *zone_minutes : -zone_west_max_minutes;
  return StudyInstant{local_ms - east * minute_ms, local_ms + time.width_ms - 1 - west * minute_ms};
}

struct Calendar {
  DicomDate date;
  int hour = 0, minute = 0, second = 0;
};

// The inverse of days_since_1970, by eras of 400 years that begin on 1 March (H. Hinnant, "chrono-compatible low-level
// date algorithms").
Calendar calendar_of(std::int64_t wall_ms) {
  std::int64_t days = wall_ms / day_ms;
  std::int64_t rest_ms = wall_ms % day_ms;
  if (rest_ms < 0) {
    rest_ms += day_ms;
    --days;
  }
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  Calendar calendar;
  calendar.date.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  calendar.date.month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  calendar.date.year = static_cast<int>(year_of_era + era * 400 + (calendar.date.month <= 2 ? 1 : 0));
  calendar.hour = static_cast<int>(rest_ms / hour_ms);
  calendar.minute = static_cast<int>(rest_ms / minute_ms % 60);
  calendar.second = static_cast<int>(rest_ms / second_ms % 60);
  return calendar;
}

std::string format_numbers(const char* pattern, const Calendar& c) {  // pattern: a literal below
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), pattern, c.date.year, c.date.month, c.date.day, c.hour, c.minute, c.second);
  return text.data();
}

}  // namespace

std::optional<DicomDate> parse_da(std::string_view text) {
  text = cut_padding(text);
  std::string digits(text);
  if (text.size() == 10 && text[4] == '.' && text[7] == '.') {
    digits = std::string(text.substr(0, 4)).append(text.substr(5, 2)).append(text.substr(8, 2));
  }
  if (digits.size() != 8) return std::nullopt;
  const std::string_view view = digits;
  const auto year = parse_digits(view.substr(0, 4));
  const auto month = parse_digits(view.substr(4, 2));
  const auto day = parse_digits(view.substr(6, 2));
  if (!year || !month || !day || *year < 1 || *month < 1 || *month > 12) return std::nullopt;
  if (*day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  return DicomDate{*year, *month, *day};
}

std::optional<std::int64_t> parse_tm_ms(std::string_view text) {
  const auto time = parse_time_of_day(text);
  if (!time) return std::nullopt;
  return time->start_ms;
}

std::optional<int> parse_zone_minutes(std::string_view text) {
  text = cut_padding(text);
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = parse_digits(text.substr(1, 2));
  const auto minutes = parse_digits(text.substr(3, 2));
  if (!hours || !minutes || *minutes > 59) return std::nullopt;
  const int offset = (text[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
  if (offset > zone_east_max_minutes || offset < -zone_west_max_minutes) return std::nullopt;
  return offset;
}

std::int64_t days_since_1970(DicomDate date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

int age_years(DicomDate birth, DicomDate at) {
  const bool birthday_to_come = at.month < birth.month || (at.month == birth.month && at.day < birth.day);
  return at.year - birth.year - (birthday_to_come ? 1 : 0);
}

bool certainly_before(std::string_view prior_date, std::string_view prior_time, std::string_view prior_zone,
                      std::string_view current_date, std::string_view current_time, std::string_view current_zone) {
  std::optional<int> prior_minutes = parse_zone_minutes(prior_zone);
  std::optional<int> current_minutes = parse_zone_minutes(current_zone);
  // Without any zone both were most likely written at one place: their local times are compared.
  if (!prior_minutes && !current_minutes) prior_minutes = current_minutes = 0;
  const auto prior = instant_of(prior_date, prior_time, prior_minutes);
  const auto current = instant_of(current_date, current_time, current_minutes);
  return prior && current && prior->latest_ms < current->earliest_ms;
}

std::string format_da(std::int64_t wall_ms) { return format_numbers("%04d%02d%02d", calendar_of(wall_ms)); }

std::string format_tm(std::int64_t wall_ms) { return format_dt_utc(wall_ms).substr(8, 6); }

std::string format_dt_utc(std::int64_t wall_ms) {
  return format_numbers("%04d%02d%02d%02d%02d%02d+0000", calendar_of(wall_ms));
}

std::string format_iso_utc(std::int64_t wall_ms) {
  return format_numbers("%04d-%02d-%02dT%02d:%02d:%02dZ", calendar_of(wall_ms));
}

}  // namespace radfm
