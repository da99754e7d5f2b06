// SPDX-License-Identifier: Apache-2.0
// One object of the configuration: takes known keys with their types and ranges, and collects every mistake instead of
// stopping at the first. A value that is wrong leaves its target as it was. For use inside one call; not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace radfm {

inline constexpr std::size_t configuration_text_bytes_max = 4'096;   // one string
inline constexpr std::size_t configuration_list_entries_max = 1'000;  // one array

// Where and what: "queue.lease_ms", "expected an integer from 1000 to 86400000".
struct JsonMistake {
  std::string key, text;
};

class JsonSection {
 public:
  // `json` and `mistakes` must outlive the section. `path` names it in messages: "queue", "rules[2].match".
  JsonSection(const nlohmann::json& json, std::string path, std::vector<JsonMistake>* mistakes);

  bool has(const std::string& key) const;
  bool is_null(const std::string& key) const;

  void text(const std::string& key, std::string* target);
  void text_of(const std::string& key, std::string* target, const std::vector<std::string>& allowed);
  void texts(const std::string& key, std::vector<std::string>* target);  // non-empty texts
  void number(const std::string& key, std::int64_t* target, std::int64_t min, std::int64_t max);
  void number(const std::string& key, int* target, int min, int max);
  void number(const std::string& key, std::optional<int>* target, int min, int max);  // null: nothing
  void number(const std::string& key, double* target, double min, double max);        // with or without decimals
  void boolean(const std::string& key, bool* target);
  void path(const std::string& key, std::filesystem::path* target, const std::filesystem::path& base);

  // The object at `key`, an empty one when it is absent or none (then a mistake).
  JsonSection section(const std::string& key);
  // The objects of the array at `key`.
  std::vector<JsonSection> sections(const std::string& key);

  void require(const std::string& key, const std::string& what);
  void mistake(const std::string& key, const std::string& text);
  void expect(const std::string& key, const std::string& what);  // "expected <what>"
  // Every key that was not asked for is a mistake that names the nearest known one. Call it last.
  void finish();

 private:
  const nlohmann::json* find(const std::string& key);
  std::string full_key(const std::string& key) const;

  const nlohmann::json* json_;
  std::string path_;
  std::vector<JsonMistake>* mistakes_;
  std::set<std::string> known_;
};

// The candidate with the smallest edit distance, if it is near enough to be a slip of the keyboard.
std::optional<std::string> nearest_word(std::string_view word, const std::set<std::string>& candidates);

}  // namespace radfm
