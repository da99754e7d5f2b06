// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "pipeline/model/file_text.h"

namespace radfm::model {
namespace {

using nlohmann::json;

constexpr const char* index_name = "model.safetensors.index.json";
constexpr const char* single_name = "model.safetensors";

std::string joined(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const auto size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

void append_list(std::string& message, const char* title, const std::vector<std::string>& entries) {
  constexpr std::size_t shown_max = 30;
  if (entries.empty()) return;
  message += std::string(" ") + title + " (" + std::to_string(entries.size()) + "):";
  for (std::size_t i = 0; i < std::min(entries.size(), shown_max); ++i)
    message += (i ? ", " : " ") + entries[i];
  if (entries.size() > shown_max) message += ", ...";
  message += ".";
}

// Modules of the published checkpoint that inference does not use.
bool is_training_module(const std::string& name) {
  for (const char* part : {"bert_model", "bert_projection_fc", "transformer_decoder", "output_upscaling",
                           "cls_head", "rotary_emb.inv_freq"})
    if (name.find(part) != std::string::npos) return true;
  return name == "embedding_layer.weight";  // the same tensor as embed_tokens
}

// A plain file name in the index's own folder.
bool is_shard_name(const std::string& name) {
  if (name.empty() || name.size() > 200 || name.front() == '.' || !name.ends_with(".safetensors"))
    return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

Result<std::map<std::string, std::string>> read_weight_map(const std::filesystem::path& index_file) {
  auto text = read_file_text(index_file, checkpoint_index_bytes_max);
  if (!text) return text.error();
  const auto bad = [&](const std::string& reason, const std::string& sentence) {
    return permanent_error("checkpoint_" + reason, index_file.filename().string() + ": " + sentence);
  };
  const json index = json::parse(*text, nullptr, false);
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object())
    return bad("bad_json", "it holds no \"weight_map\" object");
  std::map<std::string, std::string> map;
  std::set<std::string> shards;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    if (!shard.is_string()) return bad("bad_json", "a file name in \"weight_map\" is no text");
    if (!is_shard_name(shard.get<std::string>()))
      return bad("bad_shard_name", "it names a file that is no plain *.safetensors name in its own folder");
    map.emplace(name, shard.get<std::string>());
    shards.insert(shard.get<std::string>());
  }
  if (shards.size() > checkpoint_shards_max)
    return bad("bad_json", "it names more than " + std::to_string(checkpoint_shards_max) + " files");
  return map;
}

}  // namespace

Result<Checkpoint> Checkpoint::open_file(const std::filesystem::path& file) {
  auto opened = SafetensorsFile::open(file);
  if (!opened) return opened.error();
  Checkpoint checkpoint;
  checkpoint.tensors_ = opened->tensors();
  checkpoint.files_.push_back(std::move(opened).value());
  return checkpoint;
}

Result<Checkpoint> Checkpoint::open_index(const std::filesystem::path& index_file) {
  auto map = read_weight_map(index_file);
  if (!map) return map.error();
  Checkpoint checkpoint;
  std::map<std::string, std::size_t> opened;
  for (const auto& [name, shard] : *map) {
    if (!opened.contains(shard)) {
      const auto path = index_file.parent_path() / shard;
      std::error_code error;
      if (!std::filesystem::exists(path, error))
        return permanent_error("checkpoint_missing_shard",
                               "the index names " + shard + ", which is not beside it; copy it there");
      auto file = SafetensorsFile::open(path);
      if (!file) return file.error();
      opened.emplace(shard, checkpoint.files_.size());
      checkpoint.files_.push_back(std::move(file).value());
    }
    const auto& tensors = checkpoint.files_[opened.at(shard)].tensors();
    const auto found = tensors.find(name);
    if (found == tensors.end())
      return permanent_error("checkpoint_missing_tensor", shard + " does not hold " + name.substr(0, 100) +
                                                              ", which the index places there");
    checkpoint.tensors_.emplace(name, found->second);
  }
  return checkpoint;
}

Result<std::optional<Checkpoint>> Checkpoint::find(const std::filesystem::path& model_directory) {
  std::error_code error;
  for (const char* name : {index_name, single_name}) {
    const auto path = model_directory / name;
    if (!std::filesystem::exists(path, error)) continue;
    auto opened = name == index_name ? open_index(path) : open_file(path);
    if (!opened) return opened.error();
    return std::optional<Checkpoint>(std::move(opened).value());
  }
  return std::optional<Checkpoint>();
}

Status Checkpoint::check(const std::vector<TensorSpec>& needed) const {
  std::vector<std::string> missing, no_weight, misshapen, unknown;
  std::set<std::string> needed_names;
  for (const auto& spec : needed) {
    needed_names.insert(spec.name);
    const auto found = tensors_.find(spec.name);
    if (found == tensors_.end())
      missing.push_back(spec.name);
    else if (!found->second.type)
      no_weight.push_back(spec.name + " is " + found->second.dtype);
    else if (found->second.shape != spec.shape)
      misshapen.push_back(spec.name + " is " + joined(found->second.shape) + ", must be " +
                          joined(spec.shape));
  }
  if (missing.empty() && no_weight.empty() && misshapen.empty()) return {};
  for (const auto& [name, view] : tensors_)
    if (!needed_names.contains(name) && !is_training_module(name)) unknown.push_back(name.substr(0, 100));
  std::string message = "the weights do not fit config.json.";
  append_list(message, "Missing", missing);
  append_list(message, "Not F32, F16 or BF16", no_weight);
  append_list(message, "Wrong shape", misshapen);
  append_list(message, "Not needed", unknown);
  const char* code = !missing.empty()     ? "checkpoint_missing_tensor"
                     : !no_weight.empty() ? "checkpoint_wrong_dtype"
                                          : "checkpoint_wrong_shape";
  return permanent_error(code, message);
}

const TensorView& Checkpoint::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) broken_invariant("a tensor was asked for that the checkpoint does not hold");
  return found->second;
}

}  // namespace radfm::model
