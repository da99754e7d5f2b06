// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/identity_words.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "core/body_regions.h"
#include "core/dicom_time.h"
#include "core/name_folding.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/labelled_values.h"

namespace radfm::draft {
namespace {

constexpr std::size_t name_letters_min = 2, identifier_digits_min = 5, identifier_bytes_min = 3;

bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_high(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool is_word_byte(char c) {
  return is_ascii_letter(c) || is_digit(c) || is_high(c);
}

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// Scripts without blanks between words: CJK, kana, hangul (three bytes and more in UTF-8, lead byte E3 and
// above).
bool is_unspaced(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xE3; });
}

// Names that are words of reports as well.
bool is_ordinary(const std::string& folded) {
  static const std::set<std::string> words = [] {
    std::set<std::string> set{
        "may",   "mark",  "will",   "rose",   "grace",   "hope",    "young",  "small",  "long",  "short",
        "white", "black", "brown",  "green",  "gray",    "grey",    "little", "wall",   "field", "stone",
        "hill",  "rice",  "ball",   "bone",   "back",    "love",    "day",    "king",   "price", "low",
        "high",  "best",  "strong", "sharp",  "major",   "minor",   "large",  "case",   "page",  "post",
        "west",  "east",  "north",  "south",  "august",  "april",   "june",   "winter", "marsh", "lake",
        "banks", "berry", "reed",   "branch", "root",    "stem",    "arch",   "blood",  "palm",  "gross",
        "klein", "lang",  "kurz",   "weiss",  "schwarz", "patient", "the",    "and",    "with",  "new",
        "old",   "free",  "clear",  "sun",    "do",      "no",      "an",     "so",     "in",    "on",
        "to",    "he",    "of",     "right",  "left",    "upper",   "lower",  "normal", "see",   "date",
        "man",   "woman", "male",   "female", "boy",     "girl",    "child",  "prior",  "study", "image",
        "film",  "view",  "mass",   "lesion", "test"};
    for (const BodyRegion& region : default_body_regions()) {
      for (const std::string& word : region.words) set.insert(folded_letters(word));
    }
    return set;
  }();
  return words.contains(folded);
}

bool is_title(const std::string& folded) {
  constexpr std::array titles{"mr",   "mrs", "ms", "miss", "dr",     "prof", "herr",
                              "frau", "mme", "sr", "sra",  "doctor", "named"};
  return std::find(titles.begin(), titles.end(), folded) != titles.end();
}

struct Word {
  std::size_t begin, end;
  std::string folded;
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && (is_ascii_letter(text[end]) || is_high(text[end]))) ++end;
    if (end > i) words.push_back({i, end, folded_letters(text.substr(i, end - i))});
    i = std::max(end, i + 1);
  }
  return words;
}

// Only signs and blanks of one line between two words: "DOE, JANE".
bool are_neighbours(std::string_view text, const Word& left, const Word& right) {
  const std::string_view between = text.substr(left.end, right.begin - left.end);
  return between.size() <= 3 && between.find_first_not_of(" ,.^-'") == std::string_view::npos;
}

// The ways to write a date that people use; two-digit years only with points or slashes.
std::set<std::string> ways_to_write(DicomDate date) {
  constexpr std::array months{"jan", "feb", "mar", "apr", "may", "jun",
                              "jul", "aug", "sep", "oct", "nov", "dec"};
  constexpr std::array long_months{"january", "february", "march",     "april",   "may",      "june",
                                   "july",    "august",   "september", "october", "november", "december"};
  const auto number = [](const char* pattern, int value) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), pattern, value);
    return std::string(text.data());
  };
  const std::string year = number("%04d", date.year), short_year = number("%02d", date.year % 100);
  std::set<std::string> ways{year + number("%02d", date.month) + number("%02d", date.day)};
  for (const char* pattern : {"%d", "%02d"}) {
    const std::string day = number(pattern, date.day), month = number(pattern, date.month);
    for (const char* sign : {"-", "/", "."}) {
      ways.insert({year + sign + month + sign + day, day + sign + month + sign + year,
                   month + sign + day + sign + year});
      if (*sign != '-')
        ways.insert({day + sign + month + sign + short_year, month + sign + day + sign + short_year});
    }
    for (const std::string name : {months[date.month - 1], long_months[date.month - 1]}) {
      for (const char* sign : {" ", "-", ". "})
        ways.insert(
            {day + sign + name + sign + year, day + sign + name + (*sign == '.' ? " " : sign) + year});
      ways.insert({name + " " + day + ", " + year, name + " " + day + " " + year});
    }
  }
  return ways;
}

}  // namespace

void IdentityWords::add_name(std::string_view person_name, bool is_patient) {
  for (const std::string_view group : split(person_name, "=")) {
    if (is_unspaced(group)) {
      const auto parts = split(group, "^ ");
      std::string all;
      for (const std::string_view part : parts) all += part;
      for (const std::string& name : {all, parts.empty() ? all : std::string(parts.front())}) {
        if (name.size() < 2 * 3) continue;  // one character is too little to be sure
        whole_names_.insert(name);
        if (is_patient) patient_whole_names_.insert(name);
      }
      continue;
    }
    for (const std::string_view word : split(group, "^ -'.,")) {
      std::string folded = folded_letters(word);
      if (folded.size() < name_letters_min) continue;
      if (is_patient) patient_words_.insert(folded);
      words_.insert(std::move(folded));
    }
  }
}

void IdentityWords::add_person(std::string_view person_name) {
  add_name(person_name, false);
}

void IdentityWords::add_identifier(std::string_view identifier) {
  const std::string small = small_letters(identifier.substr(0, identifier.find_last_not_of(' ') + 1));
  const bool has_letter = std::any_of(small.begin(), small.end(), is_ascii_letter);
  const bool has_digit = std::any_of(small.begin(), small.end(), is_digit);
  if (!has_digit || small.size() < (has_letter ? identifier_bytes_min : identifier_digits_min)) return;
  literals_.insert(small);
}

void IdentityWords::add_birth_date(std::string_view da) {
  if (const std::optional<DicomDate> date = parse_da(da)) literals_.merge(ways_to_write(*date));
}

void IdentityWords::add(const AttributeSet& header) {
  for (const std::uint32_t names : {tag::patient_name, tag::other_patient_names}) {
    for (const std::string_view name : split(attribute_value(header, names), "\\")) add_name(name, true);
  }
  for (const std::uint32_t names : {tag::referring_physician, tag::physicians_of_record,
                                    tag::reading_physicians, tag::responsible_person}) {
    for (const std::string_view name : split(attribute_value(header, names), "\\")) add_name(name, false);
  }
  for (const std::uint32_t ids :
       {tag::patient_id, tag::other_patient_ids, tag::accession_number, tag::admission_id}) {
    for (const std::string_view id : split(attribute_value(header, ids), "\\")) add_identifier(id);
  }
  if (const auto others = header.find(tag::other_patient_ids_sequence); others != header.end()) {
    for (const AttributeSet& item : others->second.items)
      add_identifier(attribute_value(item, tag::patient_id));
  }
  add_birth_date(attribute_value(header, tag::birth_date));
}

std::vector<IdentityWords::Span> IdentityWords::name_spans(std::string_view text,
                                                           bool of_patient_only) const {
  const std::set<std::string>& names = of_patient_only ? patient_words_ : words_;
  const std::vector<Word> words = words_of(text);
  std::vector<Span> spans;
  const auto is_name = [&](std::size_t i) { return names.contains(words[i].folded); };
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_name(i)) continue;
    const bool left = i > 0 && are_neighbours(text, words[i - 1], words[i]) &&
                      (is_name(i - 1) || is_title(words[i - 1].folded));
    const bool right = i + 1 < words.size() && are_neighbours(text, words[i], words[i + 1]) && is_name(i + 1);
    if (!is_ordinary(words[i].folded) || left || right) spans.push_back({words[i].begin, words[i].end});
  }
  for (const std::string& name : of_patient_only ? patient_whole_names_ : whole_names_) {
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1))
      spans.push_back({at, at + name.size()});
  }
  return spans;
}

std::vector<IdentityWords::Span> IdentityWords::literal_spans(std::string_view text) const {
  const std::string small = small_letters(text);
  std::vector<Span> spans;
  for (const std::string& literal : literals_) {
    for (std::size_t at = small.find(literal); at != std::string::npos; at = small.find(literal, at + 1)) {
      const std::size_t end = at + literal.size();
      const bool bounded =
          (at == 0 || !is_word_byte(small[at - 1])) && (end == small.size() || !is_word_byte(small[end]));
      if (bounded) spans.push_back({at, end});
    }
  }
  return spans;
}

std::string IdentityWords::without(std::string_view text) const {
  const std::string unlabelled = without_labelled_values(text, taken_out);
  std::vector<Span> spans = name_spans(unlabelled, false);
  for (const Span& span : literal_spans(unlabelled)) spans.push_back(span);
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t copied = 0;
  for (const Span& span : spans) {
    if (span.end <= copied) continue;
    if (span.begin >= copied) {
      out.append(unlabelled, copied, span.begin - copied);
      out += taken_out;
    }
    copied = span.end;
  }
  return out.append(unlabelled, copied);
}

bool IdentityWords::names_patient(std::string_view text) const {
  return !name_spans(text, true).empty();
}

}  // namespace radfm::draft
