// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/radfm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

namespace radfm::model {

Radfm::Radfm(const ModelConfig& config, const Weights& weights)
    : config_(config),
      vision_(config.vision, weights),
      perceiver_(config.perceiver, weights),
      projection_(weights.at("embedding_layer.fc.weight")),
      projection_bias_(weights.at("embedding_layer.fc.bias")),
      figure_tokens_(weights.at("embedding_layer.figure_token_weight")),
      llama_(config.llama, weights) {}

at::Tensor Radfm::encode_image(const ModelInput& input, int image, const Observe& observe,
                               const std::function<bool()>& keep_going) const {
  const at::NoGradGuard no_grad;
  const std::vector<std::int64_t> shape{image_channels, input.height, input.width, input.depth};
  const std::size_t values = input.values.size() / static_cast<std::size_t>(input.images);
  // from_blob wants a pointer to non-const; nothing writes through it.
  float* first = const_cast<float*>(input.values.data()) + static_cast<std::size_t>(image) * values;
  const at::Tensor picture =
      at::from_blob(first, shape, at::TensorOptions(at::kFloat)).to(projection_.device(), type());
  const at::Tensor tokens = vision_.forward(picture, observe, keep_going);  // [tokens, dim]
  if (!tokens.defined()) return {};
  const at::Tensor latents = perceiver_.forward(tokens, observe);                   // [latents, dim]
  const at::Tensor projected = at::linear(latents, projection_, projection_bias_);  // [latents, hidden]
  if (observe) observe("fc", projected);
  return projected;
}

Result<at::Tensor> Radfm::embed(const std::vector<int>& ids, const at::Tensor& image_tokens) const {
  const at::NoGradGuard no_grad;
  const std::int64_t vocab = config_.llama.vocab;
  const at::Tensor behind =
      image_tokens.defined() ? at::cat({figure_tokens_, image_tokens}, 0) : figure_tokens_;
  for (const int id : ids)
    if (id < 0 || id >= vocab + behind.size(0))
      return permanent_error("prompt_image_missing", "the prompt speaks of an image that it does not have");
  const std::vector<std::int64_t> wide(ids.begin(), ids.end());
  const at::Tensor id = at::tensor(wide).to(projection_.device());              // [T]
  const at::Tensor words = llama_.embed(id.clamp_max(vocab - 1));               // [T, hidden]
  const at::Tensor images = behind.index_select(0, (id - vocab).clamp_min(0));  // [T, hidden]
  return at::where((id >= vocab).unsqueeze(-1), images, words);
}

KeyValueCache Radfm::make_cache(std::int64_t capacity) const {
  return {config_.llama, capacity, projection_.options()};
}

at::Tensor Radfm::prefill(const at::Tensor& embeddings, KeyValueCache& cache, int last,
                          const std::function<bool(int)>& layer_done) const {
  const at::NoGradGuard no_grad;
  const at::Tensor hidden = llama_.forward(embeddings, cache, layer_done);
  if (!hidden.defined()) return {};
  return llama_.logits(hidden.narrow(0, hidden.size(0) - last, last));
}

at::Tensor Radfm::decode_one(int id, KeyValueCache& cache) const {
  const at::NoGradGuard no_grad;
  const at::Tensor x =
      llama_.embed(at::tensor(std::vector<std::int64_t>{id}).to(projection_.device()));  // [1, hidden]
  return llama_.logits(llama_.forward(x, cache));
}

}  // namespace radfm::model
