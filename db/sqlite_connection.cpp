// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>

#include "db/sqlite_error.h"

namespace radfm::db {
namespace {

constexpr int pause_max_us = 4'000;  // a write takes some ten milliseconds: a waiter looks several times in it
constexpr int give_way_max_us = 2'000;
constexpr std::int64_t right_back_ms = 3;

// How long a lock was waited for is the machine's business, not the injected clock's.
std::int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

int on_busy(void* connection, int times_met) {
  auto* self = static_cast<SqliteConnection*>(connection);
  if (times_met == 0) self->start_waiting();
  return self->pause(times_met) ? 1 : 0;
}

}  // namespace

void SqliteConnection::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

SqliteConnection::SqliteConnection(const std::string& file, std::int64_t busy_limit_ms)
    : file_(file), busy_limit_ms_(busy_limit_ms), random_(std::random_device{}()) {
  sqlite3* raw = nullptr;
  // No mutex: the object belongs to one thread.
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) {
    throw SqliteFailure(raw != nullptr ? sqlite3_extended_errcode(raw) : code, file_, "opening",
                        raw != nullptr ? sqlite3_errmsg(raw) : sqlite3_errstr(code));
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_handler(raw, on_busy, this);
}

void SqliteConnection::execute(std::string_view sql) {
  const int code = sqlite3_exec(handle(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw SqliteFailure(code, file_, sql.substr(0, 60), sqlite3_errmsg(handle()));
}

std::int64_t SqliteConnection::changes() const { return sqlite3_changes64(handle()); }
std::int64_t SqliteConnection::last_insert_id() const { return sqlite3_last_insert_rowid(handle()); }
bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }
bool SqliteConnection::may_write() const { return sqlite3_db_readonly(handle(), "main") == 0; }

void SqliteConnection::sleep_up_to(int us) {
  // By the door that SQLite itself uses: under a simulated disk nobody sleeps.
  sqlite3_vfs* system = nullptr;
  if (sqlite3_file_control(handle(), "main", SQLITE_FCNTL_VFS_POINTER, &system) != SQLITE_OK) return;
  system->xSleep(system, std::uniform_int_distribution<int>(100, us)(random_));
}

void SqliteConnection::give_way() {
  if (steady_ms() - wrote_at_ms_ < right_back_ms) sleep_up_to(give_way_max_us);
}

void SqliteConnection::wrote() { wrote_at_ms_ = steady_ms(); }

void SqliteConnection::start_waiting() { waiting_since_ms_ = steady_ms(); }

bool SqliteConnection::pause(int times_met) {
  if (steady_ms() - waiting_since_ms_ >= busy_limit_ms_) return false;
  const int longest_us = std::min(500 << std::min(times_met, 3), pause_max_us);
  sleep_up_to(longest_us);
  return true;
}

}  // namespace radfm::db
