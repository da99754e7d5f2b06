// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/draft/draft_pipeline.h"

namespace radfm::draft {

// SHA-256 over all that decides what the model writes: prompt, shapes and pixels, the weights' digest, the length limit.
std::string input_digest(const Prepared& prepared, const std::string& model_digest, int max_new_tokens);

}  // namespace radfm::draft
