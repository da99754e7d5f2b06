// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/configuration_advice.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/rules_in_force.h"

namespace radfm::ctl {
namespace {

nlohmann::json as_json(const std::vector<ConfigurationMistake>& mistakes) {
  nlohmann::json list = nlohmann::json::array();
  for (const ConfigurationMistake& mistake : mistakes) {
    list.push_back({{"file", mistake.file}, {"key", mistake.key}, {"expected", mistake.expected}});
  }
  return list;
}

}  // namespace

int config_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help") || arguments->positional().size() != 2 || arguments->positional()[0] != "check") {
    (arguments->has("--help") ? std::cout : std::cerr)
        << "usage: radfmctl config check FILE [--json]\nPrints each mistake with file, key and what was expected, and advice on what endangers passwords or patients' data; exit 0 unless there is a mistake.\n";
    return arguments->has("--help") ? exit_done : exit_usage;
  }
  const ConfigurationReading reading = read_configuration(arguments->positional()[1], ConfigurationReader::all);
  std::vector<ConfigurationMistake> advice;
  if (reading.configuration) advice = configuration_advice(*reading.configuration);
  if (arguments->has("--json")) {
    std::cout << nlohmann::json{{"mistakes", as_json(reading.mistakes)}, {"advice", as_json(advice)}}.dump(2) << "\n";
  } else if (reading.mistakes.empty()) {
    std::cout << arguments->positional()[1] << ": no mistake found, " << reading.configuration->rules.size() << " rule(s)\n";
    for (const Rule& rule : reading.configuration->rules) {
      std::cout << rule_lines(rule);
    }
    for (const ConfigurationMistake& one : advice) std::cout << "advice: " << one.text() << "\n";
  } else {
    for (const ConfigurationMistake& mistake : reading.mistakes) std::cout << mistake.text() << "\n";
  }
  return reading.mistakes.empty() ? exit_done : exit_wrong;
}

}  // namespace radfm::ctl
