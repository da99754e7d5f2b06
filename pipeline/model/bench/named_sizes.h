// SPDX-License-Identifier: Apache-2.0
// Models that are sizes and nothing else, for a machine that has no weights of them: what it makes of these sizes does not
// depend on what the weights say. Links no torch.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/model/model_files.h"

namespace radfm::model {

// "published" (14 billion parameters), "published-layer" (its vision tower and one of its 40 language layers) and "2b7" (its
// vision tower before a language model of 2.7 GB in 16 bits).
std::vector<std::string> named_sizes();

// A model without files: its card says the sizes and that the weights are random (random_weights.h). Nothing for another name.
std::optional<ModelFiles> files_of_sizes(std::string_view name);

}  // namespace radfm::model
