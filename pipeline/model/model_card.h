// SPDX-License-Identifier: Apache-2.0
// card.json of a model directory: who the model is.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::model {

inline constexpr std::size_t card_bytes_max = 256u << 10;
inline constexpr std::size_t card_text_bytes_max = 4096;

// {"name", "version", "licence", "intended_use", "weights", "digest"}; all texts, the last two may be absent.
struct ModelCard {
  std::string name, version, licence, intended_use;
  std::string weights;  // where they come from, for people
  std::string digest;   // of the weights; checked when they are loaded
};

// permanent "model_card_bad" lists every mistake with its key.
Result<ModelCard> parse_model_card(std::string_view json_text);
Result<ModelCard> read_model_card(const std::filesystem::path& file);
nlohmann::json to_json(const ModelCard& card);

}  // namespace radfm::model
