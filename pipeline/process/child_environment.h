// SPDX-License-Identifier: Apache-2.0
// The environment of a child process: what its libraries look at, and nothing else. A secret that the configuration takes from the environment
// ("env:NAME") is the parent's alone: the reader opens foreign bytes, and its environment can be read as long as it runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace radfm::process {

bool is_passed_on(std::string_view variable);  // by its name

// "NAME=value" of our own environment that children get. Not while another thread changes the environment.
std::vector<std::string> child_environment();

}  // namespace radfm::process
