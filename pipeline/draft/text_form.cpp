// SPDX-License-Identifier: Apache-2.0
// Whether a text is one at all: loops, and bytes that are no language.
#include <algorithm>
#include <map>

#include "pipeline/draft/text_rules.h"
#include "pipeline/report/sections.h"

namespace radfm::draft::rule {
namespace {

constexpr int word_runs_max = 5;                 // one word so often in a row
constexpr std::size_t sentence_words_min = 4;    // shorter ones ("No effusion.") may well come back
constexpr int sentence_run_max = 2;              // one sentence so often in a row
constexpr int sentence_copies_max = 5;           // in all: a spine is reported level by level
constexpr std::size_t characters_min = 20;       // of a text that can be judged by its letters
constexpr std::size_t word_characters_max = 60;  // the longest words of medicine have 45
constexpr std::size_t replaced_max = 2;          // U+FFFD: a token that was cut at the end of the text leaves one or two
constexpr char32_t replacement = 0xFFFD;

// What is no letter of any script: symbols, arrows, boxes, private use, emoji. (Blocks of Unicode.)
bool is_symbol(char32_t c) {
  return (c >= 0x80 && c < 0xC0) || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c < 0x2C00) || (c >= 0x3000 && c < 0x3005) ||
         (c >= 0xE000 && c < 0xF900) || (c >= 0xFE00 && c < 0xFE10) || (c >= 0xFFF0 && c < 0x10000) || (c >= 0x1F000 && c < 0x1FB00);
}

bool is_letter(char32_t c) {
  return c < 0x80 ? (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') : !is_symbol(c);
}

// Of valid UTF-8.
char32_t next_character(std::string_view text, std::size_t* at) {
  const auto byte = [&] { return static_cast<unsigned char>(text[(*at)++]); };
  const unsigned char lead = byte();
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t c = lead & (0x3F >> more);
  for (int i = 0; i < more; ++i) c = c << 6 | (byte() & 0x3F);
  return c;
}

struct Counts {
  std::size_t characters = 0, letters = 0, replaced = 0, longest_word = 0;
};

// Scripts without blanks have no word that could be too long.
Counts count(std::string_view text) {
  Counts counts;
  std::size_t word = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, &at);
    if (c <= ' ' || c == 0x7F) {
      word = 0;
      continue;
    }
    ++counts.characters;
    counts.letters += is_letter(c);
    counts.replaced += c == replacement;
    word = is_letter(c) && c < 0x2000 ? word + 1 : 0;
    counts.longest_word = std::max(counts.longest_word, word);
  }
  return counts;
}

bool has_run(const Words& words) {
  int run = 1;
  for (std::size_t i = 1; i < words.size(); ++i) {
    run = words[i] == words[i - 1] && words[i] != "," ? run + 1 : 1;
    if (run > word_runs_max) return true;
  }
  return false;
}

bool has_copies(const std::vector<Words>& sentences) {
  std::map<Words, int> copies;
  int run = 0;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    run = i > 0 && sentences[i] == sentences[i - 1] ? run + 1 : 1;
    if (sentences[i].size() < sentence_words_min) continue;
    if (run > sentence_run_max || ++copies[sentences[i]] > sentence_copies_max) return true;
  }
  return false;
}

}  // namespace

Finding repeats(const ReadText& text) {
  bool found = has_copies(text.findings) || has_copies(text.impression);
  for (const Words& sentence : text.all) found = found || has_run(sentence);
  return found ? Finding("The model's text repeats itself and is not reliable.") : std::nullopt;
}

Finding not_language(const CheckedDraft& draft) {
  const char* why = nullptr;
  if (!report::is_valid_utf8(draft.text)) {
    why = "it holds bytes that are no characters";
  } else {
    const Counts counts = count(draft.text);
    if (counts.replaced > replaced_max) why = "it holds characters that could not be read";
    if (counts.longest_word > word_characters_max) why = "it holds an endless word";
    if (counts.characters >= characters_min && counts.letters * 2 < counts.characters) why = "most of it is no letters";
  }
  if (why == nullptr) return std::nullopt;
  return "The model's text is no readable language (" + std::string(why) + "): do not use it.";
}

}  // namespace radfm::draft::rule
