// SPDX-License-Identifier: Apache-2.0
// Weights that say nothing, for a model of given sizes: made by all threads straight into the form that the model computes
// with, so that neither a file nor a second copy is needed. Values are finite and of the magnitude that keeps a network's
// activations in range; the same for the same sizes and type.
#pragma once

#include "pipeline/model/placement.h"
#include "pipeline/model/weights.h"

namespace radfm::model {

Weights random_weights(const ModelConfig& config, const Placement& placement);

}  // namespace radfm::model
