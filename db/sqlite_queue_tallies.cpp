// SPDX-License-Identifier: Apache-2.0
// Numbers for those who watch the node.
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {

Status SqliteQueue::add_to_tallies(const std::vector<Tally>& added) {
  return write([&]() -> Status {
    for (const Tally& tally : added) {
      if (tally.name.size() > tally_text_bytes_max || tally.label.size() > tally_text_bytes_max) continue;
      SqliteStatement known(*connection_, "UPDATE tallies SET value = value + ?3 WHERE name = ?1 AND label = ?2", tally.name, tally.label,
                            tally.value);
      known.run();
      if (connection_->changes() == 1) continue;
      SqliteStatement(*connection_,
                      "INSERT INTO tallies (name, label, value) SELECT ?1, ?2, ?3 WHERE (SELECT COUNT(*) FROM tallies) < ?4", tally.name,
                      tally.label, tally.value, tally_rows_max)
          .run();
    }
    return {};
  });
}

Result<std::vector<Tally>> SqliteQueue::tallies() {
  return read([&]() -> Result<std::vector<Tally>> {
    SqliteStatement statement(*connection_, "SELECT name, label, value FROM tallies ORDER BY name, label");
    std::vector<Tally> all;
    while (statement.step()) {
      Tally& tally = all.emplace_back();
      statement.read(tally.name, tally.label, tally.value);
    }
    return all;
  });
}

}  // namespace radfm::db
