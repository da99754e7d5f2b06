// SPDX-License-Identifier: Apache-2.0
// The language model on the processor over packed matrices (kernels/packed_matrix.h): what Llama computes, at the speed that the
// weights are read with. What runs through the layers is float32 in every type of weights; the cache is float32 for float32
// weights and else bfloat16.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "pipeline/model/kernels/decode_attention.h"
#include "pipeline/model/language_model.h"
#include "pipeline/model/packed_layer.h"
#include "pipeline/model/packed_tensor.h"
#include "pipeline/model/weights.h"

namespace radfm::model {

// A prompt's matrices are unpacked piece by piece and multiplied by libtorch, one prompt at a time. A step is made of the
// kernels' products, which are defined to the bit, so that a sequence's logits depend neither on the sequences beside it nor
// on the number of threads.
class PackedLlama : public LanguageModel {
 public:
  // `product_type`: in which a prompt's products are computed, float32 or bfloat16; float32 weights are never rounded.
  PackedLlama(const LlamaConfig& config, const Weights& weights);
  PackedLlama(const LlamaConfig& config, const Weights& weights, at::ScalarType product_type);

  at::Tensor embed(const at::Tensor& ids) const override;  // float32
  KeyValueCache make_cache(std::int64_t capacity) const override;
  at::Tensor read_layer(int layer, const at::Tensor& x, KeyValueCache& cache) const override;
  at::Tensor prompt_logits(const at::Tensor& x) const override;
  at::Tensor step(const std::vector<NextToken>& tokens) const override;

 private:
  struct Step;

  at::Tensor product(const at::Tensor& x, const PackedTensor& matrix, at::Tensor& scratch) const;
  at::Tensor prompt_attention(const at::Tensor& x, const PackedLayer& layer, at::Tensor& keys, at::Tensor& values,
                              at::Tensor& scratch) const;
  void attention(Step& step, std::size_t layer) const;
  void mlp(Step& step, const PackedLayer& layer) const;
  void read_embedding(std::int64_t id, float* out) const;
  at::Tensor logits(const float* hidden, std::int64_t count) const;

  LlamaConfig config_;
  at::Tensor embedding_;  // [vocab, hidden]
  std::vector<PackedLayer> layers_;
  at::Tensor norm_;       // float32 [hidden]
  PackedTensor head_;     // [vocab, hidden]
  at::Tensor cos_, sin_;  // float32 [context, head width]
  kernels::CacheType cache_type_;
  at::ScalarType product_type_;
};

}  // namespace radfm::model
