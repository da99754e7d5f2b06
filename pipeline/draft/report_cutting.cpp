// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/report_cutting.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "core/name_folding.h"
#include "pipeline/draft/plain_text.h"

namespace radfm::draft {
namespace {

constexpr std::size_t heading_bytes_max = 60;
constexpr std::string_view cut_mark = "... ";

enum class SectionKind { other, findings, impression };

struct Section {
  SectionKind kind = SectionKind::other;
  std::string text;       // with its heading
  std::size_t bytes = 0;  // of its line
};

// Headings as reports in several languages write them, folded.
constexpr std::string_view findings_headings[] = {"findings",  "finding",   "befund",      "befunde",
                                                  "resultats", "hallazgos", "bevindingen", "reperti"};
constexpr std::string_view impression_headings[] = {
    "impression", "impressions", "conclusion", "conclusions", "beurteilung", "opinion",
    "summary",    "addendum",    "impresion",  "conclusie",   "conclusioni", "zusammenfassung"};

template <std::size_t N>
bool holds(const std::string_view (&list)[N], const std::string& word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

SectionKind kind_of(std::string_view heading) {
  const std::string letters = folded_letters(heading);
  if (holds(findings_headings, letters)) return SectionKind::findings;
  return holds(impression_headings, letters) ? SectionKind::impression : SectionKind::other;
}

// Whether a line begins a section: `Findings:`, `FINDINGS: No nodule.`, a known heading alone, any short line
// that ends with a colon.
bool begins_section(std::string_view line, SectionKind* kind) {
  const std::size_t colon = line.find(':');
  const std::string_view heading = line.substr(0, colon);
  if (heading.size() > heading_bytes_max) return false;
  *kind = kind_of(heading);
  if (*kind != SectionKind::other) return true;
  return colon != std::string_view::npos &&
         line.find_first_not_of(" \t\r", colon + 1) == std::string_view::npos;
}

std::string whole_line(const std::string& text) {
  return one_line(text, 3 * text.size() + 1);
}

std::vector<Section> sections_of(std::string_view text) {
  std::vector<Section> sections(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    SectionKind kind = SectionKind::other;
    if (begins_section(line.substr(0, line.find_last_not_of("\r\n") + 1), &kind))
      sections.push_back({kind, "", 0});
    sections.back().text += line;
  }
  for (Section& section : sections) section.bytes = whole_line(section.text).size();
  return sections;
}

// Where the sentence or line at the front ends, or npos when it is the only one.
std::size_t first_end(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool stop =
        (text[i] == '.' || text[i] == '!' || text[i] == '?') && (text[i + 1] == ' ' || text[i + 1] == '\n');
    if ((stop || text[i] == '\n') && text.find_first_not_of(" \t\r\n", i + 1) != std::string_view::npos)
      return i + 1;
  }
  return std::string_view::npos;
}

// Of the line that all of them make.
std::size_t line_bytes(const std::vector<Section>& sections) {
  std::size_t bytes = 0;
  for (const Section& section : sections)
    bytes += section.bytes == 0 ? 0 : section.bytes + (bytes == 0 ? 0 : 1);
  return bytes;
}

std::string line_of(const std::vector<Section>& sections) {
  std::string text;
  for (const Section& section : sections) text += section.text + "\n";
  return whole_line(text);
}

// Sentences go from the front of all sections of one kind, the oldest first, until the whole fits with the
// mark of a cut.
void cut_sentences(std::vector<Section>& sections, SectionKind kind, std::size_t bytes_max) {
  std::size_t bytes = line_bytes(sections) + cut_mark.size();
  for (Section& section : sections) {
    while (section.kind == kind && section.bytes > 0 && bytes > bytes_max) {
      // All that is surely too much goes at once: a long text is walked over a few times, not once for each
      // sentence.
      std::size_t cut = 0;
      while (cut < section.text.size() && (cut == 0 || cut < (bytes - bytes_max) / 2)) {
        const std::size_t end = first_end(std::string_view(section.text).substr(cut));
        cut = end == std::string_view::npos ? section.text.size() : cut + end;
      }
      section.text.erase(0, cut);
      const std::size_t left = whole_line(section.text).size();
      bytes -= section.bytes - left + (left == 0 ? 1 : 0);
      section.bytes = left;
    }
  }
}

}  // namespace

std::string fit_report_text(std::string_view text, std::size_t bytes_max, bool* shortened) {
  std::string line = whole_line(std::string(text));
  if (shortened != nullptr) *shortened = line.size() > bytes_max;
  if (line.size() <= bytes_max) return line;

  std::vector<Section> sections = sections_of(text);
  std::size_t bytes = line_bytes(sections);
  const bool has_reading = std::any_of(sections.begin(), sections.end(),
                                       [](const Section& s) { return s.kind != SectionKind::other; });
  for (Section& section : sections) {
    if (!has_reading || bytes <= bytes_max || section.kind != SectionKind::other || section.bytes == 0)
      continue;
    bytes -= section.bytes + 1;
    section = Section{};
  }
  if (bytes <= bytes_max) return line_of(sections);
  for (const SectionKind kind : {SectionKind::other, SectionKind::findings, SectionKind::impression})
    cut_sentences(sections, kind, bytes_max);
  line = line_of(sections);
  if (!line.empty() && line.size() + cut_mark.size() <= bytes_max) return std::string(cut_mark) + line;
  std::string_view last = text;
  for (std::size_t end = 0; (end = first_end(last)) != std::string_view::npos;) last.remove_prefix(end);
  return one_line(last, bytes_max);
}

}  // namespace radfm::draft
