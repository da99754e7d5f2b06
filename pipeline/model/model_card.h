// SPDX-License-Identifier: Apache-2.0
// card.json of a model directory: who the model is.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace radfm::model {

inline constexpr std::size_t card_bytes_max = 256u << 10;
inline constexpr std::size_t card_text_bytes_max = 4096;
inline constexpr std::size_t card_notice_bytes_max = 400;  // it stands at the head of each report
inline constexpr std::size_t card_texts_max = 64;          // of a list

// {"name", "version", "licence", "intended_use", "notice", "trained_on", "accuracy": [...], "weights", "digest"}: texts, and a
// list of texts; all from "notice" on may be absent.
struct ModelCard {
  std::string name, version, licence, intended_use;
  std::string notice;      // first line of every report that the model writes; one line
  std::string trained_on;
  std::vector<std::string> accuracy;  // as measured, each with how
  std::string weights;  // where they come from, for people
  std::string digest;   // of the weights; checked when they are loaded
};

// permanent "model_card_bad" lists every mistake with its key.
Result<ModelCard> parse_model_card(std::string_view json_text);
Result<ModelCard> read_model_card(const std::filesystem::path& file);
nlohmann::json to_json(const ModelCard& card);

}  // namespace radfm::model
