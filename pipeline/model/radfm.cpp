// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/radfm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include "pipeline/model/llama.h"
#include "pipeline/model/packed_llama.h"
#ifdef RADFM_CUDA
#include "pipeline/model/gpu_llama.h"
#endif

namespace radfm::model {

namespace {

std::shared_ptr<const LanguageModel> language_model(const LlamaConfig& config, const Weights& weights) {
  const bool packed = weights.is_packed("lang_model.lm_head.weight");
#ifdef RADFM_CUDA
  if (packed && weights.packed_tensor("lang_model.lm_head.weight").values.is_cuda())
    return std::make_shared<const GpuLlama>(config, weights);
#endif
  if (packed) return std::make_shared<const PackedLlama>(config, weights);
  return std::make_shared<const Llama>(config, weights);
}

// The first channel [H, W, D] three times in [3, H, W, D].
bool has_equal_channels(const at::Tensor& picture) {
  return at::equal(picture[0], picture[1]) && at::equal(picture[0], picture[2]);
}

}  // namespace

Radfm::Radfm(const ModelConfig& config, const Weights& weights)
    : config_(config),
      vision_(config.vision, weights),
      perceiver_(config.perceiver, weights),
      projection_(weights.at("embedding_layer.fc.weight")),
      projection_bias_(weights.at("embedding_layer.fc.bias")),
      figure_tokens_(weights.at("embedding_layer.figure_token_weight")),
      llama_(language_model(config.llama, weights)) {
  vision_.fold_equal_channels();
}

// [3, H, W, D], or [1, H, W, D] where one channel says it all.
at::Tensor Radfm::picture_of(const ModelInput& input, int image) const {
  const std::vector<std::int64_t> shape{image_channels, input.height, input.width, input.depth};
  const std::size_t values = input.values.size() / static_cast<std::size_t>(input.images);
  // from_blob wants a pointer to non-const; nothing writes through it.
  float* first = const_cast<float*>(input.values.data()) + static_cast<std::size_t>(image) * values;
  const at::Tensor picture = at::from_blob(first, shape, at::TensorOptions(at::kFloat));
  return (has_equal_channels(picture) ? picture.narrow(0, 0, 1) : picture).to(projection_.device(), projection_.scalar_type());
}

at::Tensor Radfm::encode_image(const ModelInput& input, int image, const Observe& observe,
                               const std::function<bool()>& keep_going) const {
  const at::NoGradGuard no_grad;
  const at::Tensor tokens = vision_.forward(picture_of(input, image), observe, keep_going);  // [tokens, dim]
  if (!tokens.defined()) return {};
  return end_image(tokens, observe);
}

at::Tensor Radfm::begin_image(const ModelInput& input, int image) const {
  const at::NoGradGuard no_grad;
  return vision_.begin(picture_of(input, image));
}

at::Tensor Radfm::image_layer(int layer, const at::Tensor& x) const {
  const at::NoGradGuard no_grad;
  return vision_.layer(layer, x);
}

at::Tensor Radfm::end_image(const at::Tensor& x, const Observe& observe) const {
  const at::NoGradGuard no_grad;
  const at::Tensor latents = perceiver_.forward(x, observe);                        // [latents, dim]
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
  const at::Tensor words = llama_->embed(id.clamp_max(vocab - 1));               // [T, hidden]
  const at::Tensor images = behind.index_select(0, (id - vocab).clamp_min(0));  // [T, hidden]
  return at::where((id >= vocab).unsqueeze(-1), images.to(words.scalar_type()), words);
}

at::Tensor Radfm::prompt_logits(const at::Tensor& x, int last) const {
  return llama_->prompt_logits(x.narrow(0, x.size(0) - last, last));
}

at::Tensor Radfm::prefill(const at::Tensor& embeddings, KeyValueCache& cache, int last) const {
  at::Tensor x = embeddings;
  for (int layer = 0; layer < config_.llama.layers; ++layer) x = read_layer(layer, x, cache);
  return prompt_logits(x, last);
}

}  // namespace radfm::model
