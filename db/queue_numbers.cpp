// SPDX-License-Identifier: Apache-2.0
#include "db/queue_numbers.h"

#include "db/sqlite_open.h"
#include "db/sqlite_statement.h"
#include "db/sqlite_transaction.h"

namespace radfm::db {
namespace {

QueueNumbers count(SqliteConnection& connection) {
  QueueNumbers numbers{.open_by_lane = {{Lane::stat, 0}, {Lane::routine, 0}, {Lane::background, 0}}};
  SqliteStatement lanes(connection, "SELECT lane, COUNT(*) FROM jobs WHERE state IN ('queued', 'leased', 'delivering') GROUP BY lane");
  while (lanes.step()) {
    std::string name;
    std::int64_t jobs = 0;
    lanes.read(name, jobs);
    if (const auto lane = parse_lane(name)) numbers.open_by_lane[*lane] = jobs;
  }
  numbers.oldest_dead_wall_ms = number_of(connection, "SELECT COALESCE(MIN(finished_wall_ms), 0) FROM jobs WHERE state = 'dead'");
  numbers.pending_studies = number_of(connection, "SELECT COUNT(*) FROM pending_studies");
  const std::int64_t page_size = number_of(connection, "PRAGMA page_size");
  numbers.file_bytes = number_of(connection, "PRAGMA page_count") * page_size;
  numbers.free_bytes = number_of(connection, "PRAGMA freelist_count") * page_size;
  return numbers;
}

}  // namespace

Result<QueueNumbers> queue_numbers(const OpenQueue& open) {
  const Result<OpenedFile> file = open_connection(open);
  if (!file) return file.error();
  SqliteConnection& connection = *file->connection;
  const auto counted = [&]() -> Result<QueueNumbers> { return count(connection); };
  return transact(connection, SqliteTransaction::Kind::read, counted, error_of);
}

}  // namespace radfm::db
