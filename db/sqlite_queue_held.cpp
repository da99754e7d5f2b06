// SPDX-License-Identifier: Apache-2.0
// Texts that a flag holds back, and people who release them.
#include "core/job.h"
#include "db/queue_file.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {

Status SqliteQueue::hold_text(const Lease& lease, const std::string& text) {
  if (text.size() > held_text_bytes_max) {
    return permanent_error("held_text_too_large", "the text that is held back has more bytes than the queue keeps for one job");
  }
  return write([&]() -> Status {
    Result<JobRow> row = held(lease);
    if (!row) return row.error();
    if (Status room = require_room(text.size(), sixteenths_for_results); !room) return room;
    SqliteStatement(*connection_,
                    "INSERT INTO held_texts (job, text) VALUES (?1, ?2) ON CONFLICT (job) DO UPDATE SET "
                    "released_by = CASE WHEN text = excluded.text THEN released_by ELSE '' END, text = excluded.text",
                    lease.job, text)
        .run();
    return {};
  });
}

Status SqliteQueue::release_held(JobId id, const AskedBy& by) {
  return write([&]() -> Status {
    Result<JobRow> row = known(id, by);
    if (!row) return row.error();
    if (row->job.state != JobState::dead) {
      return permanent_error("wrong_state", "job " + std::to_string(id) + " is " + std::string(to_string(row->job.state)) +
                                                ": only a dead job can have its held text sent");
    }
    SqliteStatement(*connection_, "UPDATE held_texts SET released_by = ?2 WHERE job = ?1", id, by.actor).run();
    if (connection_->changes() != 1) {
      return permanent_error("wrong_state", "no text of job " + std::to_string(id) + " is held back; retry it instead");
    }
    begin_anew(*row, "held_text_released", by.actor);
    return {};
  });
}

}  // namespace radfm::db
