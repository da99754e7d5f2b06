// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/displayed_values.h"

#include <array>
#include <cstdio>
#include <vector>

#include "core/dicom_time.h"
#include "core/name_parts.h"
#include "pipeline/draft/header_tags.h"

namespace radfm::draft {
namespace {

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

void join(std::string& text, const std::string& part, const char* separator) {
  if (part.empty()) return;
  if (!text.empty()) text += separator;
  text += part;
}

std::string component(const std::vector<std::string_view>& components, std::size_t i) {
  return i < components.size() ? trimmed(components[i]) : std::string();
}

// Family, given and middle names, then prefix and suffix.
std::string alphabetic(std::string_view group) {
  const auto components = name_parts(group, '^');
  std::string given = component(components, 1), name = component(components, 0);
  join(given, component(components, 2), " ");
  join(name, given, ", ");
  join(name, component(components, 3), ", ");
  join(name, component(components, 4), ", ");
  return name;
}

std::string with_blanks(std::string_view group) {
  std::string name;
  for (const std::string_view part : name_parts(group, '^')) join(name, trimmed(part), " ");
  return name;
}

// "057Y" -> "57 years" (PS3.5 6.2 AS).
std::string displayed_age(std::string_view age) {
  if (age.size() != 4 || age.find_first_not_of("0123456789") != 3) return {};
  const int count = (age[0] - '0') * 100 + (age[1] - '0') * 10 + (age[2] - '0');
  constexpr std::array<std::pair<char, const char*>, 4> units = {{{'Y', "year"}, {'M', "month"}, {'W', "week"}, {'D', "day"}}};
  for (const auto& [letter, unit] : units) {
    if (age[3] == letter) return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
  }
  return {};
}

}  // namespace

std::string displayed_name(std::string_view person_name) {
  const auto groups = name_parts(person_name, '=');
  std::string name = alphabetic(groups.front()), others;
  for (std::size_t i = 1; i < groups.size() && i < 3; ++i) join(others, with_blanks(groups[i]), ", ");
  if (name.empty()) return others;
  return others.empty() ? name : name + " (" + others + ")";
}

std::string displayed_date(std::string_view da) {
  const auto date = parse_da(da);
  if (!date) return trimmed(da);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", date->year, date->month, date->day);
  return text.data();
}

std::string displayed_time(std::string_view tm) {
  const auto ms = parse_tm_ms(tm);
  if (!ms || tm.size() < 4) return {};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(*ms / 3'600'000), static_cast<int>(*ms / 60'000 % 60));
  return text.data();
}

std::string displayed_sex_and_age(const AttributeSet& header) {
  std::string text = attribute_value(header, tag::sex);
  std::string age = displayed_age(attribute_value(header, tag::age));
  const auto born = parse_da(attribute_value(header, tag::birth_date)), at = parse_da(attribute_value(header, tag::study_date));
  if (age.empty() && born && at && *born <= *at) {
    const int years = age_years(*born, *at);
    age = std::to_string(years) + (years == 1 ? " year" : " years");
  }
  join(text, age, ", ");
  return text;
}

}  // namespace radfm::draft
