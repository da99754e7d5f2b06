// SPDX-License-Identifier: Apache-2.0
// A radfm-worker of the simulation: threads that claim and run jobs by the real JobRunner, each with a thread that beats for it.
#pragma once

#include <memory>
#include <string>

#include "tests/simulation/world.h"

namespace radfm::simulation {

// What its threads share; gone when it dies.
struct WorkerMemory;

// `name` is also the holder's, as db::this_holder() would make it: no two processes ever have the same.
void start_worker_threads(World& world, Scheduler::Process& process, int holders);
// SIGTERM: hands its jobs back and ends.
void ask_to_stop(Scheduler::Process& process);

}  // namespace radfm::simulation
