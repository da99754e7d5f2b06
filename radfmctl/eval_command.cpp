// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "core/configuration.h"
#include "radfmctl/command.h"

namespace radfm::ctl {

// The program that draws and judges phantoms knows what they are; this one becomes it, with the same words.
int eval_command(const Words& words) {
  const std::string program = sibling_program("radfm-phantom-eval").string();
  std::vector<std::string> call{program};
  call.insert(call.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& word : call) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  return complain("cannot run " + program + "; build the target radfm-phantom-eval");
}

}  // namespace radfm::ctl
