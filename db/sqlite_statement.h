// SPDX-License-Identifier: Apache-2.0
// One prepared statement, for one use. Every call throws SqliteFailure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct sqlite3_stmt;

namespace radfm::db {

class SqliteConnection;

class SqliteStatement {
 public:
  // Values stand for ?1, ?2, ... in order.
  template <class... Values>
  SqliteStatement(SqliteConnection& connection, std::string_view sql, const Values&... values)
      : SqliteStatement(Prepare{}, connection, sql) {
    (bind_next(values), ...);
  }

  bool step();  // true: there is a row
  void run();   // to the end, rows are ignored

  // The columns of the present row, from the first on; call again for the columns after them.
  template <class... Values>
  void read(Values&... values) {
    (read_next(values), ...);
  }

 private:
  struct Prepare {};
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  SqliteStatement(Prepare, SqliteConnection& connection, std::string_view sql);

  template <class Value>
  void bind_next(const Value& value) {
    if constexpr (std::is_integral_v<Value>) {
      bind_integer(static_cast<std::int64_t>(value));
    } else if constexpr (std::is_same_v<Value, std::vector<std::uint8_t>>) {
      bind_bytes(value);
    } else {
      bind_text(value);
    }
  }
  template <class Value>
  void read_next(Value& value) {
    if constexpr (std::is_integral_v<Value>) {
      value = static_cast<Value>(read_integer());
    } else if constexpr (std::is_same_v<Value, std::vector<std::uint8_t>>) {
      value = read_bytes();
    } else {
      value = read_text();
    }
  }
  void bind_integer(std::int64_t value);
  void bind_text(std::string_view value);
  void bind_bytes(const std::vector<std::uint8_t>& value);
  std::int64_t read_integer();
  std::string read_text();
  std::vector<std::uint8_t> read_bytes();
  void require(int code, std::string_view doing);

  SqliteConnection& connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0, column_ = 0;
};

// The first column of the first row, 0 where there is none. Throws SqliteFailure.
std::int64_t number_of(SqliteConnection& connection, std::string_view query);

}  // namespace radfm::db
