// SPDX-License-Identifier: Apache-2.0
// Whether the queue's file is whole: when an administrator asks, and when a worker starts after the machine did.
#include "core/log.h"
#include "db/queue_file.h"
#include "db/queue_presence.h"
#include "db/sqlite_copy.h"
#include "db/sqlite_error.h"
#include "db/sqlite_file_check.h"
#include "db/sqlite_schema.h"
#include "db/sqlite_statement.h"
#include "db/sqlite_transaction.h"

namespace radfm::db {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr const char* check_vital = "file_check";  // of table vitals: when it was found whole, in which boot

bool is_due(SqliteConnection& connection, const Clock& clock) {
  SqliteStatement statement(connection, "SELECT note, wall_ms FROM vitals WHERE name = ?1", check_vital);
  if (!statement.step()) return true;
  std::string boot_id;
  std::int64_t wall_ms = 0;
  statement.read(boot_id, wall_ms);
  const std::int64_t age_ms = clock.wall_ms() - wall_ms;
  return boot_id != clock.boot_id() || age_ms < 0 || age_ms > days_between_checks * day_ms;
}

void note_checked(SqliteConnection& connection, const Clock& clock) {
  SqliteTransaction transaction(connection, SqliteTransaction::Kind::write);
  SqliteStatement(connection,
                  "INSERT INTO vitals (name, note, wall_ms) VALUES (?1, ?2, ?3) "
                  "ON CONFLICT (name) DO UPDATE SET note = excluded.note, wall_ms = excluded.wall_ms",
                  check_vital, clock.boot_id(), clock.wall_ms())
      .run();
  transaction.commit();
}

QueueFileFacts facts_of(SqliteConnection& connection) {
  QueueFileFacts facts;
  facts.schema_number = static_cast<int>(number_of(connection, "PRAGMA user_version"));
  const std::int64_t bytes_a_page = number_of(connection, "PRAGMA page_size");
  facts.bytes = number_of(connection, "PRAGMA page_count") * bytes_a_page;
  facts.free_bytes = number_of(connection, "PRAGMA freelist_count") * bytes_a_page;
  return facts;
}

}  // namespace

Result<QueueFileFacts> check_queue_file(const std::filesystem::path& queue, const CheckQueueFile& how) {
  const Result<QueuePresence> presence = QueuePresence::of(queue, QueuePresence::Kind::if_there_is_one);
  if (!presence) return presence.error();
  try {
    SqliteConnection connection(queue.string(), node_file_busy_limit_ms);
    connection.execute("PRAGMA trusted_schema = OFF");
    if (Status ours = check_owner(connection); !ours) return ours.error();
    QueueFileFacts facts = facts_of(connection);
    facts.faults = faults_of(connection, how);
    if (how.thorough && facts.faults.empty()) facts.faults = schema_differences(connection);
    return facts;
  } catch (const SqliteFailure& failure) {
    return failure.error();
  }
}

Status check_queue_file_when_due(const std::filesystem::path& queue, const Clock& clock) {
  const auto until_later = [&](const Error& error) {
    if (error.code == "database_broken") return Status(error);
    log_line(LogLevel::warning, "queue", "the file could not be checked now, the next start does it: " + error.message);
    return Status();
  };
  try {
    SqliteConnection connection(queue.string(), node_file_busy_limit_ms);
    if (!is_due(connection, clock)) return {};
    CheckQueueFile how;
    how.thorough = false;
    how.bulk_tables = facts_of(connection).bytes <= start_check_mb_max << 20;
    const Result<QueueFileFacts> checked = check_queue_file(queue, how);
    if (!checked) return until_later(checked.error());
    if (!checked->faults.empty()) return broken(queue, checked->faults);
    note_checked(connection, clock);
  } catch (const SqliteFailure& failure) {
    return until_later(failure.error());
  }
  return {};
}

}  // namespace radfm::db
