// SPDX-License-Identifier: Apache-2.0
#include "demo/report_parser.h"

#include <cctype>
#include <functional>
#include <unordered_map>
#include <utility>

namespace radfm::demo {
namespace {

using phantom::Change;
using phantom::Kind;
using phantom::Lesion;
using phantom::Modality;
using phantom::Side;
using phantom::Size;
using phantom::Zone;

// The order of a report. A sentence of an earlier place, or of the same, may not follow.
enum class Place { start, modality, finding, prior, relation, verdict, gone, heart, statement };

struct Meaning {
  Place place;
  std::function<void(ParsedReport&)> put;
};

std::vector<Lesion> all_lesions() {
  std::vector<Lesion> lesions;
  for (const Kind kind : {Kind::nodule, Kind::consolidation, Kind::effusion}) {
    for (const Side side : {Side::right, Side::left}) {
      for (const Zone zone : {Zone::upper, Zone::middle, Zone::lower}) {
        if (kind == Kind::effusion && zone != Zone::lower) continue;
        for (const Size size : {Size::small, Size::moderate, Size::large}) lesions.push_back({kind, side, zone, size});
      }
    }
  }
  return lesions;
}

// Every sentence of the language and what it says.
class Dictionary {
 public:
  Dictionary() {
    for (const Modality modality : {Modality::radiograph, Modality::ct}) {
      put(modality_sentences(modality), Place::modality, [=](ParsedReport& r) { r.modality = modality; });
    }
    std::vector<Lesion> lesions = all_lesions();
    lesions.emplace_back();
    for (const Lesion& lesion : lesions) {
      put(finding_sentences(lesion), Place::finding, [=](ParsedReport& r) { r.lesion = lesion; });
      put(prior_sentences(lesion, nullptr), Place::prior, [=](ParsedReport& r) { r.prior_lesion = lesion; });
      for (const Modality other : {Modality::radiograph, Modality::ct}) {
        put(prior_sentences(lesion, &other), Place::prior, [=](ParsedReport& r) {
          r.prior_lesion = lesion;
          r.prior_modality = other;
        });
      }
    }
    put_relations();
    put_verdicts();
    for (const bool now : {false, true}) {
      put(heart_sentences(now), Place::heart, [=](ParsedReport& r) { r.heart_enlarged = now; });
      for (const bool before : {false, true}) {
        put(heart_sentences(now, before), Place::heart, [=](ParsedReport& r) {
          r.heart_enlarged = now;
          r.prior_heart_enlarged = before;
        });
      }
    }
    put(no_prior_sentences(), Place::statement, [](ParsedReport& r) { r.says_no_prior = true; });
    put(report_only_sentences(), Place::statement, [](ParsedReport& r) { r.says_report_only = true; });
    put({not_diagnostic_sentence}, Place::statement, [](ParsedReport& r) { r.diagnostic = false; });
  }
  const Meaning* find(const std::string& sentence) const {
    const auto found = meanings_.find(sentence);
    return found == meanings_.end() ? nullptr : &found->second;
  }

 private:
  void put(const Phrasings& phrasings, Place place, const std::function<void(ParsedReport&)>& what) {
    for (const std::string& sentence : phrasings) meanings_.emplace(sentence, Meaning{place, what});
  }
  // Whether the sentence speaks of zones must fit the two lesions, or it is not understood.
  void put_relations() {
    for (const bool kind : {false, true}) {
      for (const bool side : {false, true}) {
        for (const bool zone : {false, true}) put_relation({kind, side, zone}, true);
        put_relation({kind, side, true}, false);
      }
    }
  }
  void put_relation(const phantom::Relation& relation, bool with_zone) {
    const Phrasings sentences = relation_sentences(relation, with_zone);
    put(sentences, Place::relation, [=](ParsedReport& r) {
      const bool both = r.lesion && r.prior_lesion && r.lesion->kind != Kind::none && r.prior_lesion->kind != Kind::none;
      if (both && phantom::zones_compared(*r.prior_lesion, *r.lesion) == with_zone) r.relation = relation;
      else r.unread.push_back(sentences.front());
    });
  }
  // The kind that a verdict names must be the one that it is about, or it is not understood.
  void put_verdicts() {
    for (const Kind kind : {Kind::nodule, Kind::consolidation, Kind::effusion}) {
      const Lesion lesion{kind, Side::right, Zone::lower, Size::small};
      for (const Change change : {Change::larger, Change::smaller, Change::unchanged, Change::new_lesion, Change::resolved}) {
        const bool of_prior = change == Change::resolved;
        put(verdict_sentences(change, lesion, lesion), Place::verdict, [=](ParsedReport& r) {
          const auto& meant = of_prior ? r.prior_lesion : r.lesion;
          if (meant && meant->kind == kind) r.verdict = word_of(change);
          else r.unread.emplace_back("a verdict on a " + std::string(name_of(kind)) + " that was not named");
        });
      }
      put(gone_sentences(lesion), Place::gone, [=](ParsedReport& r) {
        if (r.prior_lesion && r.prior_lesion->kind == kind) r.says_gone = true;
        else r.unread.emplace_back("a " + std::string(name_of(kind)) + " has gone that was not named");
      });
    }
    put(verdict_sentences(Change::nothing, {}, {}), Place::verdict, [](ParsedReport& r) { r.verdict = "no change"; });
  }
  std::unordered_map<std::string, Meaning> meanings_;
};

// Items of an impression but those of the heart and of nothing.
struct Item {
  Lesion lesion;
  std::string change;
};

const std::unordered_map<std::string, Item>& impression_items() {
  static const auto items = [] {
    std::unordered_map<std::string, Item> made;
    for (Lesion lesion : all_lesions()) {
      lesion.size = Size::small;
      for (const std::string change : {"", "larger", "smaller", "unchanged", "new", "resolved"}) {
        made.emplace((change.empty() ? "" : change + " ") + placed(lesion), Item{lesion, change});
      }
    }
    return made;
  }();
  return items;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

// An item that was said before is not understood a second time.
bool put_item(const std::string& text, ParsedImpression& impression) {
  const auto once = [](bool& flag) { return !std::exchange(flag, true); };
  if (text == large_heart_impression) return once(impression.heart_enlarged);
  if (text == not_diagnostic_impression) return std::exchange(impression.diagnostic, false);
  for (const std::string& normal : normal_impressions()) {
    if (text == normal) return once(impression.normal);
  }
  const auto found = impression_items().find(text);
  if (found == impression_items().end()) return false;
  const auto& [lesion, change] = found->second;
  Lesion& said = change == "resolved" ? impression.gone : impression.lesion;
  if (said.kind != Kind::none) return false;
  said = lesion;
  if (change != "resolved") impression.change = change;
  return true;
}

void parse_impression(std::string_view text, ParsedReport& report) {
  ParsedImpression impression;
  std::string rest = trimmed(text);
  if (rest.empty() || rest.back() != '.') report.unread.push_back("Impression: " + rest);
  if (!rest.empty() && rest.back() == '.') rest.pop_back();
  if (!rest.empty() && rest.rfind("CT", 0) != 0) rest[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(rest[0])));
  for (std::size_t begin = 0; begin <= rest.size();) {
    const std::size_t end = std::min(rest.find(", ", begin), rest.size());
    const std::string item = rest.substr(begin, end - begin);
    if (!put_item(item, impression)) report.unread.push_back("Impression: " + item);
    begin = end + 2;
  }
  report.impression = impression;
}

void parse_sentences(std::string_view text, ParsedReport& report) {
  static const Dictionary dictionary;
  Place at = Place::start;
  std::string rest = trimmed(text);
  while (!rest.empty()) {
    const std::size_t stop = rest.find(". ");
    const std::string sentence = stop == std::string::npos ? rest : rest.substr(0, stop + 1);
    rest = stop == std::string::npos ? "" : trimmed(std::string_view(rest).substr(stop + 2));
    const Meaning* meaning = dictionary.find(sentence);
    if (meaning == nullptr || meaning->place <= at) {
      report.unread.push_back(sentence);
      continue;
    }
    at = meaning->place;
    meaning->put(report);
  }
}

bool same_said(const Lesion& said, const Lesion& found) { return said.same_place(found); }

}  // namespace

std::optional<Change> ParsedReport::change() const {
  if (!lesion || !prior_lesion || verdict.empty()) return std::nullopt;
  if (verdict == "new") {
    if (!says_gone) return prior_lesion->kind == Kind::none ? std::optional(Change::new_lesion) : std::nullopt;
    if (prior_lesion->kind == Kind::none) return std::nullopt;
    return prior_lesion->kind == lesion->kind && prior_lesion->side != lesion->side ? Change::opposite_side : Change::replaced;
  }
  if (says_gone) return std::nullopt;
  if (verdict == "resolved") return Change::resolved;
  if (verdict == "no change") return Change::nothing;
  return verdict == "larger" ? Change::larger : verdict == "smaller" ? Change::smaller : Change::unchanged;
}

ParsedReport parse_report(std::string_view text) {
  ParsedReport report;
  constexpr std::string_view impression_name = "Impression: ";
  const std::size_t at = text.find(impression_name);
  std::string_view findings = text.substr(0, std::min(at, text.size()));
  bool named = false;
  for (const std::string_view name : {"Findings: ", "Finding: "}) {
    if (findings.starts_with(name)) {
      findings.remove_prefix(name.size());
      named = true;
      break;
    }
  }
  if (!named) report.unread.emplace_back("no section of findings");
  parse_sentences(findings, report);
  if (at == std::string_view::npos) report.unread.emplace_back("no section of the impression");
  else parse_impression(text.substr(at + impression_name.size()), report);
  return report;
}

std::vector<std::string> contradictions(const ParsedReport& report) {
  std::vector<std::string> found;
  const auto check = [&](bool holds, const char* what) {
    if (!holds) found.emplace_back(what);
  };
  check(report.unread.empty(), "a part of the report is not in its language");
  if (!report.impression) return found;
  const ParsedImpression& says = *report.impression;
  check(says.diagnostic == report.diagnostic, "the impression differs on whether this is a diagnostic image");
  if (!report.diagnostic) return found;
  const Lesion lesion = report.lesion.value_or(Lesion{});
  check(same_said(says.lesion, lesion), "the impression names another lesion than the findings");
  check(says.heart_enlarged == report.heart_enlarged.value_or(false), "the impression differs on the heart");
  check(!says.normal || (lesion.kind == Kind::none && !report.heart_enlarged.value_or(false)), "the impression calls it normal");
  const bool gone = report.says_gone || report.verdict == "resolved";
  check(gone ? report.prior_lesion && same_said(says.gone, *report.prior_lesion) : says.gone.kind == Kind::none,
        "the impression differs on what has resolved");
  if (lesion.kind != Kind::none) check(says.change == report.verdict, "the impression differs on the change");
  if (!report.compares()) return found;
  check(report.lesion && report.prior_lesion && report.change() == phantom::change_between(*report.prior_lesion, *report.lesion),
        "the verdict does not follow from the two findings");
  const bool related = lesion.kind != Kind::none && report.prior_lesion && report.prior_lesion->kind != Kind::none;
  check(report.relation == (related ? std::optional(phantom::relation_of(*report.prior_lesion, lesion)) : std::nullopt),
        "it says otherwise whether both studies show the same finding");
  check(!report.says_no_prior && !report.says_report_only, "it compares with what it says it has not seen");
  return found;
}

}  // namespace radfm::demo
