// SPDX-License-Identifier: Apache-2.0
// A connection to the queue's file as open_sqlite_queue() promises it: rights, journal and schema are in order.
#pragma once

#include <memory>

#include "db/queue.h"
#include "db/sqlite_connection.h"

namespace radfm::db {

// Errors: those of open_sqlite_queue().
Result<std::unique_ptr<SqliteConnection>> open_connection(const OpenQueue& open);

}  // namespace radfm::db
