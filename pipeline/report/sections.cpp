// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sections.h"

#include <array>
#include <cctype>

namespace radfm::report {
namespace {

struct Heading {
  std::string_view word;
  bool impression;
};
// The plural comes first, so that "Findings:" is not read as "Finding" and "s:".
constexpr std::array<Heading, 4> headings = {
    {{"Findings", false}, {"Finding", false}, {"Impressions", true}, {"Impression", true}}};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(a[i])) != std::tolower(static_cast<unsigned char>(b[i]))) return false;
  }
  return true;
}

// A heading that starts at `at`, with its colon: its length, or 0. A letter before it makes it part of a word; a full
// stop or a bracket does not ("... is normal.Impression:").
std::size_t heading_at(std::string_view text, std::size_t at, bool* impression) {
  if (at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1]))) return 0;
  for (const Heading& heading : headings) {
    if (!equals_ignoring_case(text.substr(at, heading.word.size()), heading.word)) continue;
    std::size_t end = at + heading.word.size();
    while (end < text.size() && text[end] == ' ') ++end;
    if (end >= text.size() || text[end] != ':') continue;
    *impression = heading.impression;
    return end + 1 - at;
  }
  return 0;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks(" \t\r\n\0", 5);
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A section that is named twice goes on in a paragraph of its own.
void append(std::string& section, std::string_view text) {
  const std::string_view part = trimmed(text);
  if (part.empty()) return;
  if (!section.empty()) section += "\n";
  section += part;
}

}  // namespace

ReportSections split_sections(std::string_view model_text) {
  ReportSections sections;
  bool in_impression = false;
  std::size_t start = 0;
  for (std::size_t at = 0; at < model_text.size();) {
    bool impression = false;
    const std::size_t length = heading_at(model_text, at, &impression);
    if (length == 0) {
      ++at;
      continue;
    }
    append(in_impression ? sections.impression : sections.findings, model_text.substr(start, at - start));
    in_impression = impression;
    at += length;
    start = at;
  }
  append(in_impression ? sections.impression : sections.findings, model_text.substr(start));
  return sections;
}

}  // namespace radfm::report
