// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/report_words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace radfm::draft {
namespace {

struct WordClass {
  std::string_view name, words;
};
constexpr std::array word_classes = {
    WordClass{"@prior", "prior|previous|earlier|preceding|old"},
    WordClass{"@study", "study|studies|exam|exams|examination|examinations|radiograph|radiographs|ct|mri|scan|scans|image|images|"
                        "imaging|film|films|mammogram|mammograms|ultrasound"},
    WordClass{"@be", "is|are|appears|appear|looks|look|remains|remain|seems"},
    WordClass{"@adv", "significantly|slightly|mildly|markedly|much|somewhat|clearly|now|also|completely|partially|partly|largely|"
                      "essentially|relatively|moderately|minimally|not"},
    WordClass{"@seen", "seen|noted|demonstrated|identified|visualized|visualised|present|redemonstrated"},
    WordClass{"@kind", "nodule|nodules|mass|masses|lesion|lesions|consolidation|consolidations|effusion|effusions|pneumothorax|"
                       "pneumothoraces|fracture|fractures|opacity|opacities|cyst|cysts|aneurysm|aneurysms|hematoma|haematoma|"
                       "tumor|tumors|tumour|tumours|abscess|abscesses|atelectasis|hydronephrosis|pneumonia"}};

// One name for singular, plural and the other spelling.
struct OtherName {
  std::string_view word, name;
};
constexpr std::array<OtherName, 15> kind_names = {{{"nodules", "nodule"}, {"masses", "mass"}, {"lesions", "lesion"},
    {"consolidations", "consolidation"}, {"effusions", "effusion"}, {"pneumothoraces", "pneumothorax"}, {"fractures", "fracture"},
    {"opacities", "opacity"}, {"cysts", "cyst"}, {"aneurysms", "aneurysm"}, {"haematoma", "hematoma"}, {"tumors", "tumor"},
    {"tumour", "tumor"}, {"tumours", "tumor"}, {"abscesses", "abscess"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; }
char small_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::string> expanded(std::string_view alternatives) {
  std::vector<std::string> words;
  for (std::string& word : split(alternatives, '|')) {
    const auto known = std::find_if(word_classes.begin(), word_classes.end(), [&](const WordClass& c) { return c.name == word; });
    if (known == word_classes.end()) {
      words.push_back(std::move(word));
    } else {
      for (std::string& member : split(known->words, '|')) words.push_back(std::move(member));
    }
  }
  return words;
}

// A number with a comma among its digits ("1,5", "1,200") keeps it, so that nothing reads it as another number.
std::string number_at(std::string_view text, std::size_t* at) {
  const std::size_t begin = *at;
  const auto goes_on = [&](std::size_t i) {
    return is_digit(text[i]) || ((text[i] == '.' || text[i] == ',') && i + 1 < text.size() && is_digit(text[i + 1]));
  };
  while (*at < text.size() && goes_on(*at)) ++*at;
  return std::string(text.substr(begin, *at - begin));
}

std::string word_at(std::string_view text, std::size_t* at) {
  std::string word;
  for (; *at < text.size() && (is_letter(text[*at]) || text[*at] == '\''); ++*at) {
    if (text[*at] != '\'') word.push_back(small_letter(text[*at]));
  }
  return word;
}

// "Mass effect" is no mass.
void join_mass_effects(Words& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i - 1] == "mass" && words[i] == "effect") words[i - 1] = "mass-effect";
  }
}

}  // namespace

std::vector<Words> sentences_of(std::string_view text) {
  std::vector<Words> sentences(1);
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_digit(c)) {
      sentences.back().push_back(number_at(text, &at));
      continue;
    }
    if (is_letter(c)) {
      sentences.back().push_back(word_at(text, &at));
      continue;
    }
    const bool in_numbers = at > 0 && at + 1 < text.size() && is_digit(text[at - 1]) && is_digit(text[at + 1]);
    if (std::string_view(".!?\r\n").find(c) != std::string_view::npos) {
      if (!sentences.back().empty()) sentences.emplace_back();
    } else if (std::string_view(",;:()").find(c) != std::string_view::npos) {
      sentences.back().emplace_back(",");
    } else if (c == '/' || (c == '-' && in_numbers)) {
      sentences.back().emplace_back(1, c);
    }
    ++at;
  }
  if (sentences.back().empty()) sentences.pop_back();
  for (Words& sentence : sentences) join_mass_effects(sentence);
  return sentences;
}

WordPattern::WordPattern(std::string_view pattern) {
  for (const std::string& text : split(pattern, ' ')) {
    if (text == "^") {
      parts_.push_back({Kind::start});
    } else if (text == "$") {
      parts_.push_back({Kind::end});
    } else if (text.front() == '~') {
      parts_.push_back({Kind::gap, false, static_cast<std::size_t>(text.at(1) - '0')});
    } else {
      const bool optional = text.front() == '?';
      parts_.push_back({Kind::words, optional, 0, expanded(std::string_view(text).substr(optional ? 1 : 0))});
    }
  }
}

// The end of the match of the parts from `part` on. As deep as the pattern has parts.
std::optional<std::size_t> WordPattern::match(const Words& words, std::size_t at, std::size_t part) const {
  if (part == parts_.size()) return at;
  const Part& wanted = parts_[part];
  const bool is_break = at == words.size() || words[at] == ",";
  switch (wanted.kind) {
    case Kind::start: return at == 0 || words[at - 1] == "," ? match(words, at, part + 1) : std::nullopt;
    case Kind::end: return is_break ? match(words, at, part + 1) : std::nullopt;
    case Kind::gap:
      for (std::size_t skipped = 0; skipped <= wanted.gap; ++skipped) {
        if (const auto end = match(words, at + skipped, part + 1)) return end;
        if (at + skipped >= words.size() || words[at + skipped] == ",") return std::nullopt;
      }
      return std::nullopt;
    case Kind::words: break;
  }
  if (at < words.size() && std::find(wanted.any.begin(), wanted.any.end(), words[at]) != wanted.any.end()) {
    if (const auto end = match(words, at + 1, part + 1)) return end;
  }
  return wanted.optional ? match(words, at, part + 1) : std::nullopt;
}

std::optional<Place> WordPattern::find(const Words& words, std::size_t from) const {
  for (std::size_t at = from; at < words.size(); ++at) {
    if (const auto end = match(words, at, 0)) return Place{at, *end};
  }
  return std::nullopt;
}

std::optional<Place> WordPatterns::find(const Words& words) const {
  for (const WordPattern& pattern : patterns_) {
    if (const auto place = pattern.find(words)) return place;
  }
  return std::nullopt;
}

bool has_word(const Words& words, std::initializer_list<std::string_view> any) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return std::find(any.begin(), any.end(), word) != any.end(); });
}

std::string quoted(const Words& words, Place place) {
  std::string text;
  int taken = 0;
  for (std::size_t i = place.begin; i < std::min(place.end, words.size()) && taken < 4; ++i) {
    if (words[i] == ",") continue;
    text += (taken++ > 0 ? " " : "") + words[i];
  }
  return "\"" + text + "\"";
}

std::optional<std::string_view> finding_kind(std::string_view word) {
  static const std::vector<std::string> kinds = expanded("@kind");
  const auto known = std::find(kinds.begin(), kinds.end(), word);
  if (known == kinds.end()) return std::nullopt;
  for (const auto& [other, name] : kind_names) {
    if (other == word) return name;
  }
  return std::string_view(*known);
}

std::vector<std::string_view> kinds_in(const Words& words, Place place) {
  std::vector<std::string_view> kinds;
  for (std::size_t i = place.begin; i < std::min(place.end, words.size()); ++i) {
    if (const auto kind = finding_kind(words[i])) kinds.push_back(*kind);
  }
  return kinds;
}

bool has_negation(const Words& words) {
  return has_word(words, {"no", "not", "none", "without", "negative", "absent", "absence", "free", "clear", "normal", "excluded",
                          "exclude", "unlikely", "never", "neither", "nor", "lack", "denies", "unremarkable"});
}

bool has_doubt(const Words& words) {
  return has_word(words, {"possible", "possibly", "may", "might", "could", "cannot", "question", "questionable", "versus", "vs",
                          "if", "rule", "consider", "suspected", "suspicious", "suspicion", "likely", "probable", "probably",
                          "equivocal", "differential", "recommend", "recommended", "follow", "correlate", "evaluate", "artifact"});
}

bool has_past(const Words& words) {
  return has_word(words, {"prior", "previous", "previously", "earlier", "was", "were", "history", "resolved", "resolution", "removed",
                          "old", "former", "formerly", "status", "post", "been", "known", "before"});
}

}  // namespace radfm::draft
