// SPDX-License-Identifier: Apache-2.0
// What must be true once a healed world has come to rest: each study has its report at each destination, once, or a documented
// reason why not.
#pragma once

#include <string>

namespace radfm::simulation {

class World;

bool is_settled(World& world);
std::string what_is_open(World& world);
void check_the_end(World& world);

}  // namespace radfm::simulation
