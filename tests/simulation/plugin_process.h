// SPDX-License-Identifier: Apache-2.0
// The plugin's thread inside the simulated Orthanc, and an administrator's `radfmctl queue add`.
#pragma once

#include "tests/simulation/world.h"

namespace radfm::simulation {

void start_plugin_thread(World& world, Scheduler::Process& orthanc);
// Makes the job of what the study holds now, as a process of its own.
void start_adder_thread(World& world, Scheduler::Process& adder, const std::string& orthanc_study_id);

}  // namespace radfm::simulation
