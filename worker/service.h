// SPDX-License-Identifier: Apache-2.0
// The whole worker: signals and doorbell on the calling thread; jobs on threads of their own, as many as model.jobs_at_once and queue.studies_ahead together and,
// with queue.stat_interrupts, one that is kept free for jobs of lane stat; each with its heartbeat.
#pragma once

#include "core/configuration.h"

namespace radfm::worker {

// Exit codes of radfm-worker. A service manager starts it anew after all but 0 and 2 (packaging/systemd/radfm-worker.service,
// docs/operate.md). By a signal: SIGABRT a broken invariant, or a watchdog of systemd that heard nothing.
inline constexpr int exit_stopped = 0;         // SIGTERM or SIGINT, or drained after SIGUSR1
inline constexpr int exit_configuration = 2;   // usage or configuration: the same again at each start
inline constexpr int exit_database = 3;        // the queue's database cannot be opened, and waiting would not help
inline constexpr int exit_stuck = 4;           // a job thread hangs (turn_watch.h)
inline constexpr int exit_work_directory = 5;  // the folder for files without a name cannot be made or used

int serve(const Configuration& configuration);

// A study's files are all open at once while they are read (core/study_index.h study_instances_max).
void raise_limit_of_open_files();
// resolv.conf(5) RES_OPTIONS. Before any thread exists.
void limit_name_resolution();
// Beside the queue: where files without a name are made.
std::filesystem::path work_directory(const Configuration& configuration);

// Mistakes that only the worker can see; opens nothing.
std::vector<ConfigurationMistake> worker_mistakes(const Configuration& configuration);

}  // namespace radfm::worker
