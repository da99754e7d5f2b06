// SPDX-License-Identifier: Apache-2.0
// What a draft was made from. It is kept with the job, so that a replay which gives other bytes can say what has changed.
// Plain values; safe from any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pipeline/draft/draft_pipeline.h"

namespace radfm::draft {

struct MadeFrom {
  std::string build;  // this program's version
  std::string model_name, model_version, model_digest, device, dtype;
  int max_new_tokens = 0;
  nlohmann::json prompt = nlohmann::json::array();  // model::to_json of the whole prompt, before the engine cut it
  std::vector<std::string> images;                  // SHA-256 of shape and pixels of each, in the prompt's order
};

MadeFrom made_from(const Prepared& prepared, const model::ModelFacts& facts, int max_new_tokens);

nlohmann::json to_json(const MadeFrom& from);
// What is missing or of another type stays empty: it was kept by another version.
MadeFrom made_from_json(const nlohmann::json& json);

// One sentence for each difference, without patient data; empty: the model would be asked the same by the same.
std::vector<std::string> changes(const MadeFrom& then, const MadeFrom& now);

}  // namespace radfm::draft
