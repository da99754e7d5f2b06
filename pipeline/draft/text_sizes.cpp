// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/text_sizes.h"

#include <algorithm>
#include <charconv>

namespace radfm::draft::rule {
namespace {

std::optional<double> number_of(const Words& words, std::size_t at) {
  if (at >= words.size()) return std::nullopt;
  double value = 0;
  const std::string& text = words[at];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> unit_mm(const Words& words, std::size_t at) {
  if (at >= words.size()) return std::nullopt;
  const std::string& word = words[at];
  if (word == "mm" || word == "millimeter" || word == "millimeters" || word == "millimetre" || word == "millimetres") return 1;
  if (word == "cm" || word == "centimeter" || word == "centimeters" || word == "centimetre" || word == "centimetres") return 10;
  return std::nullopt;
}

bool is_word(const Words& words, std::size_t at, std::initializer_list<std::string_view> any) {
  return at < words.size() && std::find(any.begin(), any.end(), words[at]) != any.end();
}

// "24 mm", "24 x 18 mm", "24 mm x 18 mm" from `*at` on; in "from 16 to 24 mm" also the 16.
std::optional<Size> size_at(const Words& words, std::size_t* at) {
  double most = 0;
  std::optional<double> unit;
  std::size_t end = *at;
  while (const std::optional<double> number = number_of(words, end)) {
    most = std::max(most, *number);
    if (const auto found = unit_mm(words, ++end)) {
      unit = found;
      ++end;
    }
    if (!is_word(words, end, {"x", "by", "\xc3\x97"}) || !number_of(words, end + 1)) break;
    ++end;
  }
  if (is_word(words, end, {"/", "hg", "h"})) return std::nullopt;  // a speed or a pressure
  const bool from = *at > 0 && words[*at - 1] == "from";
  if (!unit && from && is_word(words, end, {"to"}) && number_of(words, end + 1)) unit = unit_mm(words, end + 2);
  if (!unit) return std::nullopt;
  Size size{most * *unit, ""};
  for (std::size_t i = *at; i < end; ++i) size.text += (i > *at ? " " : "") + words[i];
  if (!unit_mm(words, end - 1)) size.text += *unit > 1 ? " cm" : " mm";
  *at = end;
  return size;
}

Place range_at(const Words& words, std::size_t at) {
  std::size_t end = at + 1;
  while (is_word(words, end, {"-", "\xe2\x80\x93", "\xe2\x80\x94"}) && number_of(words, end + 1)) end += 2;
  return {at, end};
}

}  // namespace

SizedWords with_sizes(const Words& sentence) {
  SizedWords sized;
  for (std::size_t i = 0; i < sentence.size();) {
    if (!number_of(sentence, i)) {
      sized.words.push_back(sentence[i++]);
      continue;
    }
    if (const Place range = range_at(sentence, i); range.end > i + 1) {
      sized.words.emplace_back("range");
      i = range.end;
    } else if (const auto size = size_at(sentence, &i)) {
      sized.words.emplace_back("#");
      sized.sizes.push_back(*size);
    } else {
      sized.words.push_back(sentence[i++]);
    }
  }
  return sized;
}

const char* word_of(Change change) {
  return change == Change::larger ? "larger" : change == Change::smaller ? "smaller" : "unchanged";
}

std::optional<Change> change_word(std::string_view word) {
  for (const char* up : {"larger", "bigger", "increased", "grown", "enlarged", "enlarging"}) {
    if (word == up) return Change::larger;
  }
  for (const char* down : {"smaller", "decreased", "shrunk", "regressed"}) {
    if (word == down) return Change::smaller;
  }
  if (word == "unchanged" || word == "stable") return Change::unchanged;
  return std::nullopt;
}

std::optional<bool> only_side_is_left(const Words& words, Place place) {
  bool left = false, right = false;
  for (std::size_t i = place.begin; i < std::min(place.end, words.size()); ++i) {
    left = left || words[i] == "left";
    right = right || words[i] == "right";
  }
  return left == right ? std::nullopt : std::optional(left);
}

namespace {

std::optional<Verdict> verdict_in(const Words& words, Place place) {
  const auto kinds = kinds_in(words, place);
  if (kinds.size() != 1) return std::nullopt;
  std::optional<Change> change;
  for (std::size_t i = place.begin; i < place.end && i < words.size(); ++i) {
    if (const auto found = change_word(words[i])) change = found;
  }
  if (!change) return std::nullopt;
  return Verdict{kinds.front(), *change, only_side_is_left(words, place)};
}

}  // namespace

std::optional<Verdict> verdict_of(const Words& sentence) {
  static const WordPatterns patterns = {
      "the|this ~3 @kind @be ?@adv larger|bigger|smaller|unchanged|stable|enlarging $",
      "the|this ~3 @kind @be ?@adv larger|bigger|smaller|unchanged|stable in|than|since|compared",
      "the|this ~3 @kind has ?@adv increased|decreased|grown|enlarged|shrunk|regressed $",
      "the|this ~3 @kind has ?@adv increased|decreased|grown|enlarged|shrunk|regressed in size|since|compared"};
  if (has_negation(sentence) || has_doubt(sentence)) return std::nullopt;
  const auto place = patterns.find(sentence);
  return place ? verdict_in(sentence, *place) : std::nullopt;
}

std::vector<Verdict> listed_verdicts(const Words& sentence) {
  static const WordPattern item("^ larger|smaller|unchanged|stable|enlarging ~4 @kind");
  std::vector<Verdict> verdicts;
  if (has_negation(sentence) || has_doubt(sentence)) return verdicts;
  std::size_t from = 0;
  while (const auto place = item.find(sentence, from)) {
    if (const auto verdict = verdict_in(sentence, *place)) verdicts.push_back(*verdict);
    from = place->end;
  }
  return verdicts;
}

}  // namespace radfm::draft::rule
