// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/labelled_values.h"

#include <algorithm>
#include <iterator>

namespace radfm::draft {
namespace {

// In small letters. What stands before the colon must end with one of them, at the start of a word.
constexpr std::string_view labels[] = {"patient name",
                                       "patient's name",
                                       "name of patient",
                                       "patientenname",
                                       "name",
                                       "surname",
                                       "given name",
                                       "first name",
                                       "last name",
                                       "vorname",
                                       "nachname",
                                       "patient id",
                                       "patient no",
                                       "patient number",
                                       "patienten-id",
                                       "mrn",
                                       "medical record number",
                                       "hospital number",
                                       "nhs number",
                                       "ssn",
                                       "social security number",
                                       "accession",
                                       "accession number",
                                       "accession no",
                                       "dob",
                                       "d.o.b",
                                       "date of birth",
                                       "birth date",
                                       "birthdate",
                                       "birthday",
                                       "geburtsdatum",
                                       "geb",
                                       "address",
                                       "phone",
                                       "date de naissance"};
constexpr std::size_t label_bytes_max = 32;

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_letter(char c) {
  return (small(c) >= 'a' && small(c) <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

bool ends_with_label(std::string_view before) {
  while (!before.empty() && (before.back() == ' ' || before.back() == '.' || before.back() == '#'))
    before.remove_suffix(1);
  const std::string_view tail = before.substr(before.size() - std::min(before.size(), label_bytes_max));
  std::string word(tail);
  std::transform(word.begin(), word.end(), word.begin(), small);
  return std::any_of(std::begin(labels), std::end(labels), [&](std::string_view label) {
    if (!word.ends_with(label)) return false;
    return before.size() == label.size() || !is_letter(before[before.size() - label.size() - 1]);
  });
}

// Where the value behind a colon ends within its line.
std::size_t value_end(std::string_view line, std::size_t begin) {
  for (std::size_t i = begin; i < line.size(); ++i) {
    const bool two_blanks = line[i] == ' ' && i + 1 < line.size() && line[i + 1] == ' ';
    if (two_blanks || line[i] == '\t' || line[i] == ';' || line[i] == '|') return i;
  }
  return line.size();
}

void append_line(std::string& out, std::string_view line, std::string_view replacement) {
  std::size_t copied = 0;
  for (std::size_t colon = line.find(':'); colon != std::string_view::npos;
       colon = line.find(':', std::max(colon + 1, copied))) {
    if (!ends_with_label(line.substr(copied, colon - copied))) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    if (begin == std::string_view::npos) break;
    out.append(line.substr(copied, begin - copied)).append(replacement);
    copied = value_end(line, begin);
  }
  out.append(line.substr(std::min(copied, line.size())));
}

}  // namespace

std::string without_labelled_values(std::string_view text, std::string_view replacement) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    append_line(out, text.substr(0, end), replacement);
    if (end < text.size()) out.push_back('\n');
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace radfm::draft
