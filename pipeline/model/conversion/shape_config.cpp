// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/conversion/shape_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace radfm::model {
namespace {

// Of the published model (radfm-model: arXiv 2308.02463 and its code), none of which a shape tells.
constexpr int published_frame_patch = 4, published_vision_head = 64, published_llama_head = 128;
constexpr int published_context = 2048, published_depth_max = 64;
constexpr int axis_max = 1 << 20;  // parse_model_config has closer limits
constexpr int layers_max = 10'000;

const std::string vision = "embedding_layer.vision_encoder.", perceiver = "embedding_layer.perceiver.";
const std::string llama = "lang_model.model.";

class Shapes {
 public:
  explicit Shapes(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  // The size of an axis; 1 when it cannot be told, which is remembered.
  int axis(const std::string& name, std::size_t index) {
    if (!checkpoint_.holds(name)) {
      doubts.push_back("there is no " + name);
      return 1;
    }
    const auto& shape = checkpoint_.at(name).shape;
    if (index >= shape.size() || shape[index] < 1 || shape[index] > axis_max) {
      doubts.push_back(name + " has no such shape");
      return 1;
    }
    return static_cast<int>(shape[index]);
  }
  int layers(const std::string& before, const std::string& behind) {
    int count = 0;
    while (count < layers_max && checkpoint_.holds(before + std::to_string(count) + behind)) ++count;
    if (count == 0) doubts.push_back("there is no " + before + "0" + behind);
    return std::max(count, 1);
  }
  int quotient(int whole, int part, const std::string& what) {
    if (whole % part == 0) return whole / part;
    doubts.push_back(what);
    return 1;
  }

  std::vector<std::string> doubts;

 private:
  const Checkpoint& checkpoint_;
};

// The side of a square patch of this many values, 0 if there is none.
int patch_side(int values) {
  const int area = values / (published_frame_patch * image_channels);
  int side = 0;
  while ((side + 1) * (side + 1) <= area && side < 256) ++side;
  return side * side * published_frame_patch * image_channels == values ? side : 0;
}

VisionConfig vision_sizes(Shapes& shapes, std::vector<std::string>& assumed) {
  VisionConfig sizes;
  sizes.dim = shapes.axis(vision + "to_patch_embedding.2.weight", 0);
  const int values = shapes.axis(vision + "to_patch_embedding.2.weight", 1);
  sizes.frame_patch = published_frame_patch;
  sizes.patch = patch_side(values);
  if (sizes.patch == 0) {
    shapes.doubts.push_back("patches of " + std::to_string(values) + " values are no squares of " +
                            std::to_string(published_frame_patch) + " slices");
    sizes.patch = 1;
  }
  sizes.image_height = sizes.patch * shapes.axis(vision + "pos_embedding.row_embed.weight", 0);
  sizes.image_width = sizes.patch * shapes.axis(vision + "pos_embedding.col_embed.weight", 0);
  sizes.frames = sizes.frame_patch * shapes.axis(vision + "pos_embedding.dep_embed.weight", 0);
  sizes.depth = shapes.layers(vision + "transformer.layers.", ".0.fn.to_qkv.weight");
  sizes.mlp = shapes.axis(vision + "transformer.layers.0.1.fn.net.0.weight", 0);
  sizes.dim_head = published_vision_head;
  sizes.heads = shapes.quotient(shapes.axis(vision + "transformer.layers.0.0.fn.to_qkv.weight", 0),
                                3 * published_vision_head,
                                "the vision transformer's width is no multiple of heads of 64");
  assumed.push_back("vision.patch = " + std::to_string(sizes.patch) +
                    " and vision.frame_patch = " + std::to_string(sizes.frame_patch) + " (of " +
                    std::to_string(values) + " values a patch)");
  assumed.push_back("vision.dim_head = 64");
  return sizes;
}

PerceiverConfig perceiver_sizes(Shapes& shapes, int dim, std::vector<std::string>& assumed) {
  PerceiverConfig sizes;
  sizes.depth = shapes.layers(perceiver + "layers.", ".0.to_q.weight");
  sizes.latents = shapes.axis(perceiver + "latents", 0);
  sizes.dim_head = published_vision_head;
  sizes.heads = shapes.quotient(shapes.axis(perceiver + "layers.0.0.to_q.weight", 0), published_vision_head,
                                "the perceiver's width is no multiple of heads of 64");
  sizes.ff_mult = shapes.quotient(shapes.axis(perceiver + "layers.0.1.1.weight", 0), dim,
                                  "the perceiver's feed-forward width is no multiple of its width");
  assumed.push_back("perceiver.dim_head = 64");
  return sizes;
}

LlamaConfig llama_sizes(Shapes& shapes, std::vector<std::string>& assumed) {
  LlamaConfig sizes;
  sizes.vocab = shapes.axis(llama + "embed_tokens.weight", 0);
  sizes.hidden = shapes.axis(llama + "embed_tokens.weight", 1);
  sizes.layers = shapes.layers(llama + "layers.", ".self_attn.q_proj.weight");
  sizes.mlp = shapes.axis(llama + "layers.0.mlp.gate_proj.weight", 0);
  sizes.heads = shapes.quotient(sizes.hidden, published_llama_head,
                                "the language model's width is no multiple of heads of 128");
  sizes.context = published_context;
  assumed.push_back("llama.heads = " + std::to_string(sizes.heads) + " (128 wide)");
  assumed.push_back("llama.rms_norm_eps = 1e-6, llama.rope_base = 10000, llama.context = 2048");
  return sizes;
}

}  // namespace

Result<ShapeConfig> config_of_shapes(const Checkpoint& checkpoint) {
  Shapes shapes(checkpoint);
  ShapeConfig found;
  found.config.vision = vision_sizes(shapes, found.assumed);
  found.config.perceiver = perceiver_sizes(shapes, found.config.vision.dim, found.assumed);
  found.config.llama = llama_sizes(shapes, found.assumed);
  found.config.input.depth_max = std::min(published_depth_max, found.config.vision.frames);
  found.assumed.push_back("input.depth_max = " + std::to_string(found.config.input.depth_max));
  const auto refused = [](const std::string& why) {
    return permanent_error("conversion_config_needed", "the model's sizes cannot be told from its tensors: " +
                                                           why + ". Give --config FILE (config.json).");
  };
  if (!shapes.doubts.empty()) {
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(shapes.doubts.size(), 5); ++i)
      list += (i ? "; " : "") + shapes.doubts[i];
    return refused(list);
  }
  const auto valid = parse_model_config(to_json(found.config).dump());
  if (!valid) return refused(valid.error().message);
  return found;
}

}  // namespace radfm::model
