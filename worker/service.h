// SPDX-License-Identifier: Apache-2.0
// The whole worker: signals and doorbell on the calling thread; jobs on threads of their own, one more than queue.studies_ahead and,
// with queue.stat_interrupts, one that is kept free for jobs of lane stat; each with its heartbeat.
#pragma once

#include "core/configuration.h"

namespace radfm::worker {

// Exit codes of radfm-worker.
inline constexpr int exit_stopped = 0;
inline constexpr int exit_configuration = 2;
inline constexpr int exit_database = 3;  // the queue's database cannot be opened, and waiting would not help

int serve(const Configuration& configuration);

// A study's files are all open at once while they are read (core/study_index.h study_instances_max).
void raise_limit_of_open_files();
// Beside the queue: where files without a name are made.
std::filesystem::path work_directory(const Configuration& configuration);

// Mistakes that only the worker can see; opens nothing.
std::vector<ConfigurationMistake> worker_mistakes(const Configuration& configuration);

}  // namespace radfm::worker
