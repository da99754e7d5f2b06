// SPDX-License-Identifier: Apache-2.0
// The 3D vision transformer: a picture or volume becomes one token for each patch of voxels.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
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

  // The same of one image in steps, for who does something else between them: the tokens that the first layer gets, then each
  // layer's, the last of which are what forward returns.
  at::Tensor begin(const at::Tensor& image) const { return embedded(image.unsqueeze(0), {}).squeeze(0); }
  at::Tensor layer(int number, const at::Tensor& x) const { return layer_forward(layers_[static_cast<std::size_t>(number)], x, 1); }

  // Makes a patch embedding for images whose three channels are equal, as grey pictures' are, from that for any: such an image
  // may then be handed in as [1, H, W, D] too. It costs a third; the values are the same but for rounding. For weights that do
  // not change any more.
  void fold_equal_channels();
  bool folds() const { return grey_.has_value(); }

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

  // Of each patch's values: norm, projection.
  struct PatchEmbedding {
    NormWeights norm;            // [patch values]
    at::Tensor embedding, bias;  // [dim, patch values], [dim]
    at::Tensor of(const at::Tensor& patches) const;
  };

  at::Tensor patches(const at::Tensor& images) const;  // [B, C, H, W, D] -> [B * tokens, patch values]
  at::Tensor embedded(const at::Tensor& images, const Observe& observe) const;  // -> [B, tokens, dim]
  at::Tensor layer_forward(const Layer& layer, const at::Tensor& x, std::int64_t batch) const;
  at::Tensor positions(std::int64_t rows, std::int64_t columns, std::int64_t depths) const;  // [tokens, dim]
  at::Tensor attention(const at::Tensor& x, const Layer& layer, std::int64_t batch) const;
  at::Tensor mlp(const at::Tensor& x, const Layer& layer) const;

  VisionConfig config_;
  PatchEmbedding embedding_;
  std::optional<PatchEmbedding> grey_;  // of one channel, where channels were folded
  NormWeights embedding_norm_;
  at::Tensor row_table_, column_table_, depth_table_;  // [cells, dim / 3]
  std::vector<Layer> layers_;
};

}  // namespace radfm::model
