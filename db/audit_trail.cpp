// SPDX-License-Identifier: Apache-2.0
#include "db/audit_trail.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "core/digest.h"
#include "db/sqlite_audit.h"
#include "db/sqlite_jobs.h"
#include "db/sqlite_open.h"
#include "db/sqlite_statement.h"
#include "db/sqlite_transaction.h"

namespace radfm::db {

AuditTrail::AuditTrail(QueuePresence presence, std::unique_ptr<SqliteConnection> connection, bool read_only, const Clock& clock)
    : presence_(std::move(presence)), connection_(std::move(connection)), read_only_(read_only), clock_(clock) {}
AuditTrail::~AuditTrail() = default;

Result<std::unique_ptr<AuditTrail>> AuditTrail::open(const OpenQueue& open, const Clock& clock) {
  Result<OpenedFile> file = open_connection(open);
  if (!file) return file.error();
  return std::unique_ptr<AuditTrail>(new AuditTrail(std::move(file->presence), std::move(file->connection), open.read_only, clock));
}

template <class Body>
auto AuditTrail::write(Body body) -> decltype(body()) {
  if (read_only_) return permanent_error("read_only", "queue database " + connection_->file() + " was opened for reading");
  return transact_writing(*connection_, body, error_of);
}

template <class Body>
auto AuditTrail::read(Body body) -> decltype(body()) {
  return transact(*connection_, SqliteTransaction::Kind::read, body, error_of);
}

Status AuditTrail::record(const std::vector<AuditNote>& notes) {
  return write([&]() -> Status {
    for (const AuditNote& note : notes) {
      Event event{0, note.job, note.wall_ms != 0 ? note.wall_ms : clock_.wall_ms(), note.kind, cut_message(note.detail), note.actor};
      if (!note.sr_sop_instance_uid.empty()) {
        SqliteStatement job(*connection_, "SELECT id FROM jobs WHERE sr_sop_instance_uid = ?1", note.sr_sop_instance_uid);
        if (job.step()) job.read(event.job);
      }
      append_event(*connection_, std::move(event));
    }
    return {};
  });
}

Status AuditTrail::record_change(const AuditNote& note) {
  if (note.job != 0) broken_invariant("what is recorded when it changes is of no job");
  return write([&]() -> Status {
    SqliteStatement last(*connection_, "SELECT detail FROM events WHERE job = 0 AND kind = ?1 AND actor = ?2 ORDER BY id DESC LIMIT 1",
                         note.kind, note.actor);
    std::string said;
    if (last.step()) last.read(said);
    if (said == note.detail) return {};
    append_event(*connection_, {0, 0, clock_.wall_ms(), note.kind, cut_message(note.detail), note.actor});
    return {};
  });
}

Result<std::vector<AuditEntry>> AuditTrail::entries(std::int64_t after, int limit) {
  return read([&]() -> Result<std::vector<AuditEntry>> {
    SqliteStatement statement(*connection_,
                              "SELECT events.id, events.job, events.wall_ms, events.kind, events.detail, events.actor, events.hash, "
                              "jobs.study_instance_uid, jobs.sr_sop_instance_uid FROM events LEFT JOIN jobs ON jobs.id = events.job "
                              "WHERE events.id > ?1 ORDER BY events.id LIMIT ?2",
                              after, std::clamp(limit, 0, entries_per_read_max));
    std::vector<AuditEntry> entries;
    while (statement.step()) {
      AuditEntry& entry = entries.emplace_back();
      statement.read(entry.event.id, entry.event.job, entry.event.wall_ms, entry.event.kind, entry.event.detail, entry.event.actor,
                     entry.hash, entry.study_instance_uid, entry.sr_sop_instance_uid);
    }
    return entries;
  });
}

Result<std::optional<Event>> AuditTrail::last_of(const std::string& kind) {
  return read([&]() -> Result<std::optional<Event>> {
    SqliteStatement statement(*connection_, "SELECT id, wall_ms, detail, actor FROM events WHERE job = 0 AND kind = ?1 ORDER BY id DESC LIMIT 1", kind);
    if (!statement.step()) return std::optional<Event>();
    Event event;
    event.kind = kind;
    statement.read(event.id, event.wall_ms, event.detail, event.actor);
    return std::optional(std::move(event));
  });
}

Result<std::int64_t> AuditTrail::newest_number_given() {
  return read([&]() -> Result<std::int64_t> {
    SqliteStatement statement(*connection_, "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)");
    std::int64_t number = 0;
    if (statement.step()) statement.read(number);
    return number;
  });
}

Result<std::optional<AuditPosition>> AuditTrail::position(const std::string& name) {
  return read([&]() -> Result<std::optional<AuditPosition>> {
    SqliteStatement statement(*connection_, "SELECT entry, hash FROM audit_positions WHERE name = ?1", name);
    if (!statement.step()) return std::optional<AuditPosition>();
    AuditPosition position;
    statement.read(position.entry, position.hash);
    return std::optional(position);
  });
}

Status AuditTrail::move_position(const std::string& name, const std::optional<AuditPosition>& from, const AuditPosition& to) {
  return write([&]() -> Status {
    if (from) {
      SqliteStatement(*connection_, "UPDATE audit_positions SET entry = ?2, hash = ?3, wall_ms = ?4 WHERE name = ?1 AND entry = ?5 AND hash = ?6",
                      name, to.entry, to.hash, clock_.wall_ms(), from->entry, from->hash)
          .run();
    } else {
      SqliteStatement(*connection_, "INSERT INTO audit_positions (name, entry, hash, wall_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                      name, to.entry, to.hash, clock_.wall_ms())
          .run();
    }
    if (connection_->changes() == 1) return {};
    return permanent_error("position_moved", "the trail was handed on by somebody else meanwhile; is there a second worker?");
  });
}

Result<ChainCheck> check_trail(AuditTrail& trail, const std::string& noted_head) {
  // First: what is written while we read may only add to it.
  const Result<std::int64_t> newest = trail.newest_number_given();
  if (!newest) return newest.error();
  ChainCheck check(noted_head);
  for (std::int64_t after = 0;;) {
    Result<std::vector<AuditEntry>> entries = trail.entries(after, entries_per_read_max);
    if (!entries) return entries.error();
    for (const AuditEntry& entry : *entries) check.take(entry);
    if (entries->empty() || check.fault()) break;
    after = entries->back().event.id;
  }
  check.end(*newest);
  return check;
}

Result<std::string> file_digest(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(configuration_file_bytes_max, '\0');
  if (in) in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in && !in.eof()) return permanent_error("file_unreadable", file.string() + " cannot be read");
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return "sha256:" + sha256_hex(bytes);
}

}  // namespace radfm::db
