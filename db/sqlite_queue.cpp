// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_queue.h"

#include "db/sqlite_statement.h"

namespace radfm::db {

SqliteQueue::SqliteQueue(QueuePresence presence, std::unique_ptr<SqliteConnection> connection, const OpenQueue& open, const Clock& clock)
    : presence_(std::move(presence)),
      connection_(std::move(connection)),
      jobs_(*connection_),
      settings_(open.settings),
      random_(open.random ? open.random : system_random()),
      clock_(clock),
      read_only_(open.read_only),
      pages_max_(open.pages_max) {}

Result<JobRow> SqliteQueue::held(const Lease& lease) {
  std::optional<JobRow> row = jobs_.load(lease.job);
  if (row && row->held() && row->token == lease.token) return std::move(*row);
  return cancelled_error("lease_lost", "job " + std::to_string(lease.job) + ": the lease " + std::to_string(lease.token) +
                                           " is no longer the job's (cancelled, superseded or taken back); nothing was written");
}

Result<JobRow> SqliteQueue::held(const Lease& lease, JobState state) {
  Result<JobRow> row = held(lease);
  if (!row || row->job.state == state) return row;
  return permanent_error("wrong_state", "job " + std::to_string(lease.job) + " is " + std::string(to_string(row->job.state)) +
                                            ", this needs it to be " + std::string(to_string(state)));
}

Result<JobRow> SqliteQueue::known(JobId id, const AskedBy& by) {
  std::optional<JobRow> row = jobs_.load(id);
  if (!row) return permanent_error("no_such_job", "there is no job " + std::to_string(id) + " in the queue; see radfmctl queue list");
  if (by.seen && *by.seen != version_of(id)) {
    return permanent_error("changed_meanwhile", "job " + std::to_string(id) + " is not as it was when you looked at it: look again, and ask again");
  }
  return std::move(*row);
}

JobVersion SqliteQueue::version_of(JobId id) {
  // Who looked at its draft is noted too, and changes nothing.
  SqliteStatement last(*connection_, "SELECT id FROM events WHERE job = ?1 AND kind <> 'viewed' ORDER BY id DESC LIMIT 1", id);
  JobVersion version = 0;
  if (last.step()) last.read(version);
  return version;
}

std::int64_t SqliteQueue::wait_ms(int failure) const {
  return backoff_ms(failure, settings_.backoff_first_ms, settings_.backoff_max_ms, random_);
}

void SqliteQueue::set_vital(std::string_view name, const std::string& note) {
  SqliteStatement(*connection_,
                  "INSERT INTO vitals (name, note, wall_ms) VALUES (?1, ?2, ?3) "
                  "ON CONFLICT (name) DO UPDATE SET note = excluded.note, wall_ms = excluded.wall_ms",
                  name, cut_message(note), clock_.wall_ms())
      .run();
}

}  // namespace radfm::db
