// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/model_work.h"

#include <algorithm>

#include "pipeline/model/stored_tensors.h"

namespace radfm::model {
namespace {

double element_bytes(WeightForm form) {
  return static_cast<double>(bytes_of(plain_type(form.type)));
}

bool is_head(const TensorSpec& tensor) {
  return tensor.name == "lang_model.lm_head.weight";
}

double tensor_bytes(const TensorSpec& tensor, WeightForm form) {
  if (const auto packed = form.packed ? packed_type(tensor, form.type) : std::nullopt) {
    const kernels::PackedShape shape = packed_shape(tensor, *packed);
    return static_cast<double>(shape.value_bytes() + shape.scale_bytes());
  }
  const auto values = static_cast<double>(tensor.values());
  return values * (is_head(tensor) ? 4 : element_bytes(form));  // libtorch's head is float32 in every type
}

// The language model's weights, each read once, without the table of embeddings.
double language_bytes(const ModelConfig& config, WeightForm form) {
  double bytes = 0;
  for (const auto& tensor : tensors_of(config))
    if (tensor.name.starts_with("lang_model.") && !tensor.name.ends_with("embed_tokens.weight")) bytes += tensor_bytes(tensor, form);
  return bytes;
}

// Of one token through the matrices of all layers.
double layer_operations(const LlamaConfig& llama) {
  const double hidden = llama.hidden, mlp = llama.mlp;
  return 2 * llama.layers * (4 * hidden * hidden + 3 * hidden * mlp);
}

double head_operations(const LlamaConfig& llama) {
  return 2.0 * llama.vocab * llama.hidden;
}

// Products of queries with keys, and of their weights with values.
double attention_operations(double queries, double keys, double width) {
  return 4 * queries * keys * width;
}

// Keys and values of all layers; in quantised models they are bf16, as what is not quantised.
double position_bytes(const LlamaConfig& llama, WeightForm form) {
  return 2.0 * llama.layers * llama.hidden * element_bytes(form);
}

double tower_operations(const VisionConfig& vision, double tokens) {
  const double inner = vision.heads * vision.dim_head, dim = vision.dim;
  const double layer = 2 * tokens * (4 * inner * dim + 2 * dim * vision.mlp) + attention_operations(tokens, tokens, inner);
  return 2 * tokens * dim * vision.patch_values() / 3 + vision.depth * layer;
}

double perceiver_operations(const PerceiverConfig& perceiver, double dim, double tokens) {
  const double inner = perceiver.heads * perceiver.dim_head, latents = perceiver.latents, seen = tokens + latents;
  const double products = 2 * latents * 2 * inner * dim + 2 * seen * 2 * inner * dim + 2 * latents * 2 * dim * dim * perceiver.ff_mult;
  return perceiver.depth * (products + attention_operations(latents, seen, inner));
}

}  // namespace

Work vision_work(const ModelConfig& config, WeightForm form, int depth) {
  const VisionConfig& vision = config.vision;
  const double tokens = double{1} * vision.rows() * vision.columns() * (depth / vision.frame_patch);
  Work work;
  for (const auto& tensor : vision_tensors_of(config)) work.bytes += tensor_bytes(tensor, form);
  work.bytes += tokens * vision.patch_values() / 3 * 4;  // the picture, float32
  work.operations = tower_operations(vision, tokens) + perceiver_operations(config.perceiver, vision.dim, tokens) +
                    2.0 * config.perceiver.latents * vision.dim * config.llama.hidden;
  return work;
}

Work prefill_work(const ModelConfig& config, WeightForm form, std::int64_t tokens) {
  const LlamaConfig& llama = config.llama;
  const auto count = static_cast<double>(tokens);
  // A position sees itself and those before it: half of all pairs.
  const double attention = llama.layers * attention_operations(count, (count + 1) / 2, llama.hidden);
  return {language_bytes(config, form), count * layer_operations(llama) + attention + head_operations(llama)};
}

Work decode_work(const ModelConfig& config, WeightForm form, std::int64_t sequences, std::int64_t cached) {
  const LlamaConfig& llama = config.llama;
  const auto count = static_cast<double>(sequences), positions = static_cast<double>(cached);
  const double one = layer_operations(llama) + head_operations(llama) +
                     llama.layers * attention_operations(1, positions + 1, llama.hidden);
  return {language_bytes(config, form) + count * positions * position_bytes(llama, form), count * one};
}

Work report_work(const ModelConfig& config, WeightForm form, const ReportSizes& sizes) {
  const int steps = std::max(0, sizes.new_tokens - 1);
  return vision_work(config, form, sizes.depth) * sizes.images + prefill_work(config, form, sizes.prompt_tokens) +
         decode_work(config, form, 1, sizes.prompt_tokens + steps / 2) * steps;
}

}  // namespace radfm::model
