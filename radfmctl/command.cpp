// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/command.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <iostream>

namespace radfm::ctl {

int complain(const std::string& message, int code) {
  std::cerr << "radfmctl: " << message << "\n";
  return code;
}

int become(const std::string& program_name, const Words& words) {
  const std::string program = sibling_program(program_name).string();
  std::vector<const char*> call{program.c_str()};
  for (const std::string& word : words) call.push_back(word.c_str());
  call.push_back(nullptr);
  ::execv(program.c_str(), const_cast<char* const*>(call.data()));  // writes into none of them
  return complain("cannot run " + program + ": " + std::strerror(errno) + "; build or install " + program_name + " beside radfmctl");
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
