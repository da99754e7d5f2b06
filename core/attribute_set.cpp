// SPDX-License-Identifier: Apache-2.0
#include "core/attribute_set.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace radfm {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

std::string tag_name(std::uint32_t tag) {
  std::string name(8, '0');
  for (std::size_t i = 0; i < name.size(); ++i) name[i] = hex_digits[(tag >> (28U - 4U * i)) & 0xFU];
  return name;
}

std::optional<std::uint32_t> parse_tag(std::string_view name) {
  if (name.size() != 8) return std::nullopt;
  std::uint32_t tag = 0;
  for (const char c : name) {
    const char upper = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    const std::size_t digit = hex_digits.find(upper);
    if (digit == std::string_view::npos) return std::nullopt;
    tag = (tag << 4U) | static_cast<std::uint32_t>(digit);
  }
  return tag;
}

bool is_private(std::uint32_t tag) { return ((tag >> 16U) & 1U) != 0; }

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

AttributeSet read_set(const nlohmann::json& json, int depth);

std::optional<Attribute> read_attribute(const nlohmann::json& json, int depth) {
  if (!json.is_object()) return std::nullopt;
  Attribute attribute;
  attribute.vr = text_at(json, "vr");
  if (attribute.vr.size() != 2) return std::nullopt;
  if (attribute.vr != "SQ") {
    attribute.value = text_at(json, "value");
    return attribute;
  }
  const auto items = json.find("items");
  if (items == json.end() || !items->is_array() || depth >= attribute_nesting_max) return attribute;
  for (const auto& item : *items) attribute.items.push_back(read_set(item, depth + 1));
  return attribute;
}

AttributeSet read_set(const nlohmann::json& json, int depth) {
  AttributeSet set;
  if (!json.is_object()) return set;
  for (const auto& [name, value] : json.items()) {
    const auto tag = parse_tag(name);
    if (!tag || is_private(*tag)) continue;
    if (auto attribute = read_attribute(value, depth)) set.emplace(*tag, std::move(*attribute));
  }
  return set;
}

}  // namespace

const std::string& attribute_value(const AttributeSet& set, std::uint32_t tag) {
  static const std::string empty;
  const auto found = set.find(tag);
  return found == set.end() ? empty : found->second.value;
}

nlohmann::json to_json(const AttributeSet& set) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [tag, attribute] : set) {
    if (is_private(tag)) continue;
    nlohmann::json entry = {{"vr", attribute.vr}};
    if (attribute.vr == "SQ") {
      entry["items"] = nlohmann::json::array();
      for (const auto& item : attribute.items) entry["items"].push_back(to_json(item));
    } else {
      entry["value"] = attribute.value;
    }
    json[tag_name(tag)] = std::move(entry);
  }
  return json;
}

AttributeSet attribute_set_from_json(const nlohmann::json& json) { return read_set(json, 0); }

}  // namespace radfm
