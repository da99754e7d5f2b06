// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/perceiver.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>

namespace radfm::model {
namespace {

const std::string root = "embedding_layer.perceiver.";

}  // namespace

Perceiver::Layer::Layer(const Weights& weights, const std::string& name)
    : media_norm(weights, name + ".0.norm_media"),
      latents_norm(weights, name + ".0.norm_latents"),
      to_q(weights.at(name + ".0.to_q.weight")),
      to_kv(weights.at(name + ".0.to_kv.weight")),
      to_out(weights.at(name + ".0.to_out.weight")),
      mlp_norm(weights, name + ".1.0"),
      up(weights.at(name + ".1.1.weight")),
      down(weights.at(name + ".1.3.weight")) {}

Perceiver::Perceiver(const PerceiverConfig& config, const Weights& weights)
    : config_(config), latents_(weights.at(root + "latents")), norm_(weights, root + "norm") {
  for (int i = 0; i < config.depth; ++i) layers_.emplace_back(weights, root + "layers." + std::to_string(i));
}

at::Tensor Perceiver::attention(const at::Tensor& media, const at::Tensor& latents,
                                const Layer& layer) const {
  const std::int64_t heads = config_.heads, width = config_.dim_head;
  const std::int64_t batch = media.dim() == 3 ? media.size(0) : 1, count = latents.size(-2);
  const at::Tensor x = layer_norm(media, layer.media_norm);
  const at::Tensor own = layer_norm(latents, layer.latents_norm);
  const at::Tensor source = at::cat({x, own}, -2);  // [.., tokens + latents, dim]
  const at::Tensor q = at::linear(own, layer.to_q).view({batch, count, heads, width}).transpose(1, 2);
  const at::Tensor kv = at::linear(source, layer.to_kv)  // [.., 2 * heads * width]
                            .view({batch, source.size(-2), 2, heads, width})
                            .permute({2, 0, 3, 1, 4});                         // [2, B, heads, .., width]
  const at::Tensor mixed = at::scaled_dot_product_attention(q, kv[0], kv[1]);  // scale width^-0.5
  std::vector<std::int64_t> shape = latents.sizes().vec();
  shape.back() = heads * width;
  return at::linear(mixed.transpose(1, 2).reshape(shape), layer.to_out);
}

at::Tensor Perceiver::forward(const at::Tensor& media, const Observe& observe) const {
  at::Tensor latents = latents_;  // [latents, dim], or for each image of a batch
  if (media.dim() == 3) latents = latents.expand({media.size(0), -1, -1});
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    latents = latents + attention(media, latents, layer);
    latents =
        latents + at::linear(at::gelu(at::linear(layer_norm(latents, layer.mlp_norm), layer.up)), layer.down);
    if (observe) observe("perceiver." + std::to_string(i), latents);
  }
  latents = layer_norm(latents, norm_);
  if (observe) observe("perceiver.norm", latents);
  return latents;
}

}  // namespace radfm::model
