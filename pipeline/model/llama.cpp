// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/llama.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tensor.h>

#include <cmath>

namespace radfm::model {

Llama::Layer::Layer(const Weights& weights, const std::string& name)
    : attention_norm(weights.at(name + "input_layernorm.weight")),
      q(weights.at(name + "self_attn.q_proj.weight")),
      k(weights.at(name + "self_attn.k_proj.weight")),
      v(weights.at(name + "self_attn.v_proj.weight")),
      o(weights.at(name + "self_attn.o_proj.weight")),
      mlp_norm(weights.at(name + "post_attention_layernorm.weight")),
      gate(weights.at(name + "mlp.gate_proj.weight")),
      up(weights.at(name + "mlp.up_proj.weight")),
      down(weights.at(name + "mlp.down_proj.weight")) {}

Llama::Llama(const LlamaConfig& config, const Weights& weights)
    : config_(config),
      embedding_(weights.at("lang_model.model.embed_tokens.weight")),
      norm_(weights.at("lang_model.model.norm.weight")),
      head_(weights.at("lang_model.lm_head.weight").to(at::kFloat)),
      cos_(rotary_table(config, false).to(embedding_.device())),
      sin_(rotary_table(config, true).to(embedding_.device())) {
  for (int i = 0; i < config.layers; ++i)
    layers_.emplace_back(weights, "lang_model.model.layers." + std::to_string(i) + ".");
}

std::vector<float> rotary_frequencies(const LlamaConfig& config) {
  const int half = config.head_width() / 2;
  std::vector<float> frequencies;
  for (int k = 0; k < half; ++k)
    frequencies.push_back(1.0f /
                          static_cast<float>(std::pow(config.rope_base, static_cast<double>(k) / half)));
  return frequencies;
}

at::Tensor rotary_table(const LlamaConfig& config, bool sine) {
  const int width = config.head_width(), half = width / 2;
  const std::vector<float> frequencies = rotary_frequencies(config);
  at::Tensor table = at::empty({config.context, width}, at::TensorOptions(at::kFloat));
  float* values = table.data_ptr<float>();
  for (int k = 0; k < half; ++k) {
    const float frequency = frequencies[static_cast<std::size_t>(k)];
    for (int position = 0; position < config.context; ++position) {
      const float angle = static_cast<float>(position) * frequency;
      const float value = sine ? std::sin(angle) : std::cos(angle);
      values[position * width + k] = values[position * width + half + k] = value;
    }
  }
  return table;
}

at::Tensor Llama::embed(const at::Tensor& ids) const {
  return at::embedding(embedding_, ids);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor exact = x.to(at::kFloat);
  const at::Tensor scale = at::rsqrt(exact.pow(2).mean(-1, true) + eps);  // [n, 1]
  return weight * (exact * scale).to(x.scalar_type());
}

at::Tensor rotated(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const std::int64_t half = x.size(3) / 2;
  const at::Tensor exact = x.to(at::kFloat);
  const at::Tensor turned = at::cat({-exact.narrow(-1, half, half), exact.narrow(-1, 0, half)}, -1);
  return (exact * cos + turned * sin).to(x.scalar_type());
}

at::Tensor Llama::by_head(const at::Tensor& x, std::int64_t batch) const {
  return x.view({batch, x.size(0) / batch, config_.heads, config_.head_width()}).transpose(1, 2);
}

at::Tensor Llama::by_position(const at::Tensor& x) const {
  return x.transpose(1, 2).reshape({x.size(0) * x.size(2), config_.hidden});
}

at::Tensor Llama::rotated_at(const at::Tensor& x, std::int64_t position) const {
  return rotated(x, cos_.narrow(0, position, x.size(2)), sin_.narrow(0, position, x.size(2)));
}

at::Tensor Llama::attention(const at::Tensor& x, const Layer& layer, at::Tensor& keys, at::Tensor& values,
                            std::int64_t position) const {
  const std::int64_t count = x.size(0);
  const at::Tensor q = rotated_at(by_head(at::linear(x, layer.q), 1), position);  // [1, heads, T, width]
  keys.narrow(2, position, count).copy_(rotated_at(by_head(at::linear(x, layer.k), 1), position));
  values.narrow(2, position, count).copy_(by_head(at::linear(x, layer.v), 1));
  // One new position sees all before it; a prompt from the start is causal.
  const at::Tensor mixed = at::scaled_dot_product_attention(
      q, keys.narrow(2, 0, position + count), values.narrow(2, 0, position + count), {}, 0.0, count > 1);
  return at::linear(by_position(mixed), layer.o);
}

at::Tensor Llama::mlp(const at::Tensor& x, const Layer& layer) const {
  return at::linear(at::silu(at::linear(x, layer.gate)) * at::linear(x, layer.up), layer.down);
}

at::Tensor Llama::layer_forward(int layer, const at::Tensor& x, KeyValueCache& cache, const Observe& observe) const {
  const std::int64_t count = x.size(0), position = cache.length();
  if (count > 1 && position > 0) broken_invariant("a prompt is read into an empty cache");
  if (position + count > cache.capacity() || position + count > config_.context)
    broken_invariant("more tokens than the cache or the context holds");
  const auto i = static_cast<std::size_t>(layer);
  const Layer& own = layers_[i];
  const at::Tensor mixed =
      attention(rms_norm(x, own.attention_norm, config_.rms_norm_eps), own, cache.keys(i), cache.values(i), position);
  const at::Tensor read = x + mixed;
  const at::Tensor thought = mlp(rms_norm(read, own.mlp_norm, config_.rms_norm_eps), own);
  const at::Tensor out = read + thought;
  if (observe) {
    const std::string number = std::to_string(layer);
    observe("attention." + number, mixed);
    observe("mlp." + number, thought);
    observe("layer." + number, out);
  }
  if (i + 1 == layers_.size()) cache.grow(count);
  return out;
}

at::Tensor Llama::forward(at::Tensor x, KeyValueCache& cache, const Observe& observe) const {
  for (int i = 0; i < config_.layers; ++i) x = layer_forward(i, x, cache, observe);
  x = rms_norm(x, norm_, config_.rms_norm_eps);
  if (observe) observe("norm", x);
  return x;
}

KeyValueCache Llama::make_cache(std::int64_t capacity) const {
  return {config_, capacity, embedding_.options()};
}

at::Tensor Llama::read_layer(int layer, const at::Tensor& x, KeyValueCache& cache) const {
  const at::NoGradGuard no_grad;
  return layer_forward(layer, x, cache, {});
}

at::Tensor Llama::prompt_logits(const at::Tensor& x) const {
  const at::NoGradGuard no_grad;
  return logits(rms_norm(x, norm_, config_.rms_norm_eps));
}

at::Tensor Llama::step(const std::vector<NextToken>& tokens) const {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> rows;
  for (const NextToken& token : tokens) {
    const at::Tensor id = at::tensor(std::vector<std::int64_t>{token.id}).to(embedding_.device());
    rows.push_back(logits(forward(embed(id), *token.cache)));
  }
  return at::cat(rows, 0);
}

at::Tensor Llama::forward_sequences(at::Tensor x, const at::Tensor& wanted) const {
  const std::int64_t batch = x.size(0);
  if (x.size(1) > config_.context) broken_invariant("a sequence that is longer than the context");
  x = x.reshape({batch * x.size(1), config_.hidden});
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const at::Tensor read = rms_norm(x, layer.attention_norm, config_.rms_norm_eps);
    const at::Tensor q = rotated_at(by_head(at::linear(read, layer.q), batch), 0);
    const at::Tensor k = rotated_at(by_head(at::linear(read, layer.k), batch), 0);
    at::Tensor mixed = by_position(
        at::scaled_dot_product_attention(q, k, by_head(at::linear(read, layer.v), batch), {}, 0.0, true));
    if (i + 1 == layers_.size()) {  // no later position reads the others any more
      mixed = mixed.index_select(0, wanted);
      x = x.index_select(0, wanted);
    }
    x = x + at::linear(mixed, layer.o);
    x = x + mlp(rms_norm(x, layer.mlp_norm, config_.rms_norm_eps), layer);
  }
  return rms_norm(x, norm_, config_.rms_norm_eps);
}

at::Tensor Llama::logits(const at::Tensor& hidden) const {
  // Rounded to 16 bits, the two likeliest of 32000 tokens would often be equal.
  return at::linear(hidden.to(at::kFloat), head_);
}

}  // namespace radfm::model
