// SPDX-License-Identifier: Apache-2.0
// A transaction that is rolled back unless it was committed.
#pragma once

#include "db/sqlite_connection.h"
#include "db/sqlite_error.h"

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

inline Error error_of(const SqliteFailure& failure) { return failure.error(); }

// Runs the body in one transaction; a busy database is tried again up to the connection's limit. The body's own Error rolls back
// what it had written; SqliteFailure becomes an Error here, by `in_words`. The body may run more than once.
template <class Body, class InWords>
auto transact(SqliteConnection& connection, SqliteTransaction::Kind kind, Body& body, const InWords& in_words) -> decltype(body()) {
  connection.start_waiting();
  for (int times_met = 0;; ++times_met) {
    try {
      SqliteTransaction transaction(connection, kind);
      auto result = body();
      if (result.ok()) transaction.commit();
      return result;
    } catch (const SqliteFailure& failure) {
      if (!failure.busy() || !connection.pause(times_met)) return in_words(failure);
    }
  }
}

// The same for a write, before which other writers are let in.
template <class Body, class InWords>
auto transact_writing(SqliteConnection& connection, Body& body, const InWords& in_words) -> decltype(body()) {
  connection.give_way();
  auto result = transact(connection, SqliteTransaction::Kind::write, body, in_words);
  connection.wrote();
  return result;
}

}  // namespace radfm::db
