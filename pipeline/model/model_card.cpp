// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/model_card.h"

#include <nlohmann/json.hpp>

#include "pipeline/model/file_text.h"

namespace radfm::model {

using nlohmann::json;

Result<ModelCard> parse_model_card(std::string_view json_text) {
  const json root = json::parse(json_text, nullptr, false);
  if (!root.is_object()) return permanent_error("model_card_bad", "card.json is no JSON object");
  ModelCard card;
  std::string wrong;
  const auto take = [&](const char* key, std::string& value, bool required) {
    const auto found = root.find(key);
    if (found == root.end()) {
      if (required) wrong += std::string(" ") + key + ": missing;";
    } else if (!found->is_string() || found->get_ref<const std::string&>().size() > card_text_bytes_max) {
      wrong += std::string(" ") + key + ": must be a text of at most " + std::to_string(card_text_bytes_max) +
               " bytes;";
    } else {
      value = found->get<std::string>();
    }
  };
  take("name", card.name, true);
  take("version", card.version, true);
  take("licence", card.licence, true);
  take("intended_use", card.intended_use, true);
  take("weights", card.weights, false);
  take("digest", card.digest, false);
  if (!wrong.empty()) return permanent_error("model_card_bad", "card.json:" + wrong);
  return card;
}

Result<ModelCard> read_model_card(const std::filesystem::path& file) {
  auto text = read_file_text(file, card_bytes_max);
  if (!text) return text.error();
  return parse_model_card(*text);
}

json to_json(const ModelCard& card) {
  json result = {{"name", card.name},
                 {"version", card.version},
                 {"licence", card.licence},
                 {"intended_use", card.intended_use}};
  if (!card.weights.empty()) result["weights"] = card.weights;
  if (!card.digest.empty()) result["digest"] = card.digest;
  return result;
}

}  // namespace radfm::model
