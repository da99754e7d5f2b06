// SPDX-License-Identifier: Apache-2.0
// One layer of the language model over packed matrices, for the processor and for GPUs alike.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "pipeline/model/packed_tensor.h"
#include "pipeline/model/weights.h"

namespace radfm::model {

struct PackedLayer {
  at::Tensor attention_norm, mlp_norm;  // float32 [hidden]
  PackedTensor q, k, v, o;              // [hidden, hidden]
  PackedTensor gate, up, down;          // [mlp, hidden], [mlp, hidden], [hidden, mlp]

  // Of layer `index`. Matrices that multiply the same vectors (q, k and v; gate and up) must be of one type.
  PackedLayer(const Weights& weights, int index);
};

// A vector of weights as they are added and multiplied between products: float32.
at::Tensor exact_weight(const Weights& weights, const std::string& name);

}  // namespace radfm::model
