// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_statement.h"

#include <sqlite3.h>

#include "db/sqlite_connection.h"
#include "db/sqlite_error.h"

namespace radfm::db {

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

SqliteStatement::SqliteStatement(Prepare, SqliteConnection& connection, std::string_view sql) : connection_(connection) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(connection.handle(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  statement_.reset(raw);
  require(code, sql.substr(0, 60));
}

void SqliteStatement::require(int code, std::string_view doing) {
  if (code == SQLITE_OK) return;
  throw SqliteFailure(code, connection_.file(), doing, sqlite3_errmsg(connection_.handle()));
}

bool SqliteStatement::step() {
  column_ = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) require(code, std::string_view(sqlite3_sql(statement_.get())).substr(0, 60));
  return false;
}

void SqliteStatement::run() {
  while (step()) {
  }
}

void SqliteStatement::bind_integer(std::int64_t value) {
  require(sqlite3_bind_int64(statement_.get(), ++bound_, value), "binding a number");
}

void SqliteStatement::bind_text(std::string_view value) {
  // An empty view may have no data at all, and SQLite would make NULL of it.
  require(sqlite3_bind_text64(statement_.get(), ++bound_, value.data() == nullptr ? "" : value.data(), value.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8),
          "binding a text");
}

void SqliteStatement::bind_bytes(const std::vector<std::uint8_t>& value) {
  static constexpr std::uint8_t nothing = 0;
  require(sqlite3_bind_blob64(statement_.get(), ++bound_, value.empty() ? &nothing : value.data(), value.size(),
                              SQLITE_TRANSIENT),
          "binding bytes");
}

std::int64_t SqliteStatement::read_integer() { return sqlite3_column_int64(statement_.get(), column_++); }

std::string SqliteStatement::read_text() {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column_);
  const int bytes = sqlite3_column_bytes(statement_.get(), column_++);
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(bytes));
}

std::vector<std::uint8_t> SqliteStatement::read_bytes() {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column_));
  const int count = sqlite3_column_bytes(statement_.get(), column_++);
  return bytes == nullptr ? std::vector<std::uint8_t>() : std::vector<std::uint8_t>(bytes, bytes + count);
}

std::int64_t number_of(SqliteConnection& connection, std::string_view query) {
  SqliteStatement statement(connection, query);
  std::int64_t value = 0;
  if (statement.step()) statement.read(value);
  return value;
}

}  // namespace radfm::db
