// SPDX-License-Identifier: Apache-2.0
// One connection to one database file. Belongs to one thread. Every call throws SqliteFailure.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

struct sqlite3;

namespace radfm::db {

class SqliteConnection {
 public:
  // Opens an existing file for reading and writing (SQLite falls back to reading where the file is write-protected).
  // A lock held by somebody else is waited for up to `busy_limit_ms`, with random pauses: SQLite's own handler
  // starves one of two busy writers.
  SqliteConnection(const std::string& file, std::int64_t busy_limit_ms);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection() = default;

  void execute(std::string_view sql);  // one or several statements without values and without answers
  std::int64_t changes() const;        // rows that the last statement changed
  std::int64_t last_insert_id() const;
  bool in_transaction() const;
  bool may_write() const;
  // A random pause after a lock was met for the n-th time; false when busy_limit_ms is used up since start_waiting().
  bool pause(int times_met);
  // A writer that comes right back lets the others in first: between two of its transactions lies too little time for
  // somebody who looks every millisecond or two.
  void give_way();
  void wrote();  // a write transaction has ended
  void start_waiting();  // the limit counts from here

  sqlite3* handle() const { return handle_.get(); }
  const std::string& file() const { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  void sleep_up_to(int us);
  std::string file_;
  std::int64_t busy_limit_ms_;
  std::int64_t waiting_since_ms_ = 0;
  std::int64_t wrote_at_ms_ = 0;
  std::minstd_rand random_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace radfm::db
