// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/told_priors.h"

#include <algorithm>

#include "pipeline/draft/plain_text.h"

namespace radfm::draft {
namespace {

constexpr const char* no_room = "the model's context has no room for it";

void take_away(const PriorCut& cut, report::PriorUse* use, PriorMention* mention) {
  if (cut.images) {
    use->images.clear();
    mention->image_shown = false;
    return;
  }
  use->reports.clear();
  mention->report_read = mention->report_shortened = false;
  mention->report_cut = true;
}

bool is_told(const PriorMention& mention) { return mention.image_shown || mention.report_read; }

}  // namespace

ToldPriors told_priors(const Prepared& prepared, int cuts_made) {
  ToldPriors told{prepared.prior_uses, "", prepared.priors_refused, {}};
  ComparisonFacts facts = prepared.comparison_facts;
  const std::size_t made = std::min(static_cast<std::size_t>(std::max(cuts_made, 0)), prepared.cuts.size());
  for (std::size_t i = 0; i < made; ++i) {
    const PriorCut& cut = prepared.cuts[i];
    take_away(cut, &told.uses.at(cut.prior), &facts.used.at(cut.prior));
    told.cut.push_back((cut.images ? "the images of " : "the report of ") + iso_date(facts.used[cut.prior].study_date));
  }
  for (const PriorMention& mention : facts.used) {
    if (is_told(mention)) continue;
    const PriorRefusal refusal{no_room, mention.study_date};
    facts.refused.push_back(refusal);
    told.refused.push_back(refusal_sentence(refusal));
    ++facts.studies_cut;
  }
  std::erase_if(facts.used, [](const PriorMention& mention) { return !is_told(mention); });
  std::erase_if(told.uses, [](const report::PriorUse& use) { return use.images.empty() && use.reports.empty(); });
  for (const PriorMention& mention : facts.used) {
    told.image_shown = told.image_shown || mention.image_shown;
    told.report_read = told.report_read || mention.report_read;
  }
  told.comparison = comparison_text(facts);
  return told;
}

std::string technique_with_cuts(const std::string& technique, const ToldPriors& told) {
  if (told.cut.empty()) return technique;
  std::string list;
  for (const std::string& part : told.cut) list += (list.empty() ? "" : ", ") + part;
  return technique + (technique.empty() ? "" : "\n") + "Left out of the prompt, which was too long for the model: " + list + ".";
}

}  // namespace radfm::draft
