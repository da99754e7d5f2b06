// SPDX-License-Identifier: Apache-2.0
// A model of a few thousand weights, and one that says what a test wants it to say.
#pragma once

#include <map>

#include "pipeline/model/seed_weights.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {

inline nlohmann::json tiny_config_json() {
  return nlohmann::json::parse(R"({
    "vision": {"image_size": 16, "frames": 16, "patch": 8, "frame_patch": 4, "dim": 12, "depth": 1, "heads": 2, "dim_head": 4, "mlp": 8},
    "perceiver": {"depth": 1, "latents": 2, "heads": 2, "dim_head": 4, "ff_mult": 2},
    "llama": {"vocab": 32, "hidden": 32, "mlp": 8, "layers": 1, "heads": 2, "context": 64},
    "input": {"depth_max": 8}})");
}

// The bytes of a checkpoint in which each token t is followed by next.at(t) (else by token 0), whatever came
// before it: attention and MLP add nothing, a token's embedding is its own axis, and the head reads the axis.
inline std::string scripted_checkpoint(const ModelConfig& config, const std::map<int, int>& next) {
  std::vector<NamedTensor> tensors;
  const std::size_t hidden = static_cast<std::size_t>(config.llama.hidden);
  for (const auto& spec : tensors_of(config)) {
    NamedTensor tensor{spec, draw_tensor("script", spec)};
    const auto zero = [&] { std::fill(tensor.values.begin(), tensor.values.end(), 0.0f); };
    if (spec.name.ends_with("o_proj.weight") || spec.name.ends_with("down_proj.weight")) zero();
    if (spec.name.ends_with("embed_tokens.weight")) {
      zero();
      for (std::size_t t = 0; t < hidden; ++t) tensor.values[t * hidden + t] = 1;
    }
    if (spec.name == "lang_model.lm_head.weight") {
      zero();
      for (const auto& [from, to] : next)
        tensor.values[static_cast<std::size_t>(to) * hidden + static_cast<std::size_t>(from)] = 1;
    }
    if (spec.name == "lang_model.model.norm.weight")
      std::fill(tensor.values.begin(), tensor.values.end(), 1.0f);
    tensors.push_back(std::move(tensor));
  }
  return safetensors_bytes(tensors);
}

}  // namespace radfm::model
