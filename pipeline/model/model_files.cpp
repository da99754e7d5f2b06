// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/model_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pipeline/model/seed_weights.h"

namespace radfm::model {
namespace {

using nlohmann::json;

std::size_t stored_bytes(const ModelFiles& files, const TensorSpec& tensor) {
  if (files.from_seed()) return static_cast<std::size_t>(tensor.values()) * bytes_of(WeightType::f32);
  return files.checkpoint->at(tensor.name).bytes;
}

}  // namespace

std::string ModelFiles::weights_note() const {
  return from_seed() ? "untrained weights drawn from seed " + config.weights_seed : "";
}

Result<ModelFiles> open_model_files(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error))
    return permanent_error("model_directory_missing", "there is no model directory " + directory.string());
  // First of all: a folder with the authors' checkpoint has no config.json yet.
  auto checkpoint = Checkpoint::find(directory);
  if (!checkpoint && checkpoint.error().code == "model_not_converted") return checkpoint.error();
  ModelFiles files;
  files.directory = directory;
  auto config = read_model_config(directory / "config.json");
  if (!config) return config.error();
  files.config = std::move(config).value();
  auto card = read_model_card(directory / "card.json");
  if (!card) return card.error();
  files.card = std::move(card).value();
  if (!checkpoint) return checkpoint.error();
  files.checkpoint = std::move(checkpoint).value();
  if (files.checkpoint) {
    if (auto complete = files.checkpoint->check(tensors_of(files.config)); !complete) return complete.error();
  } else if (files.config.weights_seed.empty()) {
    return permanent_error(
        "model_weights_missing",
        directory.string() + " holds neither model.safetensors nor model.safetensors.index.json");
  } else if (parameters_of(files.config) > seed_parameters_max) {
    return permanent_error("model_weights_missing", "config.json: weights_seed: only for models of at most " +
                                                        std::to_string(seed_parameters_max) + " parameters");
  }
  return files;
}

void WeightsDigest::add(const TensorSpec& tensor, WeightType type, const void* data) {
  begin(tensor, type);
  append(data, static_cast<std::size_t>(tensor.values()) * bytes_of(type));
}

void WeightsDigest::begin(const TensorSpec& tensor, WeightType type) {
  std::string head = tensor.name + "\n" + std::string(to_string(type)) + "\n";
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    head += (i ? "," : "") + std::to_string(tensor.shape[i]);
  head += "\n";
  append(head.data(), head.size());
}

std::string weights_digest(const ModelFiles& files) {
  WeightsDigest digest;
  for (const auto& tensor : tensors_of(files.config)) {
    if (files.from_seed()) {
      digest.add(tensor, WeightType::f32, draw_tensor(files.config.weights_seed, tensor).data());
    } else {
      const auto& view = files.checkpoint->at(tensor.name);
      digest.add(tensor, *view.type, view.data);
    }
  }
  return digest.hex();
}

Status check_digest(const ModelCard& card, const std::string& digest) {
  if (card.digest.empty() || card.digest == digest) return {};
  return permanent_error("model_digest_differs",
                         "the weights' SHA-256 is " + digest + ", card.json says " + card.digest +
                             "; the files are damaged or of another model. Copy the model directory again.");
}

nlohmann::json model_info(const ModelFiles& files) {
  const auto& config = files.config;
  std::int64_t parameters = 0, vision = 0;
  std::size_t stored = 0;
  for (const auto& tensor : vision_tensors_of(config)) vision += tensor.values();
  json types = json::object();
  for (const auto& tensor : tensors_of(config)) {
    parameters += tensor.values();
    stored += stored_bytes(files, tensor);
    const std::string type = files.from_seed() ? "F32" : files.checkpoint->at(tensor.name).dtype;
    types[type] = types.value(type, 0) + 1;
  }
  const std::string digest = weights_digest(files);
  const std::int64_t cache_token = std::int64_t{2} * config.llama.layers * config.llama.hidden;
  return {
      {"name", files.card.name},
      {"version", files.card.version},
      {"licence", files.card.licence},
      {"intended_use", files.card.intended_use},
      {"weights", files.card.weights},
      {"weights_from_seed", files.from_seed()},
      {"weights_note", files.weights_note()},
      {"digest", digest},
      {"digest_as_card_says", files.card.digest.empty() ? json(nullptr) : json(files.card.digest == digest)},
      {"parameters", {{"all", parameters}, {"vision", vision}, {"language", parameters - vision}}},
      {"tensors_by_type", types},
      {"bytes",
       {{"stored", stored},
        {"memory_cpu", parameters * 4},  // the processor computes in float32
        {"memory_cuda", stored},
        {"cache_cpu", cache_token * 4 * config.llama.context}}},
      {"config", to_json(config)}};
}

}  // namespace radfm::model
