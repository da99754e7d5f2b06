// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/vision.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

namespace radfm::model {
namespace {

const std::string root = "embedding_layer.vision_encoder.";

// Rows (i + 1) * floor(N / n) - 1 of a table of N rows, for a grid of n cells: [n, dim / 3].
at::Tensor spread_rows(const at::Tensor& table, std::int64_t cells) {
  const std::int64_t step = table.size(0) / cells;
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < cells; ++i) rows.push_back((i + 1) * step - 1);
  return table.index_select(0, at::tensor(rows).to(table.device()));
}

}  // namespace

VisionEncoder::Layer::Layer(const Weights& weights, const std::string& name)
    : attention_norm(weights, name + ".0.norm"),
      to_qkv(weights.at(name + ".0.fn.to_qkv.weight")),
      to_out(weights.at(name + ".0.fn.to_out.0.weight")),
      to_out_bias(weights.at(name + ".0.fn.to_out.0.bias")),
      mlp_norm(weights, name + ".1.norm"),
      up(weights.at(name + ".1.fn.net.0.weight")),
      up_bias(weights.at(name + ".1.fn.net.0.bias")),
      down(weights.at(name + ".1.fn.net.3.weight")),
      down_bias(weights.at(name + ".1.fn.net.3.bias")) {}

VisionEncoder::VisionEncoder(const VisionConfig& config, const Weights& weights)
    : config_(config),
      embedding_{NormWeights(weights, root + "to_patch_embedding.1"),
                 weights.at(root + "to_patch_embedding.2.weight"), weights.at(root + "to_patch_embedding.2.bias")},
      embedding_norm_(weights, root + "to_patch_embedding.3"),
      row_table_(weights.at(root + "pos_embedding.row_embed.weight")),
      column_table_(weights.at(root + "pos_embedding.col_embed.weight")),
      depth_table_(weights.at(root + "pos_embedding.dep_embed.weight")) {
  for (int i = 0; i < config.depth; ++i)
    layers_.emplace_back(weights, root + "transformer.layers." + std::to_string(i));
}

at::Tensor VisionEncoder::patches(const at::Tensor& images) const {
  const std::int64_t patch = config_.patch, frames = config_.frame_patch;
  const std::int64_t batch = images.size(0), channels = images.size(1), rows = images.size(2) / patch,
                     columns = images.size(3) / patch, depths = images.size(4) / frames;
  // "b c (h p1) (w p2) (f pf) -> b (h w f) (p1 p2 pf c)"
  return images.reshape({batch, channels, rows, patch, columns, patch, depths, frames})
      .permute({0, 2, 4, 6, 3, 5, 7, 1})
      .reshape({batch * rows * columns * depths, patch * patch * frames * channels});
}

at::Tensor VisionEncoder::positions(std::int64_t rows, std::int64_t columns, std::int64_t depths) const {
  const std::int64_t third = config_.dim / 3;
  const std::vector<std::int64_t> grid{rows, columns, depths, third};
  const at::Tensor row = spread_rows(row_table_, rows).view({rows, 1, 1, third}).expand(grid);
  const at::Tensor column = spread_rows(column_table_, columns).view({1, columns, 1, third}).expand(grid);
  const at::Tensor depth = spread_rows(depth_table_, depths).view({1, 1, depths, third}).expand(grid);
  return at::cat({row, column, depth}, -1).view({rows * columns * depths, config_.dim});
}

// x [B * tokens, dim]
at::Tensor VisionEncoder::attention(const at::Tensor& x, const Layer& layer, std::int64_t batch) const {
  const std::int64_t tokens = x.size(0) / batch, heads = config_.heads, width = config_.dim_head;
  const at::Tensor qkv =
      at::linear(layer_norm(x, layer.attention_norm), layer.to_qkv)  // [B * tokens, 3 * heads * width]
          .view({batch, tokens, 3, heads, width})
          .permute({2, 0, 3, 1, 4});  // [3, B, heads, tokens, width]
  const at::Tensor mixed = at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]);  // scale width^-0.5
  return at::linear(mixed.transpose(1, 2).reshape({batch * tokens, heads * width}), layer.to_out,
                    layer.to_out_bias);
}

at::Tensor VisionEncoder::mlp(const at::Tensor& x, const Layer& layer) const {
  const at::Tensor inner =
      at::gelu(at::linear(layer_norm(x, layer.mlp_norm), layer.up, layer.up_bias));  // exact (erf)
  return at::linear(inner, layer.down, layer.down_bias);
}

at::Tensor VisionEncoder::PatchEmbedding::of(const at::Tensor& patches) const {
  return at::linear(layer_norm(patches, norm), embedding, bias);
}

// A patch whose channels are equal has each value u[j] three times, at 3j + c, so that mean and variance over all its values are
// those over u. With n = (u - mean) / sqrt(variance + eps), norm weight w and bias b, projection E and bias e:
//   E (w n + b) + e = sum over j of n[j] (sum over c of E[.][3j + c] w[3j + c]) + (E b + e)
// which is a norm without weights and a projection of a third of the values. Summed in float64, rounded once.
void VisionEncoder::fold_equal_channels() {
  const at::NoGradGuard no_grad;
  const at::Tensor exact = embedding_.embedding.to(at::kDouble);
  const std::int64_t values = exact.size(1) / image_channels;
  const auto options = embedding_.embedding.options();
  const at::Tensor weighted = exact * embedding_.norm.weight.to(at::kDouble);
  const at::Tensor shifted = at::mv(exact, embedding_.norm.bias.to(at::kDouble));
  grey_ = PatchEmbedding{NormWeights(at::ones({values}, options), at::zeros({values}, options)),
                         weighted.view({exact.size(0), values, image_channels}).sum(-1).to(options.dtype()),
                         (shifted + embedding_.bias.to(at::kDouble)).to(options.dtype())};
}

at::Tensor VisionEncoder::embedded(const at::Tensor& images, const Observe& observe) const {
  const bool grey = folds() && images.size(1) == 1;
  at::Tensor x = layer_norm((grey ? *grey_ : embedding_).of(patches(images)), embedding_norm_);  // [B * tokens, dim]
  if (observe) observe("patch", x);
  const at::Tensor position = positions(images.size(2) / config_.patch, images.size(3) / config_.patch,
                                        images.size(4) / config_.frame_patch);  // [tokens, dim]
  x = x.view({images.size(0), -1, config_.dim}) + position;
  if (observe) observe("position", x.view({-1, config_.dim}));
  return x;
}

// x [B * tokens, dim]
at::Tensor VisionEncoder::layer_forward(const Layer& layer, const at::Tensor& x, std::int64_t batch) const {
  const at::Tensor mixed = x + attention(x, layer, batch);
  return mixed + mlp(mixed, layer);
}

at::Tensor VisionEncoder::forward(const at::Tensor& image, const Observe& observe,
                                  const std::function<bool()>& keep_going) const {
  const bool one = image.dim() == 4;
  const at::Tensor images = one ? image.unsqueeze(0) : image;
  const std::int64_t batch = images.size(0);
  at::Tensor x = embedded(images, observe).view({-1, config_.dim});
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    x = layer_forward(layers_[i], x, batch);
    if (observe) observe("vit." + std::to_string(i), x);
    if (keep_going && !keep_going()) return {};
  }
  return one ? x : x.view({batch, -1, config_.dim});
}

}  // namespace radfm::model
