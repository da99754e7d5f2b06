// SPDX-License-Identifier: Apache-2.0
// A whole RadFM of a few kilobytes as a checkpoint, and a tokenizer file that fits it.
#pragma once

#include <string>
#include <vector>

#include "pipeline/model/checkpoint.h"
#include "pipeline/model/seed_weights.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {

inline ModelConfig small_config() {
  return *parse_model_config(R"({
    "vision": {"image_size": 4, "frames": 4, "patch": 2, "frame_patch": 2, "dim": 24, "depth": 1, "heads": 1, "dim_head": 8, "mlp": 8},
    "perceiver": {"depth": 1, "latents": 2, "heads": 1, "dim_head": 8, "ff_mult": 1},
    "llama": {"vocab": 9, "hidden": 8, "mlp": 8, "layers": 2, "heads": 2}})");
}

inline std::string small_checkpoint(const ModelConfig& config) {
  std::vector<NamedTensor> tensors;
  for (const auto& spec : tensors_of(config)) tensors.push_back({spec, draw_tensor("small", spec)});
  tensors.push_back({{"embedding_layer.cls_head.weight", {2}}, {1, 2}});
  return safetensors_bytes(tensors);
}

// The wire format of SentencePiece: field 1, with the piece's text in its field 1.
inline std::string tokenizer_bytes(std::size_t pieces) {
  std::string bytes;
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::string text = i == 0 ? "<unk>" : i == 1 ? "<s>" : i == 2 ? "</s>" : "p" + std::to_string(i);
    bytes += std::string("\x0a") + static_cast<char>(text.size() + 2) + "\x0a" +
             static_cast<char>(text.size()) + text;
  }
  return bytes;
}

}  // namespace radfm::model
