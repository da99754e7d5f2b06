// SPDX-License-Identifier: Apache-2.0
// The whole network: images and token ids in, logits of the next token out.
//
//   images [S, 3, H, W, D] -> VisionEncoder -> Perceiver -> fc -> [S * latents, hidden]
//   ids [T] -> rows of the vocabulary, of <image> and </image>, and of the projected images -> Llama ->
//   logits [vocab]
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "core/result.h"
#include "pipeline/model/image_input.h"
#include "pipeline/model/llama.h"
#include "pipeline/model/perceiver.h"
#include "pipeline/model/vision.h"

namespace radfm::model {

// Immutable; safe from any thread, each generation with a cache of its own. Computes without gradients.
class Radfm {
 public:
  Radfm(const ModelConfig& config, const Weights& weights);
  const ModelConfig& config() const { return config_; }
  at::ScalarType type() const { return projection_.scalar_type(); }

  // One image of the input -> [latents, hidden]. Stages: those of its parts, and "fc". `keep_going` is asked after each
  // layer of the vision tower; false gives up (an undefined tensor is returned).
  at::Tensor encode_image(const ModelInput& input, int image, const Observe& observe = {},
                          const std::function<bool()>& keep_going = {}) const;

  // ids -> [T, hidden]; image_tokens [S * latents, hidden], or undefined without images.
  // permanent "prompt_image_missing": an id stands for an image that is not there.
  Result<at::Tensor> embed(const std::vector<int>& ids, const at::Tensor& image_tokens) const;

  KeyValueCache make_cache(std::int64_t capacity) const;

  // Reads a prompt into an empty cache: embeddings [T, hidden] -> logits of its last `last` positions,
  // float32 [last, vocab]; undefined when `layer_done` gave up.
  at::Tensor prefill(const at::Tensor& embeddings, KeyValueCache& cache, int last = 1,
                     const std::function<bool(int)>& layer_done = {}) const;

  // One token more: its id -> logits of the next, float32 [1, vocab].
  at::Tensor decode_one(int id, KeyValueCache& cache) const;

 private:
  ModelConfig config_;
  VisionEncoder vision_;
  Perceiver perceiver_;
  at::Tensor projection_, projection_bias_;  // fc: [hidden, dim], [hidden]
  at::Tensor figure_tokens_;                 // <image>, </image>: [2, hidden]
  Llama llama_;
};

}  // namespace radfm::model
