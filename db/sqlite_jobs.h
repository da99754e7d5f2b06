// SPDX-License-Identifier: Apache-2.0
// The job row and its append-only history: the only door through which a job's row is changed.
// All functions run inside the caller's transaction and throw SqliteFailure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/queue_types.h"
#include "db/sqlite_connection.h"
#include "db/sqlite_statement.h"

namespace radfm::db {

// The row of table jobs. Long values of `job` (instances, action, texts) are not filled.
struct JobRow {
  Job job;
  std::int64_t opened_wall_ms = 0;
  bool waiting = false;  // due_wall_ms is a back-off
  std::int64_t token = 0;
  std::string holder, lease_boot_id;
  std::int64_t lease_until_boot_ms = 0;
  JobState stored_state = JobState::queued;  // as it stands in the database
  bool held() const { return !holder.empty(); }
};

inline constexpr std::size_t message_bytes_max = 2'000;  // of one error or note; the rest is cut
std::string cut_message(std::string_view text);

class JobTable {
 public:
  explicit JobTable(SqliteConnection& connection) : connection_(connection) {}

  std::optional<JobRow> load(JobId id);
  // Every row of `where`, a fixed piece of SQL after WHERE that uses ?1, ?2.
  template <class... Values>
  std::vector<JobRow> select(std::string_view where, const Values&... values);

  // Inserts a queued job, or one that is done at once because no report is due; gives its id.
  JobId insert(const JobRow& row, const NewJob& origin);
  // Writes the row back. The step from the stored state must be legal (core/job.h): anything else is a broken invariant.
  // A job that leaves its holder's hands loses holder and lease; one that closes gets its finishing time.
  void save(JobRow& row, std::int64_t now_wall_ms);

  // Fills instances and action; false when what is stored cannot be read.
  bool load_inputs(Job& job);
  void load_results(Job& job);  // report text or the text so far, detail
  void load_progress(Job& job);

  void add_event(JobId job, std::int64_t wall_ms, std::string_view kind, std::string_view detail, std::string_view actor);
  void start_attempt(const JobRow& row, std::int64_t wall_ms);
  void end_attempt(const JobRow& row, std::int64_t wall_ms, std::string_view ended_as, const Error* error = nullptr);

 private:
  static std::string select_text(std::string_view where);
  static void read_row(SqliteStatement& statement, JobRow& row);
  SqliteConnection& connection_;
};

template <class... Values>
std::vector<JobRow> JobTable::select(std::string_view where, const Values&... values) {
  SqliteStatement statement(connection_, select_text(where), values...);
  std::vector<JobRow> rows;
  while (statement.step()) read_row(statement, rows.emplace_back());
  return rows;
}

}  // namespace radfm::db
