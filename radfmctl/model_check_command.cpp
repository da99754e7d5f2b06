// SPDX-License-Identifier: Apache-2.0
// `radfmctl model check`: the work is radfm-model-check's, which is linked with torch as this program is not.
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/configuration.h"
#include "radfmctl/command.h"

namespace radfm::ctl {

int model_check_command(const Words& words) {
  const std::string program = sibling_program("radfm-model-check").string();
  std::vector<const char*> arguments{program.c_str()};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  // It takes this process over: its output, its exit code and Ctrl-C are the caller's. (execv writes into none of them.)
  ::execv(program.c_str(), const_cast<char* const*>(arguments.data()));
  return complain("cannot run " + program + ": " + std::strerror(errno) + "; it is built and installed beside radfm-engine");
}

}  // namespace radfm::ctl
