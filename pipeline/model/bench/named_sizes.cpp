// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/named_sizes.h"

#include <algorithm>

namespace radfm::model {
namespace {

struct Sizes {
  const char* name;
  LlamaConfig llama;
};

const std::vector<Sizes>& all_sizes() {
  static const std::vector<Sizes> sizes{
      {"published", {.vocab = 32000, .hidden = 5120, .mlp = 13824, .layers = 40, .heads = 40}},
      {"published-layer", {.vocab = 32000, .hidden = 5120, .mlp = 13824, .layers = 1, .heads = 40}},
      {"2b7", {.vocab = 32000, .hidden = 2048, .mlp = 5632, .layers = 24, .heads = 16}},
  };
  return sizes;
}

constexpr VisionConfig published_vision{.image_height = 512, .image_width = 512, .frames = 512, .patch = 32, .frame_patch = 4,
                                        .dim = 768, .depth = 12, .heads = 8, .dim_head = 64, .mlp = 2048};
constexpr PerceiverConfig published_perceiver{.depth = 6, .latents = 32, .heads = 8, .dim_head = 64, .ff_mult = 4};

}  // namespace

std::vector<std::string> named_sizes() {
  std::vector<std::string> names;
  for (const Sizes& sizes : all_sizes()) names.emplace_back(sizes.name);
  return names;
}

std::optional<ModelFiles> files_of_sizes(std::string_view name) {
  const auto& sizes = all_sizes();
  const auto found = std::find_if(sizes.begin(), sizes.end(), [&](const Sizes& one) { return one.name == name; });
  if (found == sizes.end()) return {};
  ModelFiles files;
  files.card.name = "sizes " + std::string(name) + ", random weights";
  files.config.vision = published_vision;
  files.config.perceiver = published_perceiver;
  files.config.llama = found->llama;
  files.config.weights_seed = found->name;
  return files;
}

}  // namespace radfm::model
