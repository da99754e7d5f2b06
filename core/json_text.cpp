// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace radfm {
namespace {

using Json = nlohmann::json;

// nlohmann keeps the last of two equal keys silently; an administrator who edits the first one would wonder for long.
class DoubledKeys {
 public:
  explicit DoubledKeys(std::vector<JsonMistake>* mistakes) : mistakes_(mistakes) {}

  void see(Json::parse_event_t event, const Json& value) {
    switch (event) {
      case Json::parse_event_t::object_start:
        count_entry();
        levels_.push_back({});
        break;
      case Json::parse_event_t::array_start:
        count_entry();
        levels_.push_back({});
        levels_.back().is_array = true;
        break;
      case Json::parse_event_t::object_end:
      case Json::parse_event_t::array_end:
        levels_.pop_back();
        break;
      case Json::parse_event_t::key:
        see_key(value.get<std::string>());
        break;
      case Json::parse_event_t::value:
        count_entry();
        break;
    }
  }

 private:
  struct Level {
    std::set<std::string> keys;
    std::string key;
    std::size_t entries = 0;
    bool is_array = false;
  };

  void count_entry() {
    if (!levels_.empty()) ++levels_.back().entries;
  }

  void see_key(const std::string& key) {
    levels_.back().key = key;
    if (levels_.back().keys.insert(key).second) return;
    std::string path;
    for (const auto& level : levels_) {
      if (level.is_array) {
        path += "[" + std::to_string(level.entries - 1) + "]";
      } else {
        path += (path.empty() ? "" : ".") + level.key;
      }
    }
    mistakes_->push_back({path, "this key stands here twice; keep one"});
  }

  std::vector<JsonMistake>* mistakes_;
  std::vector<Level> levels_;
};

// The library's own message quotes what it read last, which may be a password: only the place is taken from it.
std::string place_of(const std::string& text, std::size_t byte) {
  const std::size_t end = std::min(byte == 0 ? 0 : byte - 1, text.size());
  const auto stop = text.begin() + static_cast<std::ptrdiff_t>(end);
  const auto line = std::count(text.begin(), stop, '\n') + 1;
  const std::size_t line_start = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
  const std::size_t column = line_start == std::string::npos ? end + 1 : end - line_start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

Json parse_commented_json(const std::string& text, std::vector<JsonMistake>* mistakes) {
  DoubledKeys doubled(mistakes);
  const auto see = [&](int, Json::parse_event_t event, Json& value) {
    doubled.see(event, value);
    return true;
  };
  try {
    return Json::parse(text, see, true, true);
  } catch (const Json::parse_error& error) {
    mistakes->push_back({"", "no valid JSON at " + place_of(text, error.byte) +
                                 "; look for a missing comma, quote or bracket just before it"});
  } catch (const Json::exception&) {  // a number beyond all ranges
    mistakes->push_back({"", "no valid JSON: a number in it is too large"});
  }
  return Json(Json::value_t::discarded);
}

}  // namespace radfm
