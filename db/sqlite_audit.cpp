// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_audit.h"

#include <utility>

#include "db/audit_chain.h"
#include "db/sqlite_statement.h"

namespace radfm::db {

void append_event(SqliteConnection& connection, Event event) {
  // The number follows from the largest ever given, not from the last that is there: a cut tail leaves a gap for ever.
  SqliteStatement last(connection,
                       "SELECT MAX(COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0), "
                       "COALESCE((SELECT MAX(id) FROM events), 0)), (SELECT hash FROM events ORDER BY id DESC LIMIT 1)");
  std::int64_t number = 0;
  std::string previous;
  if (last.step()) last.read(number, previous);
  event.id = number + 1;
  const std::string hash = chain_hash(previous.empty() ? chain_genesis : previous, event);
  SqliteStatement(connection, "INSERT INTO events (id, job, wall_ms, kind, detail, actor, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  event.id, event.job, event.wall_ms, event.kind, event.detail, event.actor, hash)
      .run();
}

void start_chain(SqliteConnection& connection) {
  EarlierEvents earlier;
  SqliteStatement all(connection, "SELECT id, job, wall_ms, kind, detail, actor FROM events ORDER BY id");
  while (all.step()) {
    Event event;
    all.read(event.id, event.job, event.wall_ms, event.kind, event.detail, event.actor);
    earlier.take(event);
  }
  if (!earlier.any()) return;
  SqliteStatement time(connection, "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)");
  std::int64_t wall_ms = 0;
  if (time.step()) time.read(wall_ms);
  append_event(connection, {0, 0, wall_ms, std::string(chain_started), earlier.text(), "radfm-node"});
}

}  // namespace radfm::db
