// SPDX-License-Identifier: Apache-2.0
// Grey pictures have three equal channels (c fastest in a patch). With y the normalised values of one channel, the three
// give sum_c W_c (y * w_c + b_c) = W' (y * w + b) for w_c = w, b_c = b and W_c = W' / 3, and mean and variance over all
// three channels are those over one: so one channel is trained and three are published.
#include "demo/training/parameters.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/repeat_interleave.h>

#include <cmath>
#include <unordered_map>

#include "pipeline/model/seed_weights.h"

namespace radfm::training {
namespace {

using model::TensorSpec;

const std::string patch_embedding = "embedding_layer.vision_encoder.to_patch_embedding.";

bool is_patch_norm(const std::string& name) {
  return name.starts_with(patch_embedding + "1.");
}
bool is_patch_matrix(const std::string& name) {
  return name == patch_embedding + "2.weight";
}

bool is_table(const std::string& name) {
  return name.find("pos_embedding.") != std::string::npos || name.ends_with("perceiver.latents") ||
         name.ends_with("figure_token_weight") || name.ends_with("embed_tokens.weight");
}

// What is added to a residual stream: the more layers add to it, the less each should at first.
bool writes_residual(const std::string& name) {
  for (const char* end :
       {"to_out.weight", "to_out.0.weight", "net.3.weight", ".1.3.weight", "o_proj.weight", "down_proj.weight"})
    if (name.ends_with(end)) return true;
  return false;
}

int layers_beside(const std::string& name, const model::ModelConfig& config) {
  if (name.starts_with("lang_model.")) return config.llama.layers;
  return name.find("perceiver") != std::string::npos ? config.perceiver.depth : config.vision.depth;
}

double deviation_of(const TensorSpec& spec, const model::ModelConfig& config) {
  if (spec.name == "lang_model.lm_head.weight" || spec.name == "heads.image.weight") return 0.02;
  if (spec.name.ends_with("perceiver.latents")) return 0.5;
  if (spec.name.find("pos_embedding.") != std::string::npos) return 0.3;
  if (is_table(spec.name)) return 0.1;
  const double usual = 1.0 / std::sqrt(static_cast<double>(spec.shape.back()));
  return writes_residual(spec.name) ? usual / std::sqrt(2.0 * layers_beside(spec.name, config)) : usual;
}

void add(std::vector<Parameter>& list, TensorSpec spec, Part part) {
  const bool decays = spec.shape.size() > 1 && !is_table(spec.name);
  list.push_back({std::move(spec), part, decays, {}});
}

std::int64_t classes_of(const std::vector<LabelKinds::Classes>& kinds) {
  std::int64_t sum = 0;
  for (const auto& kind : kinds) sum += kind.classes;
  return sum;
}

void add_heads(std::vector<Parameter>& list, const model::ModelConfig& config, const LabelKinds& kinds) {
  const std::int64_t flat = std::int64_t{config.perceiver.latents} * config.llama.hidden;
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    add(list, {name + ".weight", {out, in}}, Part::heads);
    add(list, {name + ".bias", {out}}, Part::heads);
  };
  if (!kinds.of_image.empty()) linear("heads.image", classes_of(kinds.of_image), flat);
  if (!kinds.of_pair.empty()) {
    linear("heads.pair.hidden", pair_head_width, 2 * flat);
    linear("heads.pair.out", classes_of(kinds.of_pair), pair_head_width);
  }
  if (!kinds.maps.empty()) linear("heads.map", static_cast<std::int64_t>(kinds.maps.size()), config.vision.dim);
}

}  // namespace

std::vector<Parameter> parameters_of(const model::ModelConfig& config, const LabelKinds& kinds, int channels) {
  std::vector<Parameter> list;
  const std::size_t vision = model::vision_tensors_of(config).size();
  for (auto& spec : model::tensors_of(config)) {
    if (channels == 1 && is_patch_norm(spec.name)) spec.shape[0] /= model::image_channels;
    if (channels == 1 && is_patch_matrix(spec.name)) spec.shape[1] /= model::image_channels;
    add(list, std::move(spec), list.size() < vision ? Part::vision : Part::language);
  }
  add_heads(list, config, kinds);
  return list;
}

void draw_values(std::vector<Parameter>& parameters, const model::ModelConfig& config, const std::string& seed,
                 const c10::Device& device) {
  for (auto& parameter : parameters) {
    const TensorSpec& spec = parameter.spec;
    at::Tensor value = at::empty(spec.shape, at::TensorOptions(at::kFloat));
    float* values = value.data_ptr<float>();
    const auto count = static_cast<std::size_t>(spec.values());
    if (spec.shape.size() == 1) {
      std::fill(values, values + count, spec.name.ends_with(".bias") ? 0.0f : 1.0f);
    } else {
      const auto hash = model::name_hash(seed + ":" + spec.name);
      const auto width = static_cast<float>(std::sqrt(3.0) * deviation_of(spec, config));
      for (std::size_t i = 0; i < count; ++i) values[i] = model::drawn_signed(hash, i) * width;
    }
    parameter.value = value.to(device);
  }
}

std::vector<at::Tensor> leaves_of(const std::vector<Parameter>& parameters) {
  std::vector<at::Tensor> leaves;
  for (const auto& parameter : parameters) leaves.push_back(parameter.value.detach().set_requires_grad(true));
  return leaves;
}

model::Weights weights_of(const std::vector<Parameter>& parameters, const std::vector<at::Tensor>& leaves) {
  std::unordered_map<std::string, at::Tensor> tensors;
  for (std::size_t i = 0; i < parameters.size(); ++i) tensors.emplace(parameters[i].spec.name, leaves[i]);
  return model::Weights::of_tensors(std::move(tensors));
}

std::vector<PublishedTensor> published_tensors(const std::vector<Parameter>& parameters,
                                               const model::ModelConfig& config, int channels) {
  std::vector<PublishedTensor> published;
  const auto specs = model::tensors_of(config);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    at::Tensor value = parameters[i].value.detach().cpu();
    if (channels == 1 && is_patch_norm(specs[i].name)) value = at::repeat_interleave(value, model::image_channels, 0);
    if (channels == 1 && is_patch_matrix(specs[i].name))
      value = at::repeat_interleave(value, model::image_channels, 1) / static_cast<double>(model::image_channels);
    published.push_back({specs[i], value.contiguous()});
  }
  return published;
}

Status adopt_values(std::vector<Parameter>& parameters, const model::Weights& published, int channels) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : parameters) {
    const std::string& name = parameter.spec.name;
    if (parameter.part == Part::heads) continue;
    at::Tensor value = published.at(name);
    if (channels == 1 && (is_patch_norm(name) || is_patch_matrix(name))) {
      std::vector<std::int64_t> by_channel = parameter.spec.shape;
      by_channel.push_back(model::image_channels);
      value = value.reshape(by_channel);
      if (!at::equal(value.amin(-1), value.amax(-1)))
        return permanent_error("training_needs_colour", "the model reads colours, and grey pictures would not train all of it; give --colour");
      value = is_patch_matrix(name) ? value.sum(-1) : value.select(-1, 0);
    }
    parameter.value.copy_(value);
  }
  return {};
}

}  // namespace radfm::training
