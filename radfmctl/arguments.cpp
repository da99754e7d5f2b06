// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/arguments.h"

#include <algorithm>

namespace radfm::ctl {

Result<Arguments> Arguments::parse(const std::vector<std::string>& words, const std::vector<OptionSpec>& known) {
  std::vector<OptionSpec> specs = known;
  specs.push_back({"--help", OptionKind::flag});
  specs.push_back({"--json", OptionKind::flag});
  Arguments parsed;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() < 3 || word.rfind("--", 0) != 0) {
      parsed.positional_.push_back(word);
      continue;
    }
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& s) { return s.name == word; });
    if (spec == specs.end()) return permanent_error("usage", "unknown option " + word);
    std::vector<std::string>& values = parsed.options_[word];
    if (spec->kind == OptionKind::flag) continue;
    if (i + 1 >= words.size() || words[i + 1].rfind("--", 0) == 0) {
      return permanent_error("usage", word + " needs a value");
    }
    values.push_back(words[++i]);
    while (spec->kind == OptionKind::values && i + 1 < words.size() && words[i + 1].rfind("--", 0) != 0) {
      values.push_back(words[++i]);
    }
  }
  return parsed;
}

std::optional<std::string> Arguments::value(const std::string& name) const {
  const auto found = options_.find(name);
  if (found == options_.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& name) const {
  const auto found = options_.find(name);
  return found == options_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace radfm::ctl
