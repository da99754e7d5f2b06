// SPDX-License-Identifier: Apache-2.0
// What can happen in one step of a simulation.
#pragma once

#include <vector>

#include "tests/simulation/plan.h"

namespace radfm::simulation {

class World;

struct Act {
  const char* name;
  int weight;                 // how often it is drawn, beside the others
  void (*make)(World& world, Draw& draw);
  bool always = false;        // no seed leaves it out
  bool needs_disk = false;
};
const std::vector<Act>& acts();
std::size_t act_number(const char* name);

}  // namespace radfm::simulation
