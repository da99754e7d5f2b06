// SPDX-License-Identifier: Apache-2.0
// The sizes of a RadFM, told from the shapes of its tensors. Some are in no shape (how a width is divided
// into heads, constants of norm and rotation): there the published model's value is taken where it fits, and
// named.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/checkpoint.h"
#include "pipeline/model/model_config.h"

namespace radfm::model {

struct ShapeConfig {
  ModelConfig config;
  std::vector<std::string> assumed;  // "llama.heads = 40 (128 wide)": what no shape says
};

// permanent "conversion_config_needed": a tensor that tells sizes is missing, or the published values do not
// fit its shape; config.json must be given.
Result<ShapeConfig> config_of_shapes(const Checkpoint& checkpoint);

}  // namespace radfm::model
