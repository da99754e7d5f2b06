// SPDX-License-Identifier: Apache-2.0
// Every size of a RadFM: config.json of a model directory. Nothing else in the code knows a size. Plain
// values, no torch.
//
//   {"vision": {"image_height": 512, "image_width": 512, "frames": 512, "patch": 32, "frame_patch": 4, "dim":
//   768,
//               "depth": 12, "heads": 8, "dim_head": 64, "mlp": 2048},
//    "perceiver": {"depth": 6, "latents": 32, "heads": 8, "dim_head": 64, "ff_mult": 4},
//    "llama": {"vocab": 32000, "hidden": 5120, "mlp": 13824, "layers": 40, "heads": 40, "rms_norm_eps": 1e-6,
//              "rope_base": 10000, "context": 2048},
//    "input": {"depth_max": 64, "volume_side": 256, "volume_depth": 24, "prompt_template": "date"},
//    "weights_seed": "...", "weights_type": "int4"}
//
// "image_size" may stand for both image_height and image_width. "input", its fields, "weights_seed" and "weights_type" may be
// absent. "volume_side": the weights saw the inputs of prompts with a volume at that many rows and columns in
// training (256), and at image_size in the authors' test code, which is what is done without this field.
// "volume_depth": the weights saw volumes of that one depth only, so that each is brought to it; without the field a
// prompt's depth follows from its volumes. "prompt_template": in which words they were told of studies (prompt_template.h).
// "weights_type": "int8" or "int4" where the files hold quantised weights (stored_tensors.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "pipeline/model/checkpoint/element_type.h"

namespace radfm::model {

inline constexpr std::size_t config_bytes_max = 1u << 20;
inline constexpr int image_channels = 3;

// 3D vision transformer. Pictures are cut into patch x patch x frame_patch voxels.
struct VisionConfig {
  int image_height = 0,
      image_width = 0;  // what pictures are resized to; their quotients with patch are table sizes
  int frames = 0;       // frames / frame_patch rows in the depth table
  int patch = 0, frame_patch = 0;
  int dim = 0, depth = 0, heads = 0, dim_head = 0, mlp = 0;

  int patch_values() const { return patch * patch * frame_patch * image_channels; }
  int rows() const { return image_height / patch; }
  int columns() const { return image_width / patch; }
  int depths() const { return frames / frame_patch; }
};

struct PerceiverConfig {
  int depth = 0, latents = 0, heads = 0, dim_head = 0, ff_mult = 0;
};

struct LlamaConfig {
  int vocab = 0, hidden = 0, mlp = 0, layers = 0, heads = 0;
  double rms_norm_eps = 1e-6, rope_base = 10000;
  int context = 2048;  // tokens, prompt and answer together

  int head_width() const { return hidden / heads; }
};

struct InputConfig {
  int depth_max = 64;  // slices that a volume is brought to at most
  // Rows and columns of the input of a prompt whose common depth is above frame_patch; 0: as every other
  // prompt's.
  int volume_side = 0;
  int volume_depth = 0;  // D of a prompt with a volume; 0: follows from the volumes
  std::string prompt_template;  // empty: prompt_templates.front()
};

struct ModelConfig {
  VisionConfig vision;
  PerceiverConfig perceiver;
  LlamaConfig llama;
  InputConfig input;
  std::string weights_seed;  // empty: weights come from files
  std::optional<WeightType> weights_type;  // int8 or int4; nothing: each tensor of the files says its own

  // Token ids behind the vocabulary (radfm-model: 32000 <image>, 32001 </image>, 32002... placeholders).
  int image_token() const { return llama.vocab; }
  int image_end_token() const { return llama.vocab + 1; }
  int first_placeholder(std::size_t image) const {
    return llama.vocab + 2 + perceiver.latents * static_cast<int>(image);
  }
};

// All mistakes in one message, each with its key ("vision.dim: must divide by 3"). permanent
// "model_config_bad".
Result<ModelConfig> parse_model_config(std::string_view json_text);
Result<ModelConfig> read_model_config(const std::filesystem::path& file);
nlohmann::json to_json(const ModelConfig& config);

// A tensor that the network needs: its name in the authors' state dict and its shape.
struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t values() const;
};

// Every tensor of a model of these sizes, in the order of the network.
std::vector<TensorSpec> tensors_of(const ModelConfig& config);
// Those of the vision part only (vision encoder, perceiver, fc).
std::vector<TensorSpec> vision_tensors_of(const ModelConfig& config);
std::int64_t parameters_of(const ModelConfig& config);

}  // namespace radfm::model
