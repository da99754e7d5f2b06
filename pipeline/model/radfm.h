// SPDX-License-Identifier: Apache-2.0
// The whole network: images and token ids in, logits of the next token out.
//
//   images [S, 3, H, W, D] -> VisionEncoder -> Perceiver -> fc -> [S * latents, hidden]
//   ids [T] -> rows of the vocabulary, of <image> and </image>, and of the projected images -> Llama ->
//   logits [vocab]
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <vector>

#include "core/result.h"
#include "pipeline/model/image_input.h"
#include "pipeline/model/language_model.h"
#include "pipeline/model/perceiver.h"
#include "pipeline/model/vision.h"

namespace radfm::model {

// Immutable; safe from any thread, each sequence with a cache of its own. Computes without gradients. The language model is
// PackedLlama where its weights are packed (on a GPU: GpuLlama), else Llama (language_model.h).
class Radfm {
 public:
  Radfm(const ModelConfig& config, const Weights& weights);
  const ModelConfig& config() const { return config_; }

  // One image of the input -> [latents, hidden]. Stages: those of its parts, and "fc". `keep_going` is asked after each
  // layer of the vision tower; false gives up (an undefined tensor is returned).
  at::Tensor encode_image(const ModelInput& input, int image, const Observe& observe = {},
                          const std::function<bool()>& keep_going = {}) const;

  // The same in steps: what the tower's first layer gets, each layer of `config().vision.depth`, and what is made of the last one's.
  at::Tensor begin_image(const ModelInput& input, int image) const;
  at::Tensor image_layer(int layer, const at::Tensor& x) const;
  at::Tensor end_image(const at::Tensor& x, const Observe& observe = {}) const;

  // ids -> [T, hidden]; image_tokens [S * latents, hidden], or undefined without images.
  // permanent "prompt_image_missing": an id stands for an image that is not there.
  Result<at::Tensor> embed(const std::vector<int>& ids, const at::Tensor& image_tokens) const;

  KeyValueCache make_cache(std::int64_t capacity) const { return llama_->make_cache(capacity); }

  // A prompt, embeddings [T, hidden], layer by layer, and the logits of its last `last` positions: language_model.h.
  at::Tensor read_layer(int layer, const at::Tensor& x, KeyValueCache& cache) const { return llama_->read_layer(layer, x, cache); }
  at::Tensor prompt_logits(const at::Tensor& x, int last = 1) const;
  // All of it into an empty cache -> logits, float32 [last, vocab].
  at::Tensor prefill(const at::Tensor& embeddings, KeyValueCache& cache, int last = 1) const;

  // One token more of each sequence -> logits of the next ones, float32 [tokens, vocab].
  at::Tensor decode(const std::vector<NextToken>& tokens) const { return llama_->step(tokens); }
  at::Tensor decode_one(int id, KeyValueCache& cache) const { return decode({{id, &cache}}); }

 private:
  at::Tensor picture_of(const ModelInput& input, int image) const;

  ModelConfig config_;
  VisionEncoder vision_;
  Perceiver perceiver_;
  at::Tensor projection_, projection_bias_;  // fc: [hidden, dim], [hidden]
  at::Tensor figure_tokens_;                 // <image>, </image>: [2, hidden]
  std::shared_ptr<const LanguageModel> llama_;
};

}  // namespace radfm::model
