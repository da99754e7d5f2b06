// SPDX-License-Identifier: Apache-2.0
// PS3.5 6.2 (PN): up to three component groups (alphabetic, ideographic, phonetic) of family, given and
// middle name, prefix and suffix.
#include <algorithm>
#include <array>
#include <vector>

#include "core/name_folding.h"
#include "core/name_parts.h"
#include "core/patient_identity.h"

namespace radfm {
namespace {

constexpr std::size_t groups_max = 3;

// Names that systems write where nobody knew one.
bool is_placeholder(const std::string& folded_family) {
  constexpr std::array words{"unknown",   "anonymous", "anonymized", "anonymised", "noname",  "name",  "none",
                             "unbekannt", "anonym",    "inconnu",    "patient",    "unnamed", "nomen", "xxx"};
  return std::any_of(words.begin(), words.end(), [&](const char* word) { return folded_family == word; });
}

struct NameGroup {
  std::string family;              // folded letters
  std::vector<std::string> given;  // folded words, given and middle names
  std::string all;                 // the letters of family, given and middle name
};

NameGroup group_of(std::string_view text) {
  const std::vector<std::string_view> components = name_parts(text, '^');
  NameGroup group{folded_letters(components.front()), {}, folded_letters(components.front())};
  for (std::size_t i = 1; i < components.size() && i < 3; ++i) {
    for (const std::string_view word : name_parts(components[i], ' ')) {
      std::string letters = folded_letters(word);
      group.all += letters;
      if (!letters.empty()) group.given.push_back(std::move(letters));
    }
  }
  if (is_placeholder(group.family)) return {};
  return group;
}

bool begins_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

bool given_names_agree(const std::vector<std::string>& ours, const std::vector<std::string>& theirs) {
  if (ours.empty() || theirs.empty()) return true;
  for (const std::string& one : ours) {
    for (const std::string& other : theirs) {
      if (begins_with(one, other) || begins_with(other, one)) return true;
    }
  }
  return false;
}

}  // namespace

NameVerdict compare_names(std::string_view one, std::string_view other) {
  const auto ours = name_parts(one, '='), theirs = name_parts(other, '=');
  const auto group_at = [](const std::vector<std::string_view>& groups, std::size_t i) {
    return i < groups.size() ? group_of(groups[i]) : NameGroup{};
  };
  bool agree = false, differ = false, one_has_name = false, other_has_name = false;
  for (std::size_t i = 0; i < groups_max; ++i) {
    const NameGroup a = group_at(ours, i), b = group_at(theirs, i);
    one_has_name |= !a.all.empty();
    other_has_name |= !b.all.empty();
    if (a.all.empty() || b.all.empty()) continue;
    // A given name alone is compared with no family name; both names in one component are one name as well.
    const bool same_family = !a.family.empty() && a.family == b.family && given_names_agree(a.given, b.given);
    (same_family || a.all == b.all ? agree : differ) = true;
  }
  if (agree) return differ ? NameVerdict::mixed : NameVerdict::agree;
  return one_has_name && other_has_name ? NameVerdict::differ : NameVerdict::nothing;
}

}  // namespace radfm
