// SPDX-License-Identifier: Apache-2.0
// Sizes that a sentence states, and verdicts of change. For the rules of text_rules.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/draft/report_words.h"

namespace radfm::draft::rule {

struct Size {
  double mm = 0;     // the largest of "24 x 18 mm"
  std::string text;  // as it was written: "2.4 cm"
};
// Each size one word, "#". A range ("5-8 mm") and a rate ("3 cm/s") are none.
struct SizedWords {
  Words words;
  std::vector<Size> sizes;  // of the "#", in their order
};
SizedWords with_sizes(const Words& sentence);

enum class Change { larger, smaller, unchanged };
const char* word_of(Change change);
std::optional<Change> change_word(std::string_view word);

// "The left nodule is smaller", or as an item of a list "Smaller left nodule".
struct Verdict {
  std::string_view kind;
  Change change = Change::unchanged;
  std::optional<bool> left;  // the side that it names
};
std::optional<Verdict> verdict_of(const Words& sentence);
std::vector<Verdict> listed_verdicts(const Words& sentence);

std::optional<bool> only_side_is_left(const Words& words, Place place);

}  // namespace radfm::draft::rule
