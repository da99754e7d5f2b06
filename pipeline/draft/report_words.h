// SPDX-License-Identifier: Apache-2.0
// A report's text as sentences of words, and patterns over words, so that what a check looks for can stand as data. English.
// No state; safe from any thread.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radfm::draft {

// In small letters, without signs: "Left-sided, 24mm." is {left, sided, ",", 24, mm}. "," stands for , ; : ( and ), "-" for a
// range of numbers, "/" for itself. Bytes above ASCII are letters.
using Words = std::vector<std::string>;
std::vector<Words> sentences_of(std::string_view text);

struct Place {
  std::size_t begin = 0, end = 0;
};

// Words that must follow one another. Parts, with a blank between them:
//   is|are    one of these words          @prior  one of the words of that class (report_words.cpp)
//   ?the|a    one of these, or none       ~3      up to three words, none of them ","
//   ^         the start of the sentence or the place after a ","       $   its end or a ","
class WordPattern {
 public:
  explicit WordPattern(std::string_view pattern);
  std::optional<Place> find(const Words& words, std::size_t from = 0) const;

 private:
  enum class Kind { words, gap, start, end };
  struct Part {
    Kind kind = Kind::words;
    bool optional = false;
    std::size_t gap = 0;
    std::vector<std::string> any = {};
  };
  std::optional<std::size_t> match(const Words& words, std::size_t at, std::size_t part) const;
  std::vector<Part> parts_;
};

class WordPatterns {
 public:
  WordPatterns(std::initializer_list<std::string_view> patterns) : patterns_(patterns.begin(), patterns.end()) {}
  std::optional<Place> find(const Words& words) const;  // of the first pattern that is found
  bool match(const Words& words) const { return find(words).has_value(); }

 private:
  std::vector<WordPattern> patterns_;
};

bool has_word(const Words& words, std::initializer_list<std::string_view> any);
// At most four of the words, for a sentence that quotes them.
std::string quoted(const Words& words, Place place);

// What a report can say of an organ, each under one name: "nodule" for nodule and nodules.
std::optional<std::string_view> finding_kind(std::string_view word);
// The kinds that stand in a part of a sentence, each place counted.
std::vector<std::string_view> kinds_in(const Words& words, Place place);

// It names what it names as absent, as doubtful, or of an earlier study, somewhere in the sentence.
bool has_negation(const Words& words);
bool has_doubt(const Words& words);
bool has_past(const Words& words);

}  // namespace radfm::draft
