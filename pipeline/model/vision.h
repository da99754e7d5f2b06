// SPDX-License-Identifier: Apache-2.0
// The 3D vision transformer: a picture or volume becomes one token for each patch of voxels.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "pipeline/model/model_config.h"
#include "pipeline/model/weights.h"

namespace radfm::model {

// Immutable; forward may run on any thread.
class VisionEncoder {
 public:
  VisionEncoder(const VisionConfig& config, const Weights& weights);

  // image [3, H, W, D], values in [0, 1]; H and W multiples of patch, D of frame_patch, none beyond the
  // position tables. Returns [tokens, dim], tokens ordered by row, then column, then depth. Stages: "patch",
  // "position", "vit.i". `keep_going` is asked after each layer; false gives up (an undefined tensor is returned).
  // A batch [B, 3, H, W, D] gives [B, tokens, dim] (stages: [B * tokens, dim]), with gradients where the weights ask
  // for them. Weights for one channel (a patch embedding of a third of the values) take [.., 1, H, W, D].
  at::Tensor forward(const at::Tensor& image, const Observe& observe = {},
                     const std::function<bool()>& keep_going = {}) const;

 private:
  struct Layer {
    NormWeights attention_norm;
    at::Tensor to_qkv;               // [3 * heads * dim_head, dim]
    at::Tensor to_out, to_out_bias;  // [dim, heads * dim_head], [dim]
    NormWeights mlp_norm;
    at::Tensor up, up_bias;      // [mlp, dim], [mlp]
    at::Tensor down, down_bias;  // [dim, mlp], [dim]
    Layer(const Weights& weights, const std::string& name);
  };

  at::Tensor patches(const at::Tensor& images) const;  // [B, C, H, W, D] -> [B * tokens, patch values]
  at::Tensor positions(std::int64_t rows, std::int64_t columns, std::int64_t depths) const;  // [tokens, dim]
  at::Tensor attention(const at::Tensor& x, const Layer& layer, std::int64_t batch) const;
  at::Tensor mlp(const at::Tensor& x, const Layer& layer) const;

  VisionConfig config_;
  NormWeights patch_norm_;
  at::Tensor embedding_, embedding_bias_;  // [dim, patch_values], [dim]
  NormWeights embedding_norm_;
  at::Tensor row_table_, column_table_, depth_table_;  // [cells, dim / 3]
  std::vector<Layer> layers_;
};

}  // namespace radfm::model
