// SPDX-License-Identifier: Apache-2.0
// The impression against the findings.
#include <algorithm>
#include <set>

#include "pipeline/draft/text_rules.h"
#include "pipeline/draft/text_sizes.h"

namespace radfm::draft::rule {
namespace {

// ---- what a section states

// "There is a nodule", "Nodules are seen": without doubt, of now, and of a weight that no "normal" leaves out.
std::set<std::string_view> present_kinds(const std::vector<Words>& sentences) {
  static const WordPatterns present = {"there is|are", "is|are ?now @seen"};
  std::set<std::string_view> kinds;
  for (const Words& sentence : sentences) {
    if (!present.match(sentence) || has_negation(sentence) || has_doubt(sentence) || has_past(sentence)) continue;
    if (has_word(sentence, {"calcified", "granuloma", "healed", "chronic", "tiny", "trace", "benign", "stable", "unchanged", "small",
                            "minimal", "simple", "remote", "degenerative", "mild", "minor"})) {
      continue;
    }
    for (const std::string_view kind : kinds_in(sentence, {0, sentence.size()})) {
      if (kind != "atelectasis" && kind != "cyst") kinds.insert(kind);
    }
  }
  return kinds;
}

// "No effusion", "no evidence of pleural effusion or pneumothorax": of the kind as such, not "no large effusion".
std::set<std::string_view> absent_kinds(const std::vector<Words>& sentences) {
  static const WordPattern absent("no ?definite|focal|visible|convincing ?radiographic|ct ?evidence|sign|signs ?of ?a|an "
                                  "?focal|pleural|lung|pulmonary @kind");
  static const WordPattern next("?, or|and|nor ?pleural|lung|pulmonary|focal @kind");
  std::set<std::string_view> kinds;
  for (const Words& sentence : sentences) {
    if (has_past(sentence) || has_doubt(sentence)) continue;
    const auto place = absent.find(sentence);
    if (!place) continue;
    for (const std::string_view kind : kinds_in(sentence, *place)) kinds.insert(kind);
    if (const auto second = next.find(sentence, place->end); second && second->begin == place->end) {
      for (const std::string_view kind : kinds_in(sentence, *second)) kinds.insert(kind);
    }
  }
  return kinds;
}

// How often a kind stands in the findings: one that is only denied stands as often as it is denied.
bool only_denied(std::string_view kind, const std::vector<Words>& sentences) {
  for (const Words& sentence : sentences) {
    const auto kinds = kinds_in(sentence, {0, sentence.size()});
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end() || has_past(sentence)) continue;
    const bool in_part = has_word(sentence, {"but", "except", "other", "additional", "further", "new", "large", "left", "right"});
    if (in_part || !has_word(sentence, {"no"})) return false;
  }
  return true;
}

// Of an impression: what it names plainly.
std::set<std::string_view> concluded_kinds(const std::vector<Words>& sentences) {
  std::set<std::string_view> kinds;
  for (const Words& sentence : sentences) {
    if (has_negation(sentence) || has_doubt(sentence) || has_past(sentence) || has_word(sentence, {"or", "healed", "chronic", "remote"})) continue;
    for (const std::string_view kind : kinds_in(sentence, {0, sentence.size()})) kinds.insert(kind);
  }
  return kinds;
}

// ---- the heart

const WordPatterns& heart_is_normal() {
  static const WordPatterns patterns = {"heart|cardiac|cardiomediastinal ?size|silhouette|shadow is normal $",
                                        "heart|cardiac ?size|silhouette|shadow is normal in size", "heart ?size is normal and was",
                                        "heart|cardiac ?silhouette ?size is not enlarged", "normal heart|cardiac size", "no cardiomegaly"};
  return patterns;
}
const WordPatterns& heart_is_large() {
  static const WordPatterns patterns = {"heart|cardiac ?size|silhouette|shadow is ?mildly|moderately|markedly|severely enlarged",
                                        "heart|cardiac size|silhouette is ?mildly|moderately|markedly|severely increased",
                                        "enlarged heart", "enlarged cardiac silhouette", "cardiomegaly"};
  return patterns;
}

std::optional<std::string> states(const std::vector<Words>& sentences, const WordPatterns& patterns, bool normal) {
  static const WordPatterns denied = {"no cardiomegaly", "not enlarged", "no ~1 enlarged"};
  for (const Words& sentence : sentences) {
    const auto place = patterns.find(sentence);
    // "The heart is normal and was enlarged on the prior study": what stands before "was" is of now.
    const auto was = std::find(sentence.begin(), sentence.end(), "was");
    const bool past = has_past(Words(sentence.begin(), was)) || (place && sentence.begin() + static_cast<std::ptrdiff_t>(place->begin) > was);
    if (!place || past || has_doubt(sentence) || (!normal && denied.match(sentence))) continue;
    return quoted(sentence, *place);
  }
  return std::nullopt;
}

// ---- an impression that says that all is normal

// Every item of it, and nothing else.
const WordPatterns& normal_items() {
  static const WordPatterns patterns = {
      "^ normal ?chest|study|examination|exam|scan|ct|mri|radiograph ?radiograph|ct|mri|ray|study|examination $",
      "^ unremarkable ?chest|study|examination|exam|scan|ct|mri|radiograph $",
      "^ no ?acute|significant abnormality|abnormalities|finding|findings ?is|are ?seen|identified $",
      "^ no ?acute ?cardiopulmonary|intrathoracic|pulmonary process|disease|abnormality $",
      "^ no ?focal|acute lung lesion $"};
  return patterns;
}

enum class Normal { no, nothing_acute, all };

Normal says_normal(const std::vector<Words>& impression) {
  if (impression.empty()) return Normal::no;
  Normal said = Normal::all;
  for (const Words& sentence : impression) {
    const auto place = normal_items().find(sentence);
    if (!place || place->begin != 0 || place->end != sentence.size()) return Normal::no;
    if (has_word(sentence, {"acute", "significant"})) said = Normal::nothing_acute;
  }
  return said;
}

bool is_acute(std::string_view kind) { return kind == "pneumothorax" || kind == "consolidation" || kind == "pneumonia" || kind == "abscess"; }

std::string contradiction(const std::string& impression, const std::string& findings) {
  return "The impression (" + impression + ") contradicts the findings (" + findings + "): read both against the images.";
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

Finding normal_against_findings(const ReadText& text) {
  const Normal normal = says_normal(text.impression);
  if (normal == Normal::no) return std::nullopt;
  const std::string said = quoted(text.impression.front(), {0, text.impression.front().size()});
  for (const std::string_view kind : present_kinds(text.findings)) {
    if (normal == Normal::all || is_acute(kind)) return contradiction(said, in_quotes(kind));
  }
  if (normal != Normal::all) return std::nullopt;
  const auto large = states(text.findings, heart_is_large(), false);
  return large ? Finding(contradiction(said, *large)) : std::nullopt;
}

Finding finding_against_denial(const ReadText& text) {
  static const WordPatterns clear = {"lungs are clear $", "^ clear lungs $", "no focal lung lesion|abnormality"};
  const auto names_lung = [](const Words& sentence) { return has_word(sentence, {"lung", "lungs", "pulmonary", "lobe", "zone"}); };
  const bool of_lung = std::any_of(text.impression.begin(), text.impression.end(), names_lung);
  std::set<std::string_view> of_lungs = {"consolidation", "pneumonia"};
  if (of_lung) of_lungs.insert({"nodule", "mass", "opacity"});  // else it may be one of the liver
  const std::set<std::string_view> absent = absent_kinds(text.findings);
  const bool lungs_clear = std::any_of(text.findings.begin(), text.findings.end(), [&](const Words& s) { return clear.match(s) && !has_past(s); });
  for (const std::string_view kind : concluded_kinds(text.impression)) {
    if (absent.contains(kind) && only_denied(kind, text.findings)) return contradiction(in_quotes(kind), "\"no " + std::string(kind) + "\"");
    if (lungs_clear && of_lungs.contains(kind) && only_denied(kind, text.findings)) return contradiction(in_quotes(kind), "lungs without a finding");
  }
  return std::nullopt;
}

Finding heart_against_heart(const ReadText& text) {
  const auto found_normal = states(text.findings, heart_is_normal(), true), found_large = states(text.findings, heart_is_large(), false);
  const auto normal = states(text.impression, heart_is_normal(), true), large = states(text.impression, heart_is_large(), false);
  if (found_normal && !found_large && large && !normal) return contradiction(*large, *found_normal);
  if (found_large && !found_normal && normal && !large) return contradiction(*normal, *found_large);
  return std::nullopt;
}

// One verdict on a kind in the findings, another one in the impression.
Finding verdict_against_verdict(const ReadText& text) {
  std::vector<Verdict> found, listed;
  for (const Words& sentence : text.findings) {
    if (const auto verdict = verdict_of(sentence)) found.push_back(*verdict);
  }
  for (const Words& sentence : text.impression) {
    for (const Verdict& verdict : listed_verdicts(sentence)) listed.push_back(verdict);
  }
  const auto only = [](const std::vector<Verdict>& verdicts, std::string_view kind) {
    return std::count_if(verdicts.begin(), verdicts.end(), [&](const Verdict& v) { return v.kind == kind; }) == 1;
  };
  for (const Verdict& a : found) {
    for (const Verdict& b : listed) {
      const bool other_side = a.left && b.left && *a.left != *b.left;
      if (a.kind != b.kind || a.change == b.change || other_side || !only(found, a.kind) || !only(listed, b.kind)) continue;
      return contradiction(in_quotes(std::string(word_of(b.change)) + " " + std::string(b.kind)), in_quotes(word_of(a.change)));
    }
  }
  return std::nullopt;
}

}  // namespace

Finding impression_contradicts_findings(const ReadText& text) {
  if (text.impression.empty() || text.findings.empty()) return std::nullopt;
  for (const auto rule : {normal_against_findings, finding_against_denial, heart_against_heart, verdict_against_verdict}) {
    if (Finding found = rule(text)) return found;
  }
  return std::nullopt;
}

}  // namespace radfm::draft::rule
