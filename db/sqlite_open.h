// SPDX-License-Identifier: Apache-2.0
// A connection to the queue's file as open_sqlite_queue() promises it: rights, journal and schema are in order.
#pragma once

#include <memory>

#include "db/queue.h"
#include "db/queue_presence.h"
#include "db/sqlite_connection.h"

namespace radfm::db {

struct OpenedFile {
  QueuePresence presence;  // first: it outlives the connection
  std::unique_ptr<SqliteConnection> connection;
};
// Errors: those of open_sqlite_queue().
Result<OpenedFile> open_connection(const OpenQueue& open);

}  // namespace radfm::db
