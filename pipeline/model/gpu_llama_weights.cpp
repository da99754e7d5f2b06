// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/gpu_llama_weights.h"

#include "core/result.h"
#include "pipeline/model/kernels/cuda/attention.h"
#include "pipeline/model/kernels/cuda/prepare.h"
#include "pipeline/model/llama.h"

namespace radfm::model {
namespace {

at::Tensor exact(const Weights& weights, const std::string& name) { return weights.at(name).to(at::kFloat).contiguous(); }

void check_layer(const GpuLlamaWeights::Layer& layer) {
  const auto type = [](const PackedTensor& matrix) { return matrix.shape.type; };
  if (type(layer.q) != type(layer.k) || type(layer.q) != type(layer.v) || type(layer.gate) != type(layer.up))
    broken_invariant("matrices of one layer that multiply the same vectors are of one type");
}

}  // namespace

GpuLlamaWeights::Layer::Layer(const Weights& weights, const std::string& name)
    : attention_norm(exact(weights, name + "input_layernorm.weight")),
      mlp_norm(exact(weights, name + "post_attention_layernorm.weight")),
      q(weights.packed_tensor(name + "self_attn.q_proj.weight")),
      k(weights.packed_tensor(name + "self_attn.k_proj.weight")),
      v(weights.packed_tensor(name + "self_attn.v_proj.weight")),
      o(weights.packed_tensor(name + "self_attn.o_proj.weight")),
      gate(weights.packed_tensor(name + "mlp.gate_proj.weight")),
      up(weights.packed_tensor(name + "mlp.up_proj.weight")),
      down(weights.packed_tensor(name + "mlp.down_proj.weight")) {}

GpuLlamaWeights::GpuLlamaWeights(const LlamaConfig& of, const Weights& weights)
    : config(of),
      embedding(weights.at("lang_model.model.embed_tokens.weight").to(at::kBFloat16).contiguous()),
      norm(exact(weights, "lang_model.model.norm.weight")),
      head(weights.packed_tensor("lang_model.lm_head.weight")),
      cos(rotary_table(config, false).to(embedding.device())),
      sin(rotary_table(config, true).to(embedding.device())) {
  for (int i = 0; i < config.layers; ++i) {
    layers.emplace_back(weights, "lang_model.model.layers." + std::to_string(i) + ".");
    check_layer(layers.back());
  }
  if (config.mlp > kernels::cuda::prepared_columns_max || config.hidden > kernels::cuda::prepared_columns_max ||
      config.head_width() % 8 != 0 || config.head_width() > kernels::cuda::head_width_max)
    broken_invariant("a language model of sizes that the kernels for GPUs do not know");
}

kernels::cuda::DeviceMatrix device_matrix(const PackedTensor& packed) {
  const kernels::PackedMatrix matrix = packed.matrix();
  return {matrix.values, matrix.scales, matrix.shape.rows};
}

}  // namespace radfm::model
