// SPDX-License-Identifier: Apache-2.0
// Appends to the events table, which is the audit trail (db/audit_trail.h). All functions run inside the caller's write transaction
// and throw SqliteFailure.
#pragma once

#include "db/queue_types.h"
#include "db/sqlite_connection.h"

namespace radfm::db {

// Gives the event its number and chains it; the one door through which the table is written.
void append_event(SqliteConnection& connection, Event event);

// Of the migration that brings the chain: its first entry, if there are events from before it.
void start_chain(SqliteConnection& connection);

}  // namespace radfm::db
