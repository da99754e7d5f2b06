// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/model_config.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "pipeline/model/file_text.h"
#include "pipeline/model/kernels/packed_matrix.h"
#include "pipeline/model/prompt_template.h"

namespace radfm::model {
namespace {

using nlohmann::json;

constexpr int dimension_max = 1 << 17;  // no published network of this family comes near
constexpr int language_width_max = static_cast<int>(kernels::quantised_columns_max);
constexpr int layers_max = 512;

// Reads one section and remembers what was wrong with it.
class Section {
 public:
  Section(const json& root, const char* name, bool required, std::vector<std::string>& mistakes)
      : name_(name), mistakes_(mistakes) {
    const auto found = root.find(name);
    if (found == root.end()) {
      if (required) mistakes_.push_back(name_ + ": missing section");
    } else if (!found->is_object()) {
      mistakes_.push_back(name_ + ": must be an object");
    } else {
      section_ = *found;
    }
    present_ = section_.is_object();
  }
  ~Section() {
    if (!present_) return;
    for (const auto& [key, value] : section_.items())
      if (!known_.contains(key)) mistakes_.push_back(name_ + "." + key.substr(0, 60) + ": unknown key");
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  bool has(const char* key) const { return present_ && section_.contains(key); }
  void ignore(const char* key) { known_.insert(key); }

  // A text of at most 64 bytes, which may be absent.
  void text(const char* key, std::string& value) {
    if (const json* found = take(key, false)) {
      if (!found->is_string() || found->get_ref<const std::string&>().size() > 64)
        mistakes_.push_back(path(key) + ": must be a text of at most 64 bytes");
      else
        value = found->get<std::string>();
    }
  }

  void whole(const char* key, int& value, int max, bool required = true) {
    if (const json* found = take(key, required)) {
      if (!found->is_number_integer() || *found < 1 || *found > max)
        mistakes_.push_back(path(key) + ": must be a whole number from 1 to " + std::to_string(max));
      else
        value = found->get<int>();
    }
  }

  void number(const char* key, double& value, double min, double max) {
    if (const json* found = take(key, false)) {
      if (!found->is_number() || !(*found >= min && *found <= max))
        mistakes_.push_back(path(key) + ": is not in its range");
      else
        value = found->get<double>();
    }
  }

 private:
  std::string path(const char* key) const { return name_ + "." + key; }
  const json* take(const char* key, bool required) {
    known_.insert(key);
    if (!present_) return nullptr;
    const auto found = section_.find(key);
    if (found != section_.end()) return &*found;
    if (required) mistakes_.push_back(path(key) + ": missing");
    return nullptr;
  }

  std::string name_;
  json section_;
  bool present_ = false;
  std::set<std::string> known_;
  std::vector<std::string>& mistakes_;
};

void read_vision(const json& root, VisionConfig& vision, std::vector<std::string>& mistakes) {
  Section section(root, "vision", true, mistakes);
  if (section.has("image_size")) {
    section.whole("image_size", vision.image_height, 4096);
    vision.image_width = vision.image_height;
  } else {
    section.whole("image_height", vision.image_height, 4096);
    section.whole("image_width", vision.image_width, 4096);
  }
  section.whole("frames", vision.frames, 4096);
  section.whole("patch", vision.patch, 256);
  section.whole("frame_patch", vision.frame_patch, 64);
  section.whole("dim", vision.dim, dimension_max);
  section.whole("depth", vision.depth, layers_max);
  section.whole("heads", vision.heads, 1024);
  section.whole("dim_head", vision.dim_head, 1024);
  section.whole("mlp", vision.mlp, dimension_max);
}

void read_perceiver(const json& root, PerceiverConfig& perceiver, std::vector<std::string>& mistakes) {
  Section section(root, "perceiver", true, mistakes);
  section.whole("depth", perceiver.depth, layers_max);
  section.whole("latents", perceiver.latents, 1024);
  section.whole("heads", perceiver.heads, 1024);
  section.whole("dim_head", perceiver.dim_head, 1024);
  section.whole("ff_mult", perceiver.ff_mult, 64);
}

void read_llama(const json& root, LlamaConfig& llama, std::vector<std::string>& mistakes) {
  Section section(root, "llama", true, mistakes);
  section.whole("vocab", llama.vocab, 1 << 20);
  section.whole("hidden", llama.hidden, language_width_max);
  section.whole("mlp", llama.mlp, language_width_max);
  section.whole("layers", llama.layers, layers_max);
  section.whole("heads", llama.heads, 1024);
  section.number("rms_norm_eps", llama.rms_norm_eps, 1e-12, 1e-2);
  section.number("rope_base", llama.rope_base, 2, 1e9);
  section.whole("context", llama.context, 1 << 16, false);
  // The authors' configuration carries these two; generation stops at 1 and 2 whatever they say.
  section.ignore("bos_token_id");
  section.ignore("eos_token_id");
}

// What the sizes must have in common for the network to be built at all.
void check_together(const ModelConfig& config, std::vector<std::string>& mistakes) {
  const auto& [vision, perceiver, llama, input, seed, type] = config;
  if (vision.image_height % vision.patch || vision.image_width % vision.patch)
    mistakes.push_back("vision.patch: must divide image_height and image_width");
  if (vision.frames % vision.frame_patch) mistakes.push_back("vision.frame_patch: must divide frames");
  if (vision.dim % 3) mistakes.push_back("vision.dim: must divide by 3 (row, column and depth positions)");
  if (llama.hidden % llama.heads)
    mistakes.push_back("llama.heads: must divide hidden");
  else if (llama.head_width() % 2)
    mistakes.push_back("llama.heads: hidden / heads must be even (rotary halves)");
  if (llama.vocab < 3) mistakes.push_back("llama.vocab: must hold the three control tokens");
  if (input.depth_max % vision.frame_patch || input.depth_max > vision.frames)
    mistakes.push_back("input.depth_max: must be a multiple of vision.frame_patch and at most vision.frames");
  if (input.volume_side) {
    if (vision.image_height != vision.image_width)
      mistakes.push_back("input.volume_side: needs image_height and image_width to be equal");
    else if (vision.image_height % input.volume_side || input.volume_side % vision.patch)
      mistakes.push_back("input.volume_side: must divide image_size and be a multiple of vision.patch");
  }
  if (input.volume_depth % vision.frame_patch || input.volume_depth > input.depth_max)
    mistakes.push_back("input.volume_depth: must be a multiple of vision.frame_patch and at most input.depth_max");
  if (perceiver.latents + 4 > llama.context)
    mistakes.push_back("llama.context: has no room for one image (perceiver.latents tokens)");
  if (type && !seed.empty()) mistakes.push_back("weights_type: is of weights in files; drawn ones (weights_seed) have none");
}

TensorSpec spec(std::string name, std::vector<std::int64_t> shape) {
  return {std::move(name), std::move(shape)};
}

void add_norm(std::vector<TensorSpec>& list, const std::string& name, std::int64_t width) {
  list.push_back(spec(name + ".weight", {width}));
  list.push_back(spec(name + ".bias", {width}));
}

void add_linear(std::vector<TensorSpec>& list, const std::string& name, std::int64_t out, std::int64_t in,
                bool bias) {
  list.push_back(spec(name + ".weight", {out, in}));
  if (bias) list.push_back(spec(name + ".bias", {out}));
}

}  // namespace

std::int64_t TensorSpec::values() const {
  std::int64_t product = 1;
  for (const auto size : shape) product *= size;
  return product;
}

Result<ModelConfig> parse_model_config(std::string_view json_text) {
  const json root = json::parse(json_text, nullptr, false);
  if (!root.is_object())
    return permanent_error("model_config_bad",
                           "config.json is no JSON object; it must hold the model's sizes");
  ModelConfig config;
  std::vector<std::string> mistakes;
  read_vision(root, config.vision, mistakes);
  read_perceiver(root, config.perceiver, mistakes);
  read_llama(root, config.llama, mistakes);
  config.input.depth_max = std::min(64, config.vision.frames);
  {
    Section section(root, "input", false, mistakes);
    section.whole("depth_max", config.input.depth_max, 1024, false);
    section.whole("volume_side", config.input.volume_side, 4096, false);
    section.whole("volume_depth", config.input.volume_depth, 1024, false);
    section.text("prompt_template", config.input.prompt_template);
    if (!find_prompt_template(config.input.prompt_template))
      mistakes.push_back("input.prompt_template: must be one of " + prompt_template_names());
  }
  if (const auto seed = root.find("weights_seed"); seed != root.end()) {
    if (!seed->is_string() || seed->get_ref<const std::string&>().empty() ||
        seed->get_ref<const std::string&>().size() > 64)
      mistakes.push_back("weights_seed: must be a text of 1 to 64 bytes");
    else
      config.weights_seed = seed->get<std::string>();
  }
  if (const auto type = root.find("weights_type"); type != root.end()) {
    if (*type == "int8")
      config.weights_type = WeightType::int8;
    else if (*type == "int4")
      config.weights_type = WeightType::int4;
    else
      mistakes.push_back("weights_type: must be int8 or int4");
  }
  static const std::set<std::string> known = {"vision",       "perceiver",    "llama",          "input",
                                              "weights_seed", "weights_type", "image_token_ids"};
  for (const auto& [key, value] : root.items())
    if (!known.contains(key)) mistakes.push_back(key.substr(0, 60) + ": unknown key");
  if (mistakes.empty()) check_together(config, mistakes);
  if (mistakes.empty()) return config;
  std::string message = "config.json:";
  for (const auto& mistake : mistakes) message += " " + mistake + ";";
  message.back() = '.';
  return permanent_error("model_config_bad", message);
}

Result<ModelConfig> read_model_config(const std::filesystem::path& file) {
  auto text = read_file_text(file, config_bytes_max);
  if (!text) return text.error();
  return parse_model_config(*text);
}

nlohmann::json to_json(const ModelConfig& config) {
  const auto& [vision, perceiver, llama, input, seed, type] = config;
  json result = {{"vision",
                  {{"image_height", vision.image_height},
                   {"image_width", vision.image_width},
                   {"frames", vision.frames},
                   {"patch", vision.patch},
                   {"frame_patch", vision.frame_patch},
                   {"dim", vision.dim},
                   {"depth", vision.depth},
                   {"heads", vision.heads},
                   {"dim_head", vision.dim_head},
                   {"mlp", vision.mlp}}},
                 {"perceiver",
                  {{"depth", perceiver.depth},
                   {"latents", perceiver.latents},
                   {"heads", perceiver.heads},
                   {"dim_head", perceiver.dim_head},
                   {"ff_mult", perceiver.ff_mult}}},
                 {"llama",
                  {{"vocab", llama.vocab},
                   {"hidden", llama.hidden},
                   {"mlp", llama.mlp},
                   {"layers", llama.layers},
                   {"heads", llama.heads},
                   {"rms_norm_eps", llama.rms_norm_eps},
                   {"rope_base", llama.rope_base},
                   {"context", llama.context}}},
                 {"input", {{"depth_max", input.depth_max}}}};
  if (input.volume_side) result["input"]["volume_side"] = input.volume_side;
  if (input.volume_depth) result["input"]["volume_depth"] = input.volume_depth;
  if (!input.prompt_template.empty()) result["input"]["prompt_template"] = input.prompt_template;
  if (!seed.empty()) result["weights_seed"] = seed;
  if (type) result["weights_type"] = *type == WeightType::int8 ? "int8" : "int4";
  return result;
}

std::vector<TensorSpec> vision_tensors_of(const ModelConfig& config) {
  const auto& vision = config.vision;
  const auto& perceiver = config.perceiver;
  const std::int64_t dim = vision.dim;
  const std::string root = "embedding_layer.";
  const std::string encoder = root + "vision_encoder.";
  std::vector<TensorSpec> list;
  add_norm(list, encoder + "to_patch_embedding.1", vision.patch_values());
  add_linear(list, encoder + "to_patch_embedding.2", dim, vision.patch_values(), true);
  add_norm(list, encoder + "to_patch_embedding.3", dim);
  list.push_back(spec(encoder + "pos_embedding.row_embed.weight", {vision.rows(), dim / 3}));
  list.push_back(spec(encoder + "pos_embedding.col_embed.weight", {vision.columns(), dim / 3}));
  list.push_back(spec(encoder + "pos_embedding.dep_embed.weight", {vision.depths(), dim / 3}));
  const std::int64_t inner = std::int64_t{vision.heads} * vision.dim_head;
  for (int i = 0; i < vision.depth; ++i) {
    const std::string layer = encoder + "transformer.layers." + std::to_string(i);
    add_norm(list, layer + ".0.norm", dim);
    add_linear(list, layer + ".0.fn.to_qkv", 3 * inner, dim, false);
    add_linear(list, layer + ".0.fn.to_out.0", dim, inner, true);
    add_norm(list, layer + ".1.norm", dim);
    add_linear(list, layer + ".1.fn.net.0", vision.mlp, dim, true);
    add_linear(list, layer + ".1.fn.net.3", dim, vision.mlp, true);
  }
  list.push_back(spec(root + "perceiver.latents", {perceiver.latents, dim}));
  const std::int64_t media = std::int64_t{perceiver.heads} * perceiver.dim_head;
  for (int i = 0; i < perceiver.depth; ++i) {
    const std::string layer = root + "perceiver.layers." + std::to_string(i);
    add_norm(list, layer + ".0.norm_media", dim);
    add_norm(list, layer + ".0.norm_latents", dim);
    add_linear(list, layer + ".0.to_q", media, dim, false);
    add_linear(list, layer + ".0.to_kv", 2 * media, dim, false);
    add_linear(list, layer + ".0.to_out", dim, media, false);
    add_norm(list, layer + ".1.0", dim);
    add_linear(list, layer + ".1.1", dim * perceiver.ff_mult, dim, false);
    add_linear(list, layer + ".1.3", dim, dim * perceiver.ff_mult, false);
  }
  add_norm(list, root + "perceiver.norm", dim);
  add_linear(list, root + "fc", config.llama.hidden, dim, true);
  return list;
}

std::vector<TensorSpec> tensors_of(const ModelConfig& config) {
  const auto& llama = config.llama;
  const std::int64_t hidden = llama.hidden;
  std::vector<TensorSpec> list = vision_tensors_of(config);
  list.push_back(spec("embedding_layer.figure_token_weight", {2, hidden}));
  const std::string root = "lang_model.model.";
  list.push_back(spec(root + "embed_tokens.weight", {llama.vocab, hidden}));
  for (int i = 0; i < llama.layers; ++i) {
    const std::string layer = root + "layers." + std::to_string(i) + ".";
    list.push_back(spec(layer + "input_layernorm.weight", {hidden}));
    for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"})
      add_linear(list, layer + "self_attn." + name, hidden, hidden, false);
    list.push_back(spec(layer + "post_attention_layernorm.weight", {hidden}));
    add_linear(list, layer + "mlp.gate_proj", llama.mlp, hidden, false);
    add_linear(list, layer + "mlp.up_proj", llama.mlp, hidden, false);
    add_linear(list, layer + "mlp.down_proj", hidden, llama.mlp, false);
  }
  list.push_back(spec(root + "norm.weight", {hidden}));
  list.push_back(spec("lang_model.lm_head.weight", {llama.vocab, hidden}));
  return list;
}

std::int64_t parameters_of(const ModelConfig& config) {
  std::int64_t sum = 0;
  for (const auto& tensor : tensors_of(config)) sum += tensor.values();
  return sum;
}

}  // namespace radfm::model
