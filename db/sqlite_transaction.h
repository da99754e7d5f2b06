// SPDX-License-Identifier: Apache-2.0
// A transaction that is rolled back unless it was committed.
#pragma once

#include "db/sqlite_connection.h"

namespace radfm::db {

class SqliteTransaction {
 public:
  enum class Kind {
    read,   // one consistent view over several statements
    write,  // BEGIN IMMEDIATE: the write lock is taken first, so that nothing read inside can be out of date
  };
  SqliteTransaction(SqliteConnection& connection, Kind kind);
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction();
  void commit();

 private:
  SqliteConnection& connection_;
};

}  // namespace radfm::db
