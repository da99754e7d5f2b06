// SPDX-License-Identifier: Apache-2.0
// The audit trail: who did what, in the order in which it was done. It is the queue's own `events` table, so that what is done to a
// job and the entry that says so are written in one transaction and cannot part; here is the rest of it: entries that are of no
// job, the chain, and how far it was handed on.
//
// What is recorded: each step of each job with who took it (db/queue_types.h Event), and
//   worker_started, worker_stopped, plugin_started, plugin_stopped    (detail: the version)
//   configuration_changed   detail: SHA-256 of the file, never its content; actor: who reads it. rules_reloaded, rules_refused: who had it read
//   viewed                  a person had a draft, a job's page or its picture shown; of the job, or detail: the study's UID
//   listed                  a person had jobs listed with their patients' names; detail: by which parameters
//   refused                 a request that was answered 403: wrong role, another site's page; detail: what was asked for, why
//   association_refused     a DICOM peer that our storage SCP did not let in; detail: the error's code
//   worker_silent, worker_heard   the plugin hears no worker any more, or hears one again; detail: since when it was silent
//   audit_listed, audit_verified, audit_exported, chain_started, notes_lost
// Names and IDs of patients are in none of them: a job has its number, a study and an object their UIDs.
//
// What the chain proves: each hash covers the entry and the hash before it (db/audit_chain.h), so an entry that is changed, removed,
// put in or moved later shows, from the first wrong one on; entries that are cut off the end show because the database remembers
// the largest number that it gave. What it does not prove: somebody who can write the file, and knows this page, can compute the
// whole chain anew. Against that the head (the last hash) must be noted where that person cannot write: it goes with each message
// to the audit record repository, `radfmctl audit verify` prints it, and `--head` compares it. A restored backup is a chain that
// goes back: it is whole, and ends with the entry of the restore; a head that was noted after the backup is not in it.
//
// Threading: one object belongs to one thread. Errors: as db/queue.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "db/audit_chain.h"
#include "db/queue.h"
#include "db/queue_presence.h"

namespace radfm::db {

inline constexpr int entries_per_read_max = 1'000;  // one read holds up no writer for longer than that takes

// What is to be recorded.
struct AuditNote {
  std::string kind, detail, actor;
  JobId job = 0;                       // 0: of none
  std::string sr_sop_instance_uid = {};  // not empty: of the job whose draft has this UID, if there is one
  std::int64_t wall_ms = 0;            // when it happened; 0: now
};

// How far the trail was handed on: the entry and its hash.
struct AuditPosition {
  std::int64_t entry = 0;
  std::string hash;
  bool operator==(const AuditPosition&) const = default;
};

class SqliteConnection;

class AuditTrail {
 public:
  // `open` as for the queue; it need not be open elsewhere.
  static Result<std::unique_ptr<AuditTrail>> open(const OpenQueue& open, const Clock& clock);
  ~AuditTrail();

  // All of them or none, in one transaction.
  Status record(const std::vector<AuditNote>& notes);
  // Unless the last entry of this kind by this actor says the same. `note.job` must be 0.
  Status record_change(const AuditNote& note);

  // The entries after that number, in order, at most `limit` (entries_per_read_max).
  Result<std::vector<AuditEntry>> entries(std::int64_t after, int limit);
  // Of the last entry of this kind that is of no job; nothing when there is none.
  Result<std::optional<Event>> last_of(const std::string& kind);
  Result<std::int64_t> newest_number_given();  // to an entry, whether it is still there or not; 0: none yet

  // Nothing when it was never handed on.
  Result<std::optional<AuditPosition>> position(const std::string& name);
  // permanent "position_moved" when it is not at `from` any more: somebody else handed it on.
  Status move_position(const std::string& name, const std::optional<AuditPosition>& from, const AuditPosition& to);

 private:
  AuditTrail(QueuePresence presence, std::unique_ptr<SqliteConnection> connection, bool read_only, const Clock& clock);
  template <class Body>
  auto write(Body body) -> decltype(body());
  template <class Body>
  auto read(Body body) -> decltype(body());

  QueuePresence presence_;  // first: it outlives the connection
  std::unique_ptr<SqliteConnection> connection_;
  const bool read_only_;
  const Clock& clock_;
};

// The whole trail, in pieces: writers get in between.
Result<ChainCheck> check_trail(AuditTrail& trail, const std::string& noted_head = {});

// "sha256:..." of the file's content; permanent "file_unreadable". For configuration_changed.
Result<std::string> file_digest(const std::filesystem::path& file);

}  // namespace radfm::db
