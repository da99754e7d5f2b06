// SPDX-License-Identifier: Apache-2.0
#include "core/json_section.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>

namespace radfm {
namespace {

using Json = nlohmann::json;

constexpr std::size_t shown_key_bytes_max = 64;

const Json& empty_object() {
  static const Json empty = Json::object();
  return empty;
}

// Levenshtein's distance, a row at a time; an exchange of neighbours counts two, which `nearest_word` allows for.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  std::size_t distance = b.size();
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = i - 1;
    distance = row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      distance = row[j] = std::min({row[j] + 1, distance + 1, change});
    }
  }
  return distance;
}

std::string range_text(std::int64_t min, std::int64_t max) {
  return "an integer from " + std::to_string(min) + " to " + std::to_string(max);
}

std::string shown_key(const std::string& key) {
  std::string shown = key.substr(0, shown_key_bytes_max);
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return shown;
}

}  // namespace

std::optional<std::string> nearest_word(std::string_view word, const std::set<std::string>& candidates) {
  if (word.size() > shown_key_bytes_max) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance || distance >= candidate.size()) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

JsonSection::JsonSection(const Json& json, std::string path, std::vector<JsonMistake>* mistakes)
    : json_(&json), path_(std::move(path)), mistakes_(mistakes) {
  if (json_->is_object()) return;
  mistakes_->push_back({path_, "expected an object { ... }"});
  json_ = &empty_object();
}

bool JsonSection::has(const std::string& key) const { return json_->contains(key); }

bool JsonSection::is_null(const std::string& key) const { return has(key) && json_->at(key).is_null(); }

std::string JsonSection::full_key(const std::string& key) const {
  const std::string shown = shown_key(key);
  return path_.empty() ? shown : path_ + "." + shown;
}

void JsonSection::mistake(const std::string& key, const std::string& text) {
  mistakes_->push_back({full_key(key), text});
}

void JsonSection::expect(const std::string& key, const std::string& what) { mistake(key, "expected " + what); }

const Json* JsonSection::find(const std::string& key) {
  known_.insert(key);
  const auto found = json_->find(key);
  return found == json_->end() ? nullptr : &*found;
}

void JsonSection::text(const std::string& key, std::string* target) {
  const Json* value = find(key);
  if (!value) return;
  if (!value->is_string()) return expect(key, "a text in double quotes");
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > configuration_text_bytes_max) {
    return expect(key, "a text of at most " + std::to_string(configuration_text_bytes_max) + " bytes");
  }
  if (text.find('\0') != std::string::npos) return expect(key, "a text without the character NUL");
  *target = text;
}

void JsonSection::text_of(const std::string& key, std::string* target, const std::vector<std::string>& allowed) {
  std::string value = *target;
  text(key, &value);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) {
    *target = value;
    return;
  }
  std::string list;
  for (const auto& entry : allowed) list += (list.empty() ? "" : " or ") + entry;
  expect(key, list);
}

void JsonSection::texts(const std::string& key, std::vector<std::string>* target) {
  const Json* value = find(key);
  if (!value) return;
  if (!value->is_array() || value->size() > configuration_list_entries_max) {
    return expect(key, "a list of at most " + std::to_string(configuration_list_entries_max) + " texts [\"...\"]");
  }
  std::vector<std::string> list;
  for (const auto& entry : *value) {
    if (!entry.is_string() || entry.get_ref<const std::string&>().empty() ||
        entry.get_ref<const std::string&>().size() > configuration_text_bytes_max) {
      return expect(key, "a list of texts, none of them empty");
    }
    list.push_back(entry.get<std::string>());
  }
  *target = std::move(list);
}

void JsonSection::number(const std::string& key, std::int64_t* target, std::int64_t min, std::int64_t max) {
  const Json* value = find(key);
  if (!value) return;
  const bool too_large = value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (!value->is_number_integer() || too_large) return expect(key, range_text(min, max));
  const auto number = value->get<std::int64_t>();
  if (number < min || number > max) return expect(key, range_text(min, max));
  *target = number;
}

void JsonSection::number(const std::string& key, int* target, int min, int max) {
  std::int64_t wide = *target;
  number(key, &wide, std::int64_t{min}, std::int64_t{max});
  *target = static_cast<int>(wide);
}

void JsonSection::number(const std::string& key, double* target, double min, double max) {
  const Json* value = find(key);
  if (!value) return;
  const double number = value->is_number() ? value->get<double>() : max + 1;
  if (!(number >= min && number <= max)) {
    std::ostringstream range;
    range << "a number from " << min << " to " << max;
    return expect(key, range.str());
  }
  *target = number;
}

void JsonSection::number(const std::string& key, std::optional<int>* target, int min, int max) {
  if (!has(key)) {
    known_.insert(key);
    return;
  }
  if (is_null(key)) {
    known_.insert(key);
    target->reset();
    return;
  }
  const std::size_t before = mistakes_->size();
  int value = min;
  number(key, &value, min, max);
  if (mistakes_->size() == before) *target = value;
}

void JsonSection::boolean(const std::string& key, bool* target) {
  const Json* value = find(key);
  if (!value) return;
  if (!value->is_boolean()) return expect(key, "true or false");
  *target = value->get<bool>();
}

void JsonSection::path(const std::string& key, std::filesystem::path* target, const std::filesystem::path& base) {
  std::string value;
  text(key, &value);
  if (!has(key)) {
    if (!target->empty() && target->is_relative()) *target = (base / *target).lexically_normal();
    return;
  }
  if (value.empty()) {
    if (json_->at(key).is_string() && json_->at(key).get_ref<const std::string&>().empty()) expect(key, "a path");
    return;
  }
  *target = (base / value).lexically_normal();  // an absolute value replaces the base
}

JsonSection JsonSection::section(const std::string& key) {
  const Json* value = find(key);
  return JsonSection(value ? *value : empty_object(), full_key(key), mistakes_);
}

std::vector<JsonSection> JsonSection::sections(const std::string& key) {
  std::vector<JsonSection> list;
  const Json* value = find(key);
  if (!value) return list;
  if (!value->is_array() || value->size() > configuration_list_entries_max) {
    expect(key, "a list of at most " + std::to_string(configuration_list_entries_max) + " objects [{ ... }]");
    return list;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    list.emplace_back((*value)[i], full_key(key) + "[" + std::to_string(i) + "]", mistakes_);
  }
  return list;
}

void JsonSection::require(const std::string& key, const std::string& what) {
  if (!has(key)) mistake(key, "missing; required: " + what);
}

void JsonSection::finish() {
  for (const auto& [key, value] : json_->items()) {
    if (known_.contains(key)) continue;
    const auto near = nearest_word(key, known_);
    mistake(key, near ? "unknown key; did you mean " + *near + "?" : std::string("unknown key; remove it"));
  }
}

}  // namespace radfm
