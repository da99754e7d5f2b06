// SPDX-License-Identifier: Apache-2.0
// From SQLite's result codes to ours. Inside this room a failed call throws SqliteFailure; the queue's `read` and `write`
// catch it at one place and hand out the Error.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "core/result.h"

struct sqlite3;

namespace radfm::db {

class SqliteFailure final : public std::exception {
 public:
  // `doing` names the step for people; no values are put into messages.
  SqliteFailure(int extended_code, const std::string& file, std::string_view doing, const char* sqlite_message);
  const char* what() const noexcept override { return error_.message.c_str(); }
  const Error& error() const { return error_; }
  bool busy() const { return busy_; }
  bool constraint() const { return constraint_; }

 private:
  Error error_;
  bool busy_ = false;
  bool constraint_ = false;
};

// transient: database_busy, disk_full, database_unavailable; permanent: database_broken, read_only, queue_constraint,
// object_too_big, queue_statement (a fault of ours).
Error sqlite_error(int extended_code, const std::string& file, std::string_view doing, std::string_view sqlite_message);

}  // namespace radfm::db
