// SPDX-License-Identifier: Apache-2.0
// A queue as a thread of the simulation has it: after each call others may run and the process may die, so that the answer is
// lost; calls are refused or broken as the world's troubles say; the oracle hears of each call and its answer.
#pragma once

#include <memory>

#include "db/queue.h"

namespace radfm::simulation {

class World;

// `world` must outlive it. `process`: who it is on the simulated disk.
std::unique_ptr<db::Queue> checked_queue(World& world, std::unique_ptr<db::Queue> queue, int process);

}  // namespace radfm::simulation
