// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/configuration.h"
#include "db/queue_types.h"

namespace radfm::worker {

// radfm-worker --replay: a job's report made again beside the running worker, with an engine of its own (worker/replay.h).
// Prints what came out. 0 the same bytes, 1 others, 2 it could not be tried.
int replay_command(const Configuration& configuration, db::JobId id, bool json);

}  // namespace radfm::worker
