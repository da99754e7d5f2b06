// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/weight_index.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "pipeline/model/checkpoint/refusal.h"

namespace radfm::model {
namespace {

using nlohmann::json;

constexpr int index_nesting_max = 8;
constexpr std::size_t shard_name_bytes_max = 200;

// A plain file name in the index's own folder.
bool is_shard_name(const std::string& name) {
  if (name.empty() || name.size() > shard_name_bytes_max || name.front() == '.' ||
      (!name.ends_with(".safetensors") && !name.ends_with(".bin")))
    return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

Result<std::map<std::string, std::string>> parse_weight_index(const std::string& file_name,
                                                              std::string_view json_text) {
  const auto bad = [&](const char* reason, const std::string& sentence) {
    return refusal(file_name, reason, sentence);
  };
  std::set<std::string> keys;
  std::string repeated;
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > index_nesting_max) too_deep = true;
    if (event == json::parse_event_t::key && depth == 2 && !keys.insert(parsed.get<std::string>()).second)
      repeated = parsed.get<std::string>();
    return !too_deep;
  };
  const json index = json::parse(json_text, watch, false);
  if (too_deep) return bad("bad_json", "it is nested deeper than any index");
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object())
    return bad("bad_json", "it holds no \"weight_map\" object");
  if (!repeated.empty())
    return bad("duplicate_tensor", "tensor '" + printable(repeated) + "' stands in it twice");
  std::map<std::string, std::string> map;
  std::set<std::string> shards;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    if (!shard.is_string()) return bad("bad_json", "a file name in \"weight_map\" is no text");
    if (!is_shard_name(shard.get<std::string>()))
      return bad("bad_shard_name",
                 "it names a file that is no plain *.safetensors or *.bin name in its own folder");
    map.emplace(name, shard.get<std::string>());
    shards.insert(shard.get<std::string>());
  }
  if (shards.size() > checkpoint_shards_max)
    return bad("bad_json", "it names more than " + std::to_string(checkpoint_shards_max) + " files");
  return map;
}

}  // namespace radfm::model
