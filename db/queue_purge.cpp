// SPDX-License-Identifier: Apache-2.0
// What finished jobs left behind, removed when it is old.
#include <vector>

#include "core/job.h"
#include "db/queue_file.h"
#include "db/queue_presence.h"
#include "db/queue_types.h"
#include "db/sqlite_copy.h"
#include "db/sqlite_error.h"
#include "db/sqlite_jobs.h"
#include "db/sqlite_schema.h"
#include "db/sqlite_statement.h"
#include "db/sqlite_transaction.h"

namespace radfm::db {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr int jobs_looked_at_once = 1'000;  // a millisecond or two, during which nobody commits

// ?1: finished before; ?2, ?3: between these numbers.
constexpr std::string_view purgeable =
    "SELECT id FROM jobs WHERE id > ?2 AND id <= ?3 AND state IN ('done', 'dead', 'cancelled') AND finished_wall_ms < ?1 "
    // A withheld draft is done, and what is not delivered of it is never sent.
    "AND (state = 'done' OR NOT EXISTS (SELECT 1 FROM deliveries WHERE job = jobs.id AND delivered = 0)) "
    "AND (outcome = 'withdrawn' OR NOT EXISTS (SELECT 1 FROM withdrawals WHERE job = jobs.id)) "
    "AND (EXISTS (SELECT 1 FROM job_results WHERE job = jobs.id) OR EXISTS (SELECT 1 FROM progress WHERE job = jobs.id) "
    "OR EXISTS (SELECT 1 FROM montages WHERE job = jobs.id) OR EXISTS (SELECT 1 FROM draft_pages WHERE job = jobs.id) "
    "OR EXISTS (SELECT 1 FROM held_texts WHERE job = jobs.id) "
    "OR EXISTS (SELECT 1 FROM outbox WHERE job = jobs.id AND length(dicom) > 0)) ORDER BY id";

class Purge {
 public:
  Purge(SqliteConnection& connection, std::int64_t finished_before_ms, const Clock& clock)
      : connection_(connection), finished_before_ms_(finished_before_ms), clock_(clock) {}

  // How many were purged; looks at all jobs, a few at a time.
  int run(const std::function<bool()>& go_on) {
    int purged = 0;
    JobId after = 0;
    while (std::optional<JobId> upto = end_of_next_stretch(after)) {
      // A batch that was full may have left some.
      for (int count = purge_jobs_at_once; count == purge_jobs_at_once;) {
        if (!go_on()) return purged;
        count = purge_some(after, *upto);
        purged += count;
      }
      after = *upto;
    }
    return purged;
  }

 private:
  std::optional<JobId> end_of_next_stretch(JobId after) {
    SqliteStatement statement(connection_, "SELECT MAX(id) FROM (SELECT id FROM jobs WHERE id > ?1 ORDER BY id LIMIT ?2)", after,
                              jobs_looked_at_once);
    JobId last = 0;
    if (statement.step()) statement.read(last);
    return last > after ? std::optional(last) : std::nullopt;
  }

  std::vector<JobId> next_jobs(JobId after, JobId upto) {
    SqliteStatement statement(connection_, std::string(purgeable) + " LIMIT ?4", finished_before_ms_, after, upto, purge_jobs_at_once);
    std::vector<JobId> jobs;
    while (statement.step()) statement.read(jobs.emplace_back());
    return jobs;
  }

  int purge_some(JobId after, JobId upto) {
    if (next_jobs(after, upto).empty()) return 0;  // nearly always: without the write lock
    connection_.give_way();
    SqliteTransaction transaction(connection_, SqliteTransaction::Kind::write);
    const std::vector<JobId> jobs = next_jobs(after, upto);  // a person may have begun one anew
    for (const JobId job : jobs) purge_one(job);
    transaction.commit();
    connection_.wrote();
    return static_cast<int>(jobs.size());
  }

  void purge_one(JobId job) {
    for (const char* table : {"job_results", "progress", "montages", "draft_pages", "held_texts"}) {
      SqliteStatement(connection_, std::string("DELETE FROM ") + table + " WHERE job = ?1", job).run();
    }
    // The rows stay: deliveries hang on them, and a later report of the study names class and UIDs of this one.
    SqliteStatement(connection_, "UPDATE outbox SET dicom = x'' WHERE job = ?1", job).run();
    JobTable(connection_).add_event(job, clock_.wall_ms(), "purged", "texts, pictures and objects, by queue.keep_results_days", "worker");
  }

  SqliteConnection& connection_;
  const std::int64_t finished_before_ms_;
  const Clock& clock_;
};

}  // namespace

Result<int> purge_results(const std::filesystem::path& queue, int keep_days, const Clock& clock, const std::function<bool()>& go_on) {
  if (keep_days <= 0) return 0;
  const Result<QueuePresence> presence = QueuePresence::of(queue, QueuePresence::Kind::if_there_is_one);
  if (!presence) return presence.error();
  try {
    SqliteConnection connection(queue.string(), node_file_busy_limit_ms);
    connection.execute("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL");
    if (Status current = check_schema(connection); !current) return current.error();
    return Purge(connection, clock.wall_ms() - keep_days * day_ms, clock).run(go_on);
  } catch (const SqliteFailure& failure) {
    return failure.error();
  }
}

}  // namespace radfm::db
