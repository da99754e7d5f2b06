// SPDX-License-Identifier: Apache-2.0
// The numbered migrations and how a file is brought up to the newest of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "db/sqlite_connection.h"

namespace radfm::db {

struct Migration {
  int number;  // PRAGMA user_version after it
  std::string_view name;
  std::string_view sql;
};
const std::vector<Migration>& migrations();  // ascending from 1, without gaps

// "RADF": tells our files from another program's (PRAGMA application_id).
inline constexpr int queue_application_id = 0x52414446;

// Applies what is missing, each in one transaction of its own; safe when two programs start at once. Refuses a newer
// file (permanent "schema_too_new") and another program's (permanent "database_broken"). Throws SqliteFailure.
// `before` is called once before the first change of a file that has a schema already, inside that change's write transaction, so
// that nobody else writes meanwhile; its error leaves the file as it is.
using BeforeMigration = std::function<Status(std::int64_t present_number, int wanted_number)>;
Status bring_up_to_date(SqliteConnection& connection, const BeforeMigration& before = {});
// Whether it is a queue of ours that this program knows, however old; "database_broken", "schema_too_new" as above.
Status check_owner(SqliteConnection& connection);
// The same checks without a change, for a reader. An older file is refused too: transient "schema_too_old".
Status check_schema(SqliteConnection& connection);

}  // namespace radfm::db
