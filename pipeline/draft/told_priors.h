// SPDX-License-Identifier: Apache-2.0
// What the model was really told of prior studies: what was chosen, less what was cut because the prompt was too long. A
// draft claims no comparison with anything that was cut, and names none of it as evidence.
#pragma once

#include <string>
#include <vector>

#include "pipeline/draft/draft_pipeline.h"

namespace radfm::draft {

struct ToldPriors {
  std::vector<report::PriorUse> uses;  // most recent first
  std::string comparison;              // never empty
  std::vector<std::string> refused;    // Prepared::priors_refused, and the studies of which nothing was left
  std::vector<std::string> cut;        // "the report of 2022-01-02", "the images of 2021-05-06", in the order of cutting
  bool image_shown = false, report_read = false;  // of any prior; a report that a RIS sent is in no `uses`
};
// `cuts_made` as the engine says it (model::Generated).
ToldPriors told_priors(const Prepared& prepared, int cuts_made);

// The technique with a line on what was cut, if anything was.
std::string technique_with_cuts(const std::string& technique, const ToldPriors& told);

}  // namespace radfm::draft
