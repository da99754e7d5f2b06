// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_transaction.h"

#include "db/sqlite_error.h"

namespace radfm::db {

SqliteTransaction::SqliteTransaction(SqliteConnection& connection, Kind kind) : connection_(connection) {
  connection_.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

SqliteTransaction::~SqliteTransaction() {
  // A full disk or an I/O error may have rolled it back already.
  if (!connection_.in_transaction()) return;
  try {
    connection_.execute("ROLLBACK");
  } catch (const SqliteFailure&) {
    // The next BEGIN reports what is wrong with the database; a destructor cannot.
  }
}

void SqliteTransaction::commit() { connection_.execute("COMMIT"); }

}  // namespace radfm::db
