// SPDX-License-Identifier: Apache-2.0
// A comparison with an earlier study that nobody told the model of.
#include "pipeline/draft/text_rules.h"

namespace radfm::draft::rule {
namespace {

// Only what needs an earlier study: "increased" alone is said of a density, "larger" of the other side.
const WordPatterns& comparisons() {
  static const WordPatterns patterns = {
      "compared|comparison to|with ?the|a|an|his|her ?most ?recent|outside @prior",
      "compared|comparison to|with ?the|a|an ?most ?recent @study of|from|dated|performed",
      "^ in|by comparison ?, the|there",
      "since ?the|a|his|her ?most ?recent|last @prior",
      "since ?the|his|her last @study",
      "than ?on|in|at ?the @prior",
      "than before|previously",
      "from ?the ?most ?recent @prior @study",
      "unchanged",
      "stable",
      "no ?significant|interval|appreciable|substantial|relevant|obvious|definite|notable change $",
      "no ?significant|interval|appreciable|substantial|relevant|obvious|definite|notable change since|from|compared",
      "interval increase|decrease|change|improvement|resolution|development|growth|worsening|progression|enlargement|appearance|"
      "clearing|regression",
      "in|over|during the interval",
      "has|have ?@adv ?@adv resolved|worsened|progressed|regressed|shrunk|grown",
      "has|have ?@adv ?@adv increased|decreased|improved|enlarged $",
      "has|have ?@adv ?@adv increased|decreased|improved|enlarged in size|since|from|compared",
      "^ resolved ~4 @kind",
      "is|are|appears|has|have ?become ?@adv larger|smaller|bigger $",
      "is|are ?@adv new $",
      "is|are ?@adv new since|compared",
      "^ ?a ?small|large|moderate new ~4 @kind",
      "there is|are ?a new ~4 @kind",
      "@prior|previously @seen|described|reported|mentioned",
      "again @seen",
      "redemonstrated|redemonstration",
      "as before|previously",
      "@prior @study showed|shows|demonstrated|demonstrates|revealed|reveals|had",
      "on|in ?the ?most ?recent @prior @study",
      "the|a|his|her previous ~2 @kind"};
  return patterns;
}

// That there is nothing to compare with, or that somebody should compare.
const WordPatterns& no_comparisons() {
  static const WordPatterns patterns = {
      "no|without|lack|absence|not ?of ?a|any|the ?available|relevant|recent|other|such|comparable @prior",
      "no ?available|relevant|recent|other|such|comparable @study ~3 for comparison",
      "no ~1 comparison",
      "not available|provided|possible|given",
      "unavailable",
      "clinically|hemodynamically|haemodynamically|neurologically|mechanically|medically stable",
      "patient|he|she|condition|pelvis|spine|ligaments ?@be stable",
      "stable fracture|fractures|injury|spine|pelvis|burst|condition|patient|angina|vital|vitals",
      "left|right|one|latter|former|second|first|other|two ?@be ?@adv larger|smaller|bigger"};
  return patterns;
}

bool is_advice(const Words& sentence) {
  return has_word(sentence, {"recommend", "recommended", "suggest", "suggested", "advise", "advised", "advisable", "if", "would",
                             "should", "could", "correlate", "correlation", "until", "ensure", "unless", "helpful", "whether",
                             "bilateral", "both", "history", "follow", "followup", "assess", "reassess", "monitor"});
}

}  // namespace

Finding comparison_without_prior(const CheckedDraft& draft, const ReadText& text) {
  if (draft.prior_image_shown || draft.prior_report_read) return std::nullopt;
  for (const Words& sentence : text.all) {
    const auto place = comparisons().find(sentence);
    if (!place || is_advice(sentence) || no_comparisons().match(sentence)) continue;
    return "The text compares with an earlier study (" + quoted(sentence, *place) +
           "), but the model was told of none: do not rely on what it says of a change.";
  }
  return std::nullopt;
}

}  // namespace radfm::draft::rule
