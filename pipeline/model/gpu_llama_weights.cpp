// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/gpu_llama_weights.h"

#include "core/result.h"
#include "pipeline/model/kernels/cuda/attention.h"
#include "pipeline/model/kernels/cuda/prepare.h"
#include "pipeline/model/llama.h"

namespace radfm::model {
GpuLlamaWeights::GpuLlamaWeights(const LlamaConfig& of, const Weights& weights)
    : config(of),
      embedding(weights.at("lang_model.model.embed_tokens.weight").to(at::kBFloat16).contiguous()),
      norm(exact_weight(weights, "lang_model.model.norm.weight")),
      head(weights.packed_tensor("lang_model.lm_head.weight")),
      cos(rotary_table(config, false).to(embedding.device())),
      sin(rotary_table(config, true).to(embedding.device())) {
  for (int i = 0; i < config.layers; ++i) layers.emplace_back(weights, i);
  if (config.mlp > kernels::cuda::prepared_columns_max || config.hidden > kernels::cuda::prepared_columns_max ||
      config.head_width() % 8 != 0 || config.head_width() > kernels::cuda::head_width_max)
    broken_invariant("a language model of sizes that the kernels for GPUs do not know");
}

kernels::cuda::DeviceMatrix device_matrix(const PackedTensor& packed) {
  const kernels::PackedMatrix matrix = packed.matrix();
  return {matrix.values, matrix.scales, matrix.shape.rows};
}

}  // namespace radfm::model
