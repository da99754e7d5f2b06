// SPDX-License-Identifier: Apache-2.0
// The Perceiver resampler: any number of vision tokens become a fixed number of latents. No image sees another.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "pipeline/model/model_config.h"
#include "pipeline/model/weights.h"

namespace radfm::model {

// Immutable; forward may run on any thread.
class Perceiver {
 public:
  Perceiver(const PerceiverConfig& config, const Weights& weights);

  // media [tokens, dim] -> [latents, dim]. Stages: "perceiver.i", "perceiver.norm".
  // A batch [B, tokens, dim] gives [B, latents, dim], with gradients where the weights ask for them.
  at::Tensor forward(const at::Tensor& media, const Observe& observe = {}) const;

 private:
  struct Layer {
    NormWeights media_norm, latents_norm;
    at::Tensor to_q;    // [heads * dim_head, dim]
    at::Tensor to_kv;   // [2 * heads * dim_head, dim]
    at::Tensor to_out;  // [dim, heads * dim_head]
    NormWeights mlp_norm;
    at::Tensor up;    // [dim * ff_mult, dim]
    at::Tensor down;  // [dim, dim * ff_mult]
    Layer(const Weights& weights, const std::string& name);
  };

  at::Tensor attention(const at::Tensor& media, const at::Tensor& latents, const Layer& layer) const;

  PerceiverConfig config_;
  at::Tensor latents_;  // [latents, dim]
  std::vector<Layer> layers_;
  NormWeights norm_;
};

}  // namespace radfm::model
