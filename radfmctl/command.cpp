// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/command.h"

#include <iostream>

namespace radfm::ctl {

int complain(const std::string& message, int code) {
  std::cerr << "radfmctl: " << message << "\n";
  return code;
}

int complain(const Error& error, int code) { return complain(error.message + " (" + error.code + ")", code); }

std::optional<Configuration> usable_configuration(const std::string& file) {
  ConfigurationReading reading = read_configuration(file, ConfigurationReader::all);
  for (const ConfigurationMistake& mistake : reading.mistakes) std::cerr << mistake.text() << "\n";
  return std::move(reading.configuration);
}

std::string asked_lines(const RuleAction& action, const std::string& indent) {
  if (action.prompt_2d == action.prompt_3d) return indent + "asks: \"" + action.prompt_2d + "\"\n";
  return indent + "asks of radiographs: \"" + action.prompt_2d + "\"\n" + indent + "asks of volumes: \"" + action.prompt_3d +
         "\"\n";
}

}  // namespace radfm::ctl
