// SPDX-License-Identifier: Apache-2.0
#include "demo/report_language.h"

#include <cctype>

namespace radfm::demo {
namespace {

using phantom::Change;
using phantom::Kind;
using phantom::Lesion;
using phantom::Modality;
using phantom::Random;
using phantom::Side;
using phantom::Size;
using phantom::Truth;
using phantom::Zone;

std::string place_of(const Lesion& lesion) {
  return (lesion.kind == Kind::effusion ? "at the " : "in the ") + std::string(side_of(lesion)) + " " + zone_of(lesion);
}

std::string capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

void add(std::string& text, const std::string& sentence) {
  if (!text.empty()) text.push_back(' ');
  text += sentence;
}

void add_comparison(const Told& told, Random& random, std::string& text) {
  const Lesion &prior = told.prior.lesion, &current = told.current.lesion;
  const bool other = told.prior.modality != told.current.modality;
  const Change change = phantom::change_between(prior, current);
  add(text, one_of(prior_sentences(prior, other ? &told.prior.modality : nullptr), random));
  if (prior.kind != Kind::none && current.kind != Kind::none) {
    add(text, one_of(relation_sentences(phantom::relation_of(prior, current), phantom::zones_compared(prior, current)), random));
  }
  add(text, one_of(verdict_sentences(change, prior, current), random));
  if (change == Change::replaced || change == Change::opposite_side) add(text, one_of(gone_sentences(prior), random));
}

std::string section_name(Modality modality) { return modality == Modality::ct ? "Finding: " : "Findings: "; }

std::string not_diagnostic_report(Modality modality) {
  return section_name(modality) + not_diagnostic_sentence + " Impression: " + capital(not_diagnostic_impression) + ".";
}

}  // namespace

const std::string& one_of(const Phrasings& phrasings, Random& random) { return phrasings[random.next() % phrasings.size()]; }

std::string_view name_of(Kind kind) {
  constexpr std::string_view names[] = {"focal lung lesion", "nodule", "consolidation", "pleural effusion"};
  return names[static_cast<std::size_t>(kind)];
}

std::string size_of(const Lesion& lesion) {
  constexpr const char *millimetres[] = {"16 mm", "24 mm", "36 mm"}, *words[] = {"small", "moderate", "large"};
  return (lesion.kind == Kind::nodule ? millimetres : words)[static_cast<std::size_t>(lesion.size)];
}

std::string_view side_of(const Lesion& lesion) { return lesion.side == Side::left ? "left" : "right"; }

std::string zone_of(const Lesion& lesion) {
  if (lesion.kind == Kind::effusion) return "base";
  return lesion.zone == Zone::upper ? "upper zone" : lesion.zone == Zone::middle ? "middle zone" : "lower zone";
}

std::string described(const Lesion& lesion) {
  if (lesion.kind == Kind::none) return "no focal lung lesion";
  return "a " + size_of(lesion) + " " + std::string(name_of(lesion.kind)) + " " + place_of(lesion);
}

std::string placed(const Lesion& lesion) {
  const std::string zone = lesion.kind == Kind::effusion ? "" : zone_of(lesion) + " ";
  return std::string(side_of(lesion)) + " " + zone + std::string(name_of(lesion.kind));
}

std::string_view word_of(Change change) {
  switch (change) {
    case Change::nothing: return "no finding";
    case Change::larger: return "larger";
    case Change::smaller: return "smaller";
    case Change::unchanged: return "unchanged";
    case Change::new_lesion: return "new";
    case Change::resolved: return "resolved";
    case Change::replaced:
    case Change::opposite_side: return "replaced";
  }
  return {};
}

Phrasings modality_sentences(Modality modality) {
  if (modality == Modality::ct) return {"CT of the chest.", "Chest CT."};
  return {"Chest radiograph.", "Radiograph of the chest."};
}

Phrasings finding_sentences(const Lesion& lesion) {
  if (lesion.kind == Kind::none) return {"There is no focal lung lesion.", "No focal lung lesion is seen.", "The lungs are clear."};
  const std::string text = described(lesion);
  const std::string what = text.substr(0, text.find(lesion.kind == Kind::effusion ? " at the " : " in the "));
  return {"There is " + text + ".", capital(what) + " is seen " + place_of(lesion) + "."};
}

Phrasings prior_sentences(const Lesion& prior, const Modality* other) {
  const std::string study = other == nullptr ? "prior study" : *other == Modality::ct ? "prior CT" : "prior radiograph";
  const std::string text = described(prior);
  return {"The " + study + " showed " + text + ".", "On the " + study + " there was " + text + "."};
}

Phrasings relation_sentences(const phantom::Relation& relation, bool with_zone) {
  std::string text = std::string("That was ") + (relation.same_kind ? "the same" : "another") + " kind of finding on the " +
                     (relation.same_side ? "same" : "other") + " side";
  if (with_zone) text += std::string(" in ") + (relation.same_zone ? "the same" : "another") + " zone";
  return {text + "."};
}

Phrasings verdict_sentences(Change change, const Lesion& prior, const Lesion& current) {
  const auto both = [](const std::string& text) { return Phrasings{"The " + text + ".", "In comparison the " + text + "."}; };
  if (change == Change::nothing) return {"There is no change.", "In comparison there is no change."};
  if (change == Change::resolved) return both(std::string(name_of(prior.kind)) + " has resolved");
  const bool replaced = change == Change::replaced || change == Change::opposite_side;
  return both(std::string(name_of(current.kind)) + " is " + std::string(replaced ? "new" : word_of(change)));
}

Phrasings gone_sentences(const Lesion& prior) {
  const std::string name(name_of(prior.kind));
  return {"The previous " + name + " has resolved.", "The " + name + " of the prior study has resolved."};
}

Phrasings heart_sentences(bool enlarged) {
  return {std::string("The heart is ") + (enlarged ? "enlarged." : "normal."),
          std::string("The heart size is ") + (enlarged ? "increased." : "normal.")};
}

Phrasings heart_sentences(bool enlarged, bool was_enlarged) {
  Phrasings sentences = heart_sentences(enlarged);
  for (std::string& sentence : sentences) {
    sentence.pop_back();
    sentence += std::string(" and was ") + (was_enlarged ? "enlarged" : "normal") + " on the prior study.";
  }
  return sentences;
}

Phrasings no_prior_sentences() {
  return {"No prior study is available for comparison.", "There is no prior study for comparison."};
}

Phrasings report_only_sentences() {
  return {"Of the prior study only the report was available.", "Only the report of the prior study was available."};
}

Phrasings normal_impressions() { return {"normal chest", "no acute abnormality"}; }

std::string write_impression(const Told& told, Random& random) {
  if (!told.current.diagnostic) return capital(not_diagnostic_impression) + ".";
  const Lesion &prior = told.prior.lesion, &current = told.current.lesion;
  std::vector<std::string> items;
  if (told.prior_seen == PriorSeen::image) {
    const Change change = phantom::change_between(prior, current);
    const bool replaced = change == Change::replaced || change == Change::opposite_side;
    if (current.kind != Kind::none) items.push_back(std::string(replaced ? "new" : word_of(change)) + " " + placed(current));
    if (replaced || change == Change::resolved) items.push_back("resolved " + placed(prior));
  } else if (current.kind != Kind::none) {
    items.push_back(placed(current));
  }
  if (told.current.heart_enlarged) items.emplace_back(large_heart_impression);
  if (items.empty()) items.push_back(one_of(normal_impressions(), random));
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return capital(text) + ".";
}

std::string write_comparison(const Told& told, Random& random) {
  std::string text = one_of(finding_sentences(told.current.lesion), random);
  add_comparison(told, random, text);
  return text;
}

std::string write_report(const Told& told, Random& random) {
  const Truth& now = told.current;
  if (!now.diagnostic) return not_diagnostic_report(now.modality);
  std::string text = one_of(modality_sentences(now.modality), random);
  add(text, one_of(finding_sentences(now.lesion), random));
  if (told.prior_seen == PriorSeen::image) {
    add_comparison(told, random, text);
    add(text, one_of(heart_sentences(now.heart_enlarged, told.prior.heart_enlarged), random));
  } else {
    add(text, one_of(heart_sentences(now.heart_enlarged), random));
    add(text, one_of(told.prior_seen == PriorSeen::none ? no_prior_sentences() : report_only_sentences(), random));
  }
  return section_name(now.modality) + text + " Impression: " + write_impression(told, random);
}

std::string write_caption(const Truth& truth, Random& random) {
  if (!truth.diagnostic) return not_diagnostic_sentence;
  std::string text = one_of(modality_sentences(truth.modality), random);
  add(text, one_of(finding_sentences(truth.lesion), random));
  add(text, one_of(heart_sentences(truth.heart_enlarged), random));
  return text;
}

std::string write_old_report(const Truth& truth, Random& random) {
  const std::string caption = write_caption(truth, random);
  return section_name(truth.modality) + caption + " Impression: " + write_impression({truth, PriorSeen::none, {}}, random);
}

}  // namespace radfm::demo
