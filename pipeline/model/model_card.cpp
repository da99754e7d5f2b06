// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/model_card.h"

#include <nlohmann/json.hpp>

#include "pipeline/model/file_text.h"

namespace radfm::model {

using nlohmann::json;

namespace {

void take_texts(const json& root, const char* key, std::vector<std::string>& texts, std::string& wrong) {
  const auto found = root.find(key);
  if (found == root.end()) return;
  bool good = found->is_array() && found->size() <= card_texts_max;
  for (std::size_t i = 0; good && i < found->size(); ++i) {
    const json& text = (*found)[i];
    good = text.is_string() && text.get_ref<const std::string&>().size() <= card_text_bytes_max;
    if (good) texts.push_back(text.get<std::string>());
  }
  if (!good) {
    wrong += std::string(" ") + key + ": must be a list of at most " + std::to_string(card_texts_max) + " texts of at most " +
             std::to_string(card_text_bytes_max) + " bytes;";
  }
}

}  // namespace

Result<ModelCard> parse_model_card(std::string_view json_text) {
  const json root = json::parse(json_text, nullptr, false);
  if (!root.is_object()) return permanent_error("model_card_bad", "card.json is no JSON object");
  ModelCard card;
  std::string wrong;
  const auto take = [&](const char* key, std::string& value, bool required, std::size_t bytes_max = card_text_bytes_max) {
    const auto found = root.find(key);
    if (found == root.end()) {
      if (required) wrong += std::string(" ") + key + ": missing;";
    } else if (!found->is_string() || found->get_ref<const std::string&>().size() > bytes_max) {
      wrong += std::string(" ") + key + ": must be a text of at most " + std::to_string(bytes_max) + " bytes;";
    } else {
      value = found->get<std::string>();
    }
  };
  take("name", card.name, true);
  take("version", card.version, true);
  take("licence", card.licence, true);
  take("intended_use", card.intended_use, true);
  take("notice", card.notice, false, card_notice_bytes_max);
  if (card.notice.find_first_of("\r\n") != std::string::npos) wrong += " notice: must be one line;";
  take("trained_on", card.trained_on, false);
  take_texts(root, "accuracy", card.accuracy, wrong);
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
  if (!card.notice.empty()) result["notice"] = card.notice;
  if (!card.trained_on.empty()) result["trained_on"] = card.trained_on;
  if (!card.accuracy.empty()) result["accuracy"] = card.accuracy;
  if (!card.weights.empty()) result["weights"] = card.weights;
  if (!card.digest.empty()) result["digest"] = card.digest;
  return result;
}

}  // namespace radfm::model
