// SPDX-License-Identifier: Apache-2.0
// What the page and radfmctl tell about a job: what was shown to the model, what was left out and why, which priors.
#pragma once

#include <string>
#include <vector>

#include "pipeline/draft/draft_pipeline.h"

namespace radfm::worker {

// {"shown": [...], "left_out": [{"series", "instances", "code", "reason"}], "priors": [...], "priors_refused": [...],
//  "model": {...}, "made_from": {...} (pipeline/draft/made_from.h), "generated": {...}}. Of the patient UIDs and dates of
// studies, and what the model was told: no name, no birth date, no ID. `prepared` and `generated` may be absent (null).
std::string job_detail_json(const draft::PrepareResult& result, const std::vector<std::string>& priors_not_fetched,
                            const model::ModelFacts& facts, int max_new_tokens, const model::Generated* generated);

}  // namespace radfm::worker
