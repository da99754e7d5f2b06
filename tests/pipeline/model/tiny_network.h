// SPDX-License-Identifier: Apache-2.0
// Networks of a few thousand weights in a chosen type, for tests that need torch.
#pragma once

#include "pipeline/model/radfm.h"
#include "tests/pipeline/model/golden_case.h"
#include "tests/pipeline/model/tiny_model.h"

namespace radfm::model {

struct TestNetwork {
  ModelConfig config;
  Weights weights;
  Radfm radfm;
};

inline TestNetwork network_of_file(const ModelConfig& config, const std::filesystem::path& file,
                                   const Placement& placement = {}) {
  const auto checkpoint = Checkpoint::open_file(file);
  if (!checkpoint || !checkpoint->check(tensors_of(config)).ok())
    throw std::runtime_error("the checkpoint does not fit");
  auto weights = Weights::of_checkpoint(*checkpoint, tensors_of(config), placement);
  return {config, weights, Radfm(config, weights)};
}

inline TestNetwork drawn_network(const Placement& placement = {}) {
  const TestFolder folder;
  const auto config = *parse_model_config(tiny_config_json().dump());
  std::vector<NamedTensor> tensors;
  for (const auto& spec : tensors_of(config)) tensors.push_back({spec, draw_tensor("test", spec)});
  return network_of_file(config, folder.write("model.safetensors", safetensors_bytes(tensors)), placement);
}

// The images of a golden case's prompt: {"shape": [1, S, 3, H, W, D], "fill": "zeros"} or {..., "name": "..."}.
inline ModelInput golden_images(const nlohmann::json& vision) {
  const auto shape = vision["shape"].get<std::vector<int>>();
  ModelInput input{shape[1], shape[3], shape[4], shape[5], {}};
  input.values.resize(static_cast<std::size_t>(shape[1]) * 3 * static_cast<std::size_t>(shape[3]) *
                      static_cast<std::size_t>(shape[4]) * static_cast<std::size_t>(shape[5]));
  if (vision["fill"] == "zeros") return input;
  const auto hash = name_hash(vision["name"].get<std::string>());
  for (std::size_t i = 0; i < input.values.size(); ++i) input.values[i] = drawn_unit(hash, i);
  return input;
}

}  // namespace radfm::model
