// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_schema.h"

#include <cstdint>
#include <string>

#include "db/sqlite_audit.h"
#include "db/sqlite_statement.h"
#include "db/sqlite_transaction.h"

namespace radfm::db {
namespace {

constexpr int chain_migration = 7;  // 0007_audit.sql

int newest() { return migrations().back().number; }

Status accept(SqliteConnection& connection, std::int64_t version) {
  const std::int64_t owner = number_of(connection, "PRAGMA application_id");
  const bool fresh = version == 0 && owner == 0 && number_of(connection, "SELECT COUNT(*) FROM sqlite_schema") == 0;
  if (!fresh && owner != queue_application_id) {
    return permanent_error("database_broken", "queue database " + connection.file() +
                                                  ": this is another program's database; name another file in database.path");
  }
  if (version > newest()) {
    return permanent_error("schema_too_new", "queue database " + connection.file() + ": its schema has number " +
                                                 std::to_string(version) + ", this program knows " + std::to_string(newest()) +
                                                 "; install the newer program, or restore a backup from before the update");
  }
  return {};
}

}  // namespace

Status check_owner(SqliteConnection& connection) {
  SqliteTransaction transaction(connection, SqliteTransaction::Kind::read);
  return accept(connection, number_of(connection, "PRAGMA user_version"));
}

Status bring_up_to_date(SqliteConnection& connection, const BeforeMigration& before) {
  // The usual case takes no lock: nothing to do.
  if (number_of(connection, "PRAGMA user_version") >= newest()) return check_schema(connection);
  bool kept = !before;
  for (const Migration& migration : migrations()) {
    SqliteTransaction transaction(connection, SqliteTransaction::Kind::write);
    const std::int64_t version = number_of(connection, "PRAGMA user_version");
    if (Status accepted = accept(connection, version); !accepted) return accepted;
    if (version >= migration.number) continue;
    if (!kept && version > 0) {
      if (Status copied = before(version, newest()); !copied) return copied;
    }
    kept = true;
    connection.execute(migration.sql);
    if (migration.number == chain_migration) start_chain(connection);
    connection.execute("PRAGMA user_version = " + std::to_string(migration.number));
    connection.execute("PRAGMA application_id = " + std::to_string(queue_application_id));
    transaction.commit();
  }
  return {};
}

Status check_schema(SqliteConnection& connection) {
  SqliteTransaction transaction(connection, SqliteTransaction::Kind::read);
  const std::int64_t version = number_of(connection, "PRAGMA user_version");
  if (Status accepted = accept(connection, version); !accepted) return accepted;
  if (version < newest()) {
    return transient_error("schema_too_old", "queue database " + connection.file() + ": its schema has number " +
                                                 std::to_string(version) + ", this program needs " + std::to_string(newest()) +
                                                 "; start the worker once, it brings the file up to date");
  }
  return {};
}

}  // namespace radfm::db
