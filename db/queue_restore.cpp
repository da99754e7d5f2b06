// SPDX-License-Identifier: Apache-2.0
// A backup put in the queue's place; the contract stands in db/queue_file.h.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "core/dicom_time.h"
#include "core/job.h"
#include "db/new_file.h"
#include "db/queue.h"
#include "db/queue_file.h"
#include "db/queue_presence.h"
#include "db/sqlite_copy.h"
#include "db/sqlite_error.h"
#include "db/sqlite_file_check.h"
#include "db/sqlite_jobs.h"
#include "db/sqlite_schema.h"
#include "db/sqlite_statement.h"
#include "db/sqlite_transaction.h"

namespace radfm::db {
namespace {

constexpr std::int64_t replaced_busy_limit_ms = 1'000;  // nobody should have it locked
constexpr const char* journal_endings[] = {"-journal", "-wal", "-shm"};

std::filesystem::path with_ending(const std::filesystem::path& file, const std::string& ending) { return file.string() + ending; }

// What is known of the file that is replaced. A broken one is known little of, and is replaced all the same.
struct Replaced {
  bool is_there = false;
  std::optional<std::int64_t> last_job;  // nothing: it could not be read
  FileAccess access;
};

FileAccess access_of(const std::filesystem::path& queue) {
  struct stat facts {};
  if (::stat(queue.c_str(), &facts) == 0) return {facts.st_mode & 0777U, facts.st_uid, facts.st_gid};
  if (::stat(folder_of(queue).c_str(), &facts) != 0) return {};
  return {0660, facts.st_uid, facts.st_gid};  // as open_sqlite_queue makes it, for whom the folder belongs to
}

Error in_use(const std::filesystem::path& queue, const std::string& by) {
  return transient_error("queue_in_use", "queue database " + queue.string() + ": " + by + "; stop radfm-worker and Orthanc, then try again");
}

bool has_living_holder(SqliteConnection& connection, const Clock& clock) {
  SqliteStatement statement(connection, "SELECT DISTINCT holder FROM jobs WHERE holder <> ''");
  while (statement.step()) {
    std::string holder;
    statement.read(holder);
    if (holder_is_alive(holder, clock)) return true;
  }
  return false;
}

// Folds its journal into it as well, where it can still be read: then it is one file that can be looked at later.
Result<Replaced> look_at_replaced(const std::filesystem::path& queue, const Clock& clock) {
  Replaced replaced;
  replaced.access = access_of(queue);
  replaced.is_there = std::filesystem::exists(queue);
  if (!replaced.is_there) return replaced;
  try {
    SqliteConnection connection(queue.string(), replaced_busy_limit_ms);
    if (!check_owner(connection)) return replaced;
    if (has_living_holder(connection, clock)) return in_use(queue, "a worker that lives has a job of it");
    connection.execute("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; ROLLBACK");
    replaced.last_job = number_of(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'");
  } catch (const SqliteFailure& failure) {
    if (failure.busy()) return in_use(queue, "another program keeps it locked");
    replaced.last_job.reset();
  }
  return replaced;
}

std::int64_t free_leases(SqliteConnection& connection, const std::string& actor, std::int64_t now) {
  JobTable jobs(connection);
  std::vector<JobRow> held = jobs.select("jobs.holder <> ''");
  for (JobRow& row : held) {
    jobs.end_attempt(row, now, "released");
    if (row.job.state == JobState::leased) row.job.state = JobState::queued;
    row.job.attempts -= 1;
    row.holder.clear();
    jobs.save(row, now);
    jobs.add_event(row.job.id, now, "released", "the queue was restored from a backup", actor);
  }
  return static_cast<std::int64_t>(held.size());
}

void go_on_numbering(SqliteConnection& connection, const Replaced& replaced) {
  const std::int64_t known = number_of(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'");
  const std::int64_t last = replaced.last_job ? std::max(known, *replaced.last_job) : known + job_numbers_skipped;
  SqliteStatement(connection, "DELETE FROM sqlite_sequence WHERE name = 'jobs'").run();
  SqliteStatement(connection, "INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?1)", last).run();
}

// Makes an older state one that may be gone on from.
RestoredQueue make_safe(SqliteConnection& connection, const Replaced& replaced, const std::string& actor, const Clock& clock) {
  RestoredQueue restored;
  const std::int64_t now = clock.wall_ms();
  SqliteTransaction transaction(connection, SqliteTransaction::Kind::write);
  restored.last_known_wall_ms = number_of(connection, "SELECT MAX(wall_ms) FROM (SELECT wall_ms FROM events UNION ALL SELECT wall_ms FROM vitals)");
  restored.jobs_freed = free_leases(connection, actor, now);
  // Since the backup each of these may have been sent: each destination is asked as after a lost answer.
  SqliteStatement(connection,
                  "UPDATE deliveries SET send_started = 1 WHERE delivered = 0 "
                  "AND job IN (SELECT id FROM jobs WHERE state IN ('delivering', 'dead', 'cancelled'))")
      .run();
  go_on_numbering(connection, replaced);
  JobTable(connection).add_event(0, now, "restored", "the queue is as it was at " + format_iso_utc(restored.last_known_wall_ms), actor);
  transaction.commit();
  return restored;
}

// The copy is what is looked at, and what is put in place.
Result<RestoredQueue> prepare_copy(const std::filesystem::path& backup, const std::filesystem::path& copy, const Replaced& replaced,
                                   const std::string& actor, const Clock& clock) {
  if (const Result<CopiedQueue> copied = copy_database(backup, copy, {}); !copied) return copied.error();
  SqliteConnection connection(copy.string(), node_file_busy_limit_ms);
  connection.execute("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  if (Status ours = check_owner(connection); !ours) return ours.error();
  std::vector<std::string> faults = faults_of(connection, {});
  if (faults.empty()) faults = schema_differences(connection);
  if (!faults.empty()) {
    return permanent_error("database_broken", backup.string() + ": this is no backup that can be used (" + faults.front() +
                                                  "); nothing was changed. Take another one");
  }
  if (Status upgraded = bring_up_to_date(connection); !upgraded) return upgraded.error();
  return make_safe(connection, replaced, actor, clock);
}

std::string dated(std::int64_t wall_ms) { return format_da(wall_ms) + "T" + format_tm(wall_ms) + "Z"; }

// A second name for the file first, so that one of the two is in place at each moment; then its journals, which SQLite would take
// for the restored file's.
Result<std::filesystem::path> move_aside(const std::filesystem::path& queue, const Clock& clock) {
  const std::filesystem::path aside = with_ending(queue, ".replaced-" + dated(clock.wall_ms()));
  if (::link(queue.c_str(), aside.c_str()) != 0) return file_error(aside, "keeping the file that was there", errno);
  for (const char* ending : journal_endings) {
    const std::filesystem::path journal = with_ending(queue, ending);
    if (::rename(journal.c_str(), with_ending(aside, ending).c_str()) != 0 && errno != ENOENT) {
      return file_error(journal, "keeping the file that was there", errno);
    }
  }
  if (Status synced = sync_folder(folder_of(queue)); !synced) return synced.error();
  return aside;
}

}  // namespace

Result<RestoredQueue> restore_queue(const std::filesystem::path& named, const std::filesystem::path& backup, const std::string& actor,
                                    const Clock& clock) {
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(named, error);
  const std::filesystem::path queue = error ? named : resolved;
  if (!std::filesystem::is_regular_file(backup, error)) return transient_error("database_unavailable", backup.string() + ": there is no such file");
  if (std::filesystem::equivalent(queue, backup, error)) return permanent_error("file_exists", backup.string() + ": this is the queue itself");
  const Result<QueuePresence> presence = QueuePresence::of(queue, QueuePresence::Kind::alone);
  if (!presence) return presence.error();
  try {
    const Result<Replaced> replaced = look_at_replaced(queue, clock);
    if (!replaced) return replaced.error();
    Result<NewFile> copy = NewFile::beside(queue);
    if (!copy) return copy.error();
    Result<RestoredQueue> restored = prepare_copy(backup, copy->path(), *replaced, actor, clock);
    if (!restored) return restored;
    if (replaced->is_there) {
      Result<std::filesystem::path> aside = move_aside(queue, clock);
      if (!aside) return aside.error();
      restored->replaced = std::move(aside).value();
    }
    if (Status placed = copy->put_in_place(replaced->access, IfThere::replace); !placed) return placed.error();
    return restored;
  } catch (const SqliteFailure& failure) {
    return failure.error();
  }
}

}  // namespace radfm::db
