// SPDX-License-Identifier: Apache-2.0
// A model directory without its network: config.json (every size), card.json (who it is), tokenizer.model,
// and the weights' files. Enough to say what a model is and what it needs; links no torch.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/digest.h"
#include "core/result.h"
#include "pipeline/model/checkpoint.h"
#include "pipeline/model/model_card.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/prompt.h"

namespace radfm::model {

inline constexpr std::int64_t seed_parameters_max =
    1'000'000'000;  // an untrained model larger than that is a mistake

struct ModelFiles {
  std::filesystem::path directory;
  ModelConfig config;
  ModelCard card;
  std::optional<Checkpoint> checkpoint;  // none: weights are drawn from config.weights_seed

  bool from_seed() const { return !checkpoint.has_value(); }
  std::string weights_note() const;  // empty for weights from files
};

// Reads and checks everything but the weights' values. Errors (permanent): "model_directory_missing",
// "model_config_bad", "model_card_bad", "model_weights_missing", and those of Checkpoint.
Result<ModelFiles> open_model_files(const std::filesystem::path& directory);

// SHA-256 over the needed tensors in the order of stored_tensors_of: "name\ntype\nsize,size\n" and the bytes of
// each.
class WeightsDigest {
 public:
  // A tensor that is mapped, or one that was drawn (F32).
  void add(const std::string& name, const TensorView& mapped);
  void add(const TensorSpec& tensor, const float* drawn);
  // The same in pieces: all bytes of a tensor between one begin and the next.
  void begin(const TensorSpec& tensor, std::string_view dtype);
  void append(const void* data, std::size_t bytes) { sha_.update(data, bytes); }
  std::string hex() { return sha_.hex(); }

 private:
  Sha256 sha_;
};
// Reads all weights once (seconds for tens of gigabytes).
std::string weights_digest(const ModelFiles& files);
// permanent "model_digest_differs" when the card names another one.
Status check_digest(const ModelCard& card, const std::string& digest);

// For `radfmctl model info`: card, digest, parameters of each part, bytes on disk and in memory, sizes.
nlohmann::json model_info(const ModelFiles& files);

}  // namespace radfm::model
