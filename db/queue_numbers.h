// SPDX-License-Identifier: Apache-2.0
// Numbers about the queue as a whole that nobody but a monitor asks for, beside QueueStatus: counted when asked, in one read.
//
// Threading: a free function with a connection of its own, from any thread. Errors: those of open_sqlite_queue().
#pragma once

#include <cstdint>
#include <map>

#include "db/queue.h"

namespace radfm::db {

struct QueueNumbers {
  std::map<Lane, std::int64_t> open_by_lane;  // each lane is there
  std::int64_t oldest_dead_wall_ms = 0;       // when the first of those that are dead now died; 0: none is
  std::int64_t pending_studies = 0;           // they have not come to a job yet
  std::int64_t file_bytes = 0, free_bytes = 0;  // free: inside the file, used before it grows
};
Result<QueueNumbers> queue_numbers(const OpenQueue& open);

}  // namespace radfm::db
