// SPDX-License-Identifier: Apache-2.0
// The words after a radfmctl command, checked against what that command knows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace radfm::ctl {

enum class OptionKind { flag, value, values };  // values: everything up to the next option

struct OptionSpec {
  std::string name;  // "--config"
  OptionKind kind = OptionKind::value;
};

class Arguments {
 public:
  // permanent "usage" names the word that is wrong. --help and --json are known to every command.
  static Result<Arguments> parse(const std::vector<std::string>& words, const std::vector<OptionSpec>& known);

  const std::vector<std::string>& positional() const { return positional_; }
  bool has(const std::string& name) const { return options_.contains(name); }
  std::optional<std::string> value(const std::string& name) const;
  std::vector<std::string> values(const std::string& name) const;

 private:
  std::vector<std::string> positional_;
  std::map<std::string, std::vector<std::string>> options_;
};

}  // namespace radfm::ctl
