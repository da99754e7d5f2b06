// SPDX-License-Identifier: Apache-2.0
// Fields of a JSON object that came from a process which a hostile file may have broken: a field that is absent or of
// another type is its default, never an exception.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace radfm::process {

inline const nlohmann::json& field(const nlohmann::json& object, const char* key) {
  static const nlohmann::json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

inline std::string text_field(const nlohmann::json& object, const char* key) {
  const nlohmann::json& value = field(object, key);
  return value.is_string() ? value.get_ref<const std::string&>() : std::string();
}

inline std::int64_t integer_field(const nlohmann::json& object, const char* key, std::int64_t otherwise = 0) {
  const nlohmann::json& value = field(object, key);
  if (!value.is_number_integer()) return otherwise;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max())) {
    return otherwise;
  }
  return value.get<std::int64_t>();
}

// A count or a size: `otherwise` also when it is negative or over an int.
inline int int_of(const nlohmann::json& value, int otherwise = 0) {
  if (!value.is_number_integer()) return otherwise;
  const auto number = value.get<std::int64_t>();  // an unsigned one that does not fit comes out negative
  return number < 0 || number > std::numeric_limits<int>::max() ? otherwise : static_cast<int>(number);
}
inline int int_field(const nlohmann::json& object, const char* key, int otherwise = 0) {
  return int_of(field(object, key), otherwise);
}

inline double number_field(const nlohmann::json& object, const char* key) {
  const nlohmann::json& value = field(object, key);
  return value.is_number() ? value.get<double>() : 0.0;
}

inline bool flag_field(const nlohmann::json& object, const char* key, bool otherwise = false) {
  const nlohmann::json& value = field(object, key);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

inline std::vector<std::string> texts_field(const nlohmann::json& object, const char* key) {
  std::vector<std::string> texts;
  const nlohmann::json& value = field(object, key);
  if (!value.is_array()) return texts;
  for (const nlohmann::json& item : value) {
    if (item.is_string()) texts.push_back(item.get_ref<const std::string&>());
  }
  return texts;
}

// Counts and sizes; what is none is 0, so that the places of the others stay.
inline std::vector<int> ints_field(const nlohmann::json& object, const char* key) {
  std::vector<int> numbers;
  const nlohmann::json& value = field(object, key);
  if (!value.is_array()) return numbers;
  for (const nlohmann::json& item : value) numbers.push_back(int_of(item));
  return numbers;
}

}  // namespace radfm::process
