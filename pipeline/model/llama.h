// SPDX-License-Identifier: Apache-2.0
// The language model: LLaMA with RMSNorm, rotary positions in the half-split layout, SiLU-gated MLP, no
// grouped queries.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "pipeline/model/language_model.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/weights.h"

namespace radfm::model {

// Immutable; forward may run on any thread with a cache of its own.
class Llama : public LanguageModel {
 public:
  Llama(const LlamaConfig& config, const Weights& weights);

  at::Tensor embed(const at::Tensor& ids) const override;
  KeyValueCache make_cache(std::int64_t capacity) const override;
  at::Tensor read_layer(int layer, const at::Tensor& x, KeyValueCache& cache) const override;
  at::Tensor prompt_logits(const at::Tensor& x) const override;
  at::Tensor step(const std::vector<NextToken>& tokens) const override;  // one after the other

  // x [T, hidden] at the positions behind those in the cache -> [T, hidden] after the last norm; the cache
  // grows by T. Reading a prompt needs an empty cache (T any), a step T = 1.
  // Stages: "attention.i" and "mlp.i" (what layer i adds), "layer.i" (after both), "norm".
  at::Tensor forward(at::Tensor x, KeyValueCache& cache, const Observe& observe = {}) const;

  // Sequences as they are trained, all positions at once and each from position 0: x [B, T, hidden] -> the hidden
  // states after the last norm of the positions `wanted` (int64, indices into B * T) -> [n,
  // hidden], with gradients where x and the weights ask for them. A position sees itself and those before it, so that
  // what pads a sequence behind its end changes nothing before. The last layer computes the wanted positions only.
  at::Tensor forward_sequences(at::Tensor x, const at::Tensor& wanted) const;

  // [n, hidden] -> float32 [n, vocab].
  at::Tensor logits(const at::Tensor& hidden) const;

 private:
  struct Layer {
    at::Tensor attention_norm;  // [hidden]
    at::Tensor q, k, v, o;      // [hidden, hidden]
    at::Tensor mlp_norm;        // [hidden]
    at::Tensor gate, up, down;  // [mlp, hidden], [mlp, hidden], [hidden, mlp]
    Layer(const Weights& weights, const std::string& name);
  };

  at::Tensor by_head(const at::Tensor& x, std::int64_t batch) const;  // [B * T, hidden] -> [B, heads, T, width]
  at::Tensor by_position(const at::Tensor& x) const;                  // and back
  at::Tensor rotated_at(const at::Tensor& x, std::int64_t position) const;
  at::Tensor attention(const at::Tensor& x, const Layer& layer, at::Tensor& keys, at::Tensor& values,
                       std::int64_t position) const;
  at::Tensor mlp(const at::Tensor& x, const Layer& layer) const;
  at::Tensor layer_forward(int layer, const at::Tensor& x, KeyValueCache& cache, const Observe& observe) const;

  LlamaConfig config_;
  at::Tensor embedding_;  // [vocab, hidden]
  std::vector<Layer> layers_;
  at::Tensor norm_;       // [hidden]
  at::Tensor head_;       // float32 [vocab, hidden], whatever the others are
  at::Tensor cos_, sin_;  // float32 [context, head width]
};

// x [n, width] over the root of the mean of its squares, in float32, times weight [width].
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

// x [B, heads, T, width] -> x * cos + (-second half, first half) * sin, in float32; cos, sin [T, width].
at::Tensor rotated(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);

// The inverse frequencies of a head's rotary pairs, [head width / 2]: 1 / rope_base^(k / half), the power rounded
// to float32 once.
std::vector<float> rotary_frequencies(const LlamaConfig& config);

// float32 [context, head width]: cosine (or sine) of position * inverse frequency; both halves of a row are
// equal. Frequencies and angles are rounded to float32 as the weights were trained (at position 2047 that is
// up to 6e-5).
at::Tensor rotary_table(const LlamaConfig& config, bool sine);

}  // namespace radfm::model
