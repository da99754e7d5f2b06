// SPDX-License-Identifier: Apache-2.0
// Left and right: against the images, and of the findings against the impression.
#include <map>

#include "pipeline/draft/text_rules.h"

namespace radfm::draft::rule {
namespace {

constexpr std::size_t side_reach = 5;  // words between a finding and its side

bool is_side(const std::string& word) { return word == "left" || word == "right"; }

bool is_both(const Words& sentence) {
  return has_word(sentence, {"bilateral", "bilaterally", "both", "contralateral", "opposite", "either", "sides", "ipsilateral"});
}

// A side that stands beside a paired part of the body. (Not of the trunk: a lateral chest has a laterality too.)
const WordPattern& sided_part(bool left) {
  static const std::string parts =
      " ?sided ?distal|proximal|lateral|medial|upper|lower|fifth|fourth|third|second|first|great|index|little|middle|ring "
      "knee|knees|hand|hands|wrist|wrists|ankle|ankles|foot|feet|elbow|elbows|shoulder|shoulders|hip|hips|femur|tibia|fibula|humerus|"
      "ulna|forearm|leg|arm|breast|breasts|thumb|finger|fingers|toe|toes|thigh|calf|heel|calcaneus|patella|scaphoid|orbit|eye|"
      "metatarsal|metacarpal|extremity|limb";
  static const WordPattern of_left("left" + parts), of_right("right" + parts);
  return left ? of_left : of_right;
}

// What a section says of one kind of finding.
struct Sides {
  bool left = false, right = false;
  bool unclear = false;  // also said where sides could not be told apart
};

// Sentences whose sides belong to something else than the finding.
bool speaks_of_other_sides(const Words& sentence) {
  static const WordPatterns moved = {"to|toward|towards the left|right", "shift|shifted|deviation|deviated|displaced|displacement"};
  return is_both(sentence) || moved.match(sentence) ||
         has_word(sentence, {"tube", "catheter", "line", "picc", "pacemaker", "pacer", "drain", "lead", "leads", "port", "stent",
                             "device", "oblique", "decubitus", "heart", "atrium", "ventricle", "border"});
}

std::optional<bool> near_side_is_left(const Words& words, std::size_t at) {
  std::optional<bool> left;
  const auto look = [&](std::size_t i) {
    if (!left && is_side(words[i])) left = words[i] == "left";
  };
  for (std::size_t i = at; i-- > 0 && at - i <= side_reach && words[i] != ",";) look(i);
  for (std::size_t i = at + 1; i < words.size() && i - at <= side_reach && words[i] != ","; ++i) look(i);
  return left;
}

// `past`: what an earlier study showed counts too.
void read_sides(const Words& sentence, bool past, std::map<std::string_view, Sides>* sides) {
  const bool plain = !has_negation(sentence) && (past || !has_past(sentence));
  const bool mixed = (has_word(sentence, {"left"}) && has_word(sentence, {"right"})) || speaks_of_other_sides(sentence);
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    const auto kind = finding_kind(sentence[i]);
    if (!kind || *kind == "lesion" || *kind == "opacity") continue;  // other words for any of the rest
    const std::optional<bool> left = near_side_is_left(sentence, i);
    Sides& of_kind = (*sides)[*kind];
    if (mixed) {
      of_kind.unclear = true;
    } else if (left && plain) {
      (*left ? of_kind.left : of_kind.right) = true;
    } else if (left) {
      of_kind.unclear = true;
    }
  }
}

// An impression is a list: each item has its own side. A negation holds to the end of its sentence.
std::vector<Words> items_of(const Words& sentence) {
  std::vector<Words> items(1);
  if (has_negation(sentence)) return {sentence};
  for (const std::string& word : sentence) {
    if (word == ",") {
      items.emplace_back();
    } else {
      items.back().push_back(word);
    }
  }
  return items;
}

}  // namespace

Finding side_contradicts_image(const CheckedDraft& draft, const ReadText& text) {
  if (draft.laterality != 'L' && draft.laterality != 'R') return std::nullopt;
  const bool image_left = draft.laterality == 'L';
  std::string other;
  for (const Words& sentence : text.all) {
    if (is_both(sentence) || has_word(sentence, {image_left ? "left" : "right"})) return std::nullopt;
    if (has_word(sentence, {"not", "compared", "comparison"}) || has_past(sentence)) continue;
    const auto place = sided_part(!image_left).find(sentence);
    if (place && other.empty()) other = quoted(sentence, *place);
  }
  if (other.empty()) return std::nullopt;
  return "The text speaks of the other side (" + other + ") than the images, which are of the " + (image_left ? "left" : "right") +
         ": check the side.";
}

Finding side_contradicts_itself(const ReadText& text) {
  std::map<std::string_view, Sides> found, concluded;
  for (const Words& sentence : text.findings) read_sides(sentence, true, &found);
  for (const Words& sentence : text.impression) {
    for (const Words& item : items_of(sentence)) read_sides(item, false, &concluded);
  }
  for (const auto& [kind, end] : concluded) {
    const auto begin = found.find(kind);
    if (begin == found.end() || begin->second.unclear || end.unclear) continue;
    const Sides& start = begin->second;
    if (start.left == start.right || end.left == end.right || start.left == end.left) continue;
    return "Findings and impression put the " + std::string(kind) + " on different sides (" + (start.left ? "left" : "right") + " and " +
           (end.left ? "left" : "right") + "): check the side.";
  }
  return std::nullopt;
}

}  // namespace radfm::draft::rule
