// SPDX-License-Identifier: Apache-2.0
// The weights of a model directory: model.safetensors, or the shards that model.safetensors.index.json names
// ({"weight_map": {"tensor name": "model-00001-of-00003.safetensors"}}).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/safetensors.h"

namespace radfm::model {

inline constexpr std::size_t checkpoint_shards_max = 1000;
inline constexpr std::size_t checkpoint_index_bytes_max = 16u << 20;

// Maps its files. Copies share the mappings. Safe to read from any thread.
class Checkpoint {
 public:
  // The index file if it is there, else model.safetensors, else nothing (a model whose weights come from a
  // seed). Errors (permanent): those of SafetensorsFile, and "checkpoint_missing_shard",
  // "checkpoint_bad_shard_name" (a name that could leave the folder), "checkpoint_missing_tensor",
  // "checkpoint_bad_json" (the index).
  static Result<std::optional<Checkpoint>> find(const std::filesystem::path& model_directory);
  static Result<Checkpoint> open_file(const std::filesystem::path& file);
  static Result<Checkpoint> open_index(const std::filesystem::path& index_file);

  // Every needed tensor is there with its shape and a weight's type, or one message lists all that is missing
  // or wrong
  // ("checkpoint_missing_tensor", "checkpoint_wrong_dtype", "checkpoint_wrong_shape"). Tensors that are not
  // needed are no mistake by themselves (the authors' checkpoint has many); beside a mistake the message
  // names the unknown ones.
  Status check(const std::vector<TensorSpec>& needed) const;

  bool holds(const std::string& name) const { return tensors_.contains(name); }
  const TensorView& at(const std::string& name) const;  // must be there

 private:
  std::vector<SafetensorsFile> files_;
  std::map<std::string, TensorView> tensors_;
};

}  // namespace radfm::model
