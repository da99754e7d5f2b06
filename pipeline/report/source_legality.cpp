// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/source_legality.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/dicom_time.h"
#include "pipeline/report/sections.h"

namespace radfm::report {
namespace {

struct StringRule {
  std::string_view vr;
  std::size_t characters_max;
  bool several_lines;
};
constexpr std::array string_rules = {StringRule{"LO", 64, false},    StringRule{"SH", 16, false},
                                     StringRule{"ST", 1024, true},   StringRule{"LT", 10240, true},
                                     StringRule{"UT", 1 << 20, true}, StringRule{"UC", 1 << 20, false},
                                     StringRule{"AE", 16, false}};

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::size_t character_count(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool legal_characters(std::string_view value, bool several_lines) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool line_end = several_lines && (c == '\r' || c == '\n' || c == '\f');
    if ((byte < 0x20 && !line_end) || byte == 0x7F) return false;
  }
  return is_valid_utf8(value);
}

bool legal_as(std::string_view value) {
  return value.size() == 4 && all_digits(value.substr(0, 3)) &&
         std::string_view("DWMY").find(value[3]) != std::string_view::npos;
}

bool legal_cs(std::string_view value) {
  return value.size() <= 16 && std::all_of(value.begin(), value.end(), [](unsigned char c) {
           return std::isupper(c) || std::isdigit(c) || c == ' ' || c == '_';
         });
}

bool legal_da(std::string_view value) { return value.size() == 8 && all_digits(value) && parse_da(value).has_value(); }

bool legal_tm(std::string_view value) {
  const std::size_t point = value.find('.');
  const std::string_view whole = value.substr(0, point);
  if (whole.size() < 2 || whole.size() > 6 || whole.size() % 2 != 0 || !all_digits(whole)) return false;
  if (point != std::string_view::npos) {
    const std::string_view fraction = value.substr(point + 1);
    if (whole.size() != 6 || fraction.empty() || fraction.size() > 6 || !all_digits(fraction)) return false;
  }
  return whole.substr(0, 2) < "24" && (whole.size() < 4 || whole.substr(2, 2) < "60") &&
         (whole.size() < 6 || whole.substr(4, 2) <= "60");
}

bool legal_dt(std::string_view value) {
  const std::size_t zone = value.find_first_of("+-");
  if (zone != std::string_view::npos && !parse_zone_minutes(value.substr(zone))) return false;
  const std::string_view at = value.substr(0, zone);
  if (at.size() < 8) return (at.size() == 4 || at.size() == 6) && all_digits(at);
  return legal_da(at.substr(0, 8)) && (at.size() == 8 || legal_tm(at.substr(8)));
}

bool legal_number(std::string_view value, bool decimal, std::size_t characters_max) {
  const std::size_t first = value.find_first_not_of(' ');
  if (first == std::string_view::npos || value.size() > characters_max) return false;
  value = value.substr(first, value.find_last_not_of(' ') - first + 1);
  if (value[0] == '+' || value[0] == '-') value.remove_prefix(1);
  std::size_t at = 0, digits = 0;
  const auto skip_digits = [&] {
    while (at < value.size() && std::isdigit(static_cast<unsigned char>(value[at]))) ++at, ++digits;
  };
  skip_digits();
  if (decimal && at < value.size() && value[at] == '.') ++at, skip_digits();
  if (digits == 0) return false;
  if (decimal && at < value.size() && (value[at] == 'E' || value[at] == 'e')) {
    ++at;
    if (at < value.size() && (value[at] == '+' || value[at] == '-')) ++at;
    digits = 0;
    skip_digits();
    if (digits == 0) return false;
  }
  return at == value.size();
}

struct Enumeration {
  std::uint32_t tag;
  std::array<std::string_view, 4> values;
};
constexpr std::array enumerations = {
    Enumeration{0x00100040, {"M", "F", "O", ""}},            // Patient's Sex
    Enumeration{0x00102203, {"ALTERED", "UNALTERED", "", ""}},  // Patient's Sex Neutered
    Enumeration{0x001021A0, {"YES", "NO", "UNKNOWN", ""}},   // Smoking Status
    Enumeration{0x001021C0, {"1", "2", "3", "4"}},           // Pregnancy Status (US)
    Enumeration{0x00120062, {"YES", "NO", "", ""}},          // Patient Identity Removed
};

bool legal_value(std::uint32_t tag, std::string_view vr, std::string_view value) {
  if (tag == 0x00080201) return parse_zone_minutes(value).has_value();  // Timezone Offset From UTC
  for (const Enumeration& enumeration : enumerations) {
    if (enumeration.tag != tag) continue;
    return std::find(enumeration.values.begin(), enumeration.values.end(), value) != enumeration.values.end();
  }
  if (vr == "AS") return legal_as(value);
  if (vr == "CS") return legal_cs(value);
  if (vr == "DA") return legal_da(value);
  if (vr == "TM") return legal_tm(value);
  if (vr == "DT") return legal_dt(value);
  if (vr == "DS") return legal_number(value, true, 16);
  if (vr == "IS" || vr == "US" || vr == "UL" || vr == "SS" || vr == "SL") return legal_number(value, false, 12);
  if (vr == "FD") return legal_number(value, true, 32);  // as the reader wrote it
  for (const StringRule& rule : string_rules) {
    if (rule.vr == vr) {
      return character_count(value) <= rule.characters_max && legal_characters(value, rule.several_lines);
    }
  }
  return vr == "UR";
}

}  // namespace

bool is_identifier(std::uint32_t tag) {
  constexpr std::array identifiers = {0x00080050u, 0x00100020u, 0x00100021u, 0x00101000u, 0x00200010u, 0x00380010u,
                                      0x00380060u, 0x00401001u, 0x00402016u, 0x00402017u, 0x00120040u};
  return std::find(identifiers.begin(), identifiers.end(), tag) != identifiers.end();
}

bool is_legal_source_value(std::uint32_t tag, std::string_view vr, std::string_view value, bool many) {
  if (value.empty() || vr == "PN" || vr == "UI" || is_identifier(tag)) return true;
  if (vr == "ST" || vr == "LT" || vr == "UT") return legal_value(tag, vr, value);  // a backslash is text there
  for (std::size_t start = 0; start <= value.size();) {
    const std::size_t end = std::min(value.find('\\', start), value.size());
    if (end < value.size() && !many) return false;
    const std::string_view one = value.substr(start, end - start);
    if (!one.empty() && !legal_value(tag, vr, one)) return false;
    start = end + 1;
  }
  return true;
}

}  // namespace radfm::report
