// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/draft/draft_pipeline.h"

namespace radfm::draft {

// SHA-256 over all that decides what the report says: prompt and what may be cut of it, shapes and pixels, the task, the
// weights' digest, the length limit.
std::string input_digest(const Prepared& prepared, const std::string& model_digest, int max_new_tokens);

}  // namespace radfm::draft
