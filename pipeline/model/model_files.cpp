// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/model_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pipeline/model/compute_type.h"
#include "pipeline/model/seed_weights.h"
#include "pipeline/model/stored_tensors.h"

namespace radfm::model {
namespace {

using nlohmann::json;

struct StoredSize {
  std::int64_t bytes = 0;
  json tensors_by_type = json::object();  // tensors of the files, by the types of their elements

  void add(const std::string& dtype, std::int64_t of_tensor) {
    bytes += of_tensor;
    tensors_by_type[dtype] = tensors_by_type.value(dtype, 0) + 1;
  }
};

StoredSize stored_size(const ModelFiles& files) {
  StoredSize size;
  for (const auto& stored : stored_tensors_of(files.config)) {
    if (files.from_seed()) {
      size.add("F32", stored.spec.values() * 4);
    } else {
      const TensorView& view = files.checkpoint->at(stored.spec.name);
      size.add(view.dtype, static_cast<std::int64_t>(view.bytes));
    }
  }
  return size;
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
    if (auto complete = files.checkpoint->check_stored(stored_tensors_of(files.config)); !complete) return complete.error();
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

void WeightsDigest::add(const std::string& name, const TensorView& mapped) {
  begin({name, mapped.shape}, mapped.dtype);
  append(mapped.data, mapped.bytes);
}

void WeightsDigest::add(const TensorSpec& tensor, const float* drawn) {
  begin(tensor, to_string(WeightType::f32));
  append(drawn, static_cast<std::size_t>(tensor.values()) * sizeof(float));
}

void WeightsDigest::begin(const TensorSpec& tensor, std::string_view dtype) {
  std::string head = tensor.name + "\n" + std::string(dtype) + "\n";
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    head += (i ? "," : "") + std::to_string(tensor.shape[i]);
  head += "\n";
  append(head.data(), head.size());
}

std::string weights_digest(const ModelFiles& files) {
  WeightsDigest digest;
  if (files.from_seed())
    for (const auto& tensor : tensors_of(files.config))
      digest.add(tensor, draw_tensor(files.config.weights_seed, tensor).data());
  else
    for (const auto& stored : stored_tensors_of(files.config))
      digest.add(stored.spec.name, files.checkpoint->at(stored.spec.name));
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
  for (const auto& tensor : vision_tensors_of(config)) vision += tensor.values();
  for (const auto& tensor : tensors_of(config)) parameters += tensor.values();
  const StoredSize stored = stored_size(files);
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
      {"dtype", compute_type_name(stored_type(files))},
      {"tensors_by_type", stored.tensors_by_type},
      {"bytes",
       {{"stored", stored.bytes},
        // The processor computes in float32, or with the quantised weights that it finds.
        {"memory_cpu", weight_bytes(config, config.weights_type.value_or(WeightType::f32))},
        {"memory_cuda", stored.bytes},
        {"cache_cpu", cache_token * 4 * config.llama.context}}},
      {"config", to_json(config)}};
}

}  // namespace radfm::model
