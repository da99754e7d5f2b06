// SPDX-License-Identifier: Apache-2.0
// The queue on SQLite. The contract stands in db/queue.h; here is only how it is kept.
// Each method is one `write` or `read`: one transaction, begun, retried while the database is busy, and turned from
// SqliteFailure into Error at that one place. A body may run more than once and touches nothing outside the database.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "db/queue.h"
#include "db/queue_presence.h"
#include "db/sqlite_connection.h"
#include "db/sqlite_error.h"
#include "db/sqlite_jobs.h"
#include "db/sqlite_transaction.h"

namespace radfm::db {

class SqliteQueue final : public Queue {
 public:
  SqliteQueue(QueuePresence presence, std::unique_ptr<SqliteConnection> connection, const OpenQueue& open, const Clock& clock);

  // sqlite_queue_studies.cpp
  Result<std::optional<std::int64_t>> change_cursor() override;
  Status take_changes(std::int64_t cursor, const std::vector<PendingStudy>& studies) override;
  Result<std::vector<PendingStudy>> due_studies(std::int64_t now_wall_ms, int limit) override;
  Result<std::optional<std::int64_t>> next_due_study_ms() override;
  Status postpone_study(const std::string& orthanc_study_id, std::int64_t due_wall_ms) override;
  Result<EnqueueResult> settle_study(const std::string& orthanc_study_id, const NewJob& job) override;
  Result<std::vector<EnqueueResult>> settle_studies(const std::vector<NewJob>& jobs) override;
  Status forget_study(const std::string& orthanc_study_id) override;
  Status set_plugin_note(const std::string& note) override;
  Result<EnqueueResult> add(const NewJob& job) override;

  // sqlite_queue_claim.cpp
  Result<std::optional<std::pair<Job, Lease>>> claim(const std::string& holder, Claimable which) override;
  Result<std::optional<std::int64_t>> next_due_job_ms(Claimable which) override;
  Result<int> reclaim(const std::vector<std::string>& dead_holders) override;
  Result<std::vector<std::string>> holders() override;
  Status heartbeat(const Lease& lease) override;
  Status worker_alive(const std::string& note) override;
  Status set_stage(const Lease& lease, JobStage stage, int done, int of, const std::string& text_so_far) override;
  Status note(const Lease& lease, const std::string& kind, const std::string& detail) override;
  Status set_detail(const Lease& lease, const std::string& detail_json, const std::string& input_digest) override;
  Status set_montage(const Lease& lease, const std::vector<std::uint8_t>& png) override;
  Status set_draft_page(const Lease& lease, const std::string& page_json) override;

  // sqlite_queue_outbox.cpp
  Result<Revision> next_revision(const Lease& lease) override;
  Status fill_outbox(const Lease& lease, const Revision& revision, const std::vector<OutboxObject>& objects,
                     const std::vector<std::string>& destinations, const std::string& report_text) override;
  Result<std::vector<OutboxObject>> outbox(JobId job) override;
  Result<std::vector<Delivery>> deliveries(JobId job) override;
  Status begin_send(const Lease& lease, const std::string& role, const std::string& destination,
                    std::int64_t send_timeout_ms) override;
  Status end_send(const Lease& lease, const std::string& role, const std::string& destination, bool delivered,
                  const std::string& error) override;

  Status give_up_send(const Lease& lease, const std::string& role, const std::string& destination, const std::string& why) override;

  // sqlite_queue_ending.cpp
  Status finish(const Lease& lease, const std::string& outcome) override;
  Status fail(const Lease& lease, const Error& error) override;
  Status release(const Lease& lease, const std::string& why) override;

  // sqlite_queue_people.cpp
  Status retry(JobId id, const AskedBy& by) override;
  Result<JobId> rerun(JobId id, const AskedBy& by) override;
  Status cancel(JobId id, const AskedBy& by) override;
  Status rush(JobId id, const AskedBy& by) override;
  Status pause(const std::string& actor) override;
  Status resume(const std::string& actor) override;

  // sqlite_queue_held.cpp
  Status hold_text(const Lease& lease, const std::string& text) override;
  Status release_held(JobId id, const AskedBy& by) override;

  // sqlite_queue_withdrawal.cpp
  Status withdraw(JobId id, RejectionReason reason, const std::string& why, const AskedBy& by) override;
  Status fill_rejection(const Lease& lease, const OutboxObject& note) override;

  // sqlite_queue_listing.cpp
  Result<std::vector<Job>> list(const JobFilter& filter) override;
  Result<std::optional<Job>> job(JobId id) override;
  Result<std::vector<std::uint8_t>> montage(JobId id) override;
  Result<std::string> draft_page(JobId id) override;
  Result<std::vector<Event>> events(JobId id) override;
  Result<std::vector<Attempt>> attempts(JobId id) override;
  Result<QueueStatus> status() override;

  // sqlite_queue_tallies.cpp
  Status add_to_tallies(const std::vector<Tally>& added) override;
  Result<std::vector<Tally>> tallies() override;

 private:
  template <class Body>
  auto write(Body body) -> decltype(body()) {
    if (read_only_) return permanent_error("read_only", "queue database " + connection_->file() + " was opened for reading");
    return transact_writing(*connection_, body, [this](const SqliteFailure& failure) { return in_words(failure); });
  }
  template <class Body>
  auto read(Body body) -> decltype(body()) {
    return transact(*connection_, SqliteTransaction::Kind::read, body, [this](const SqliteFailure& failure) { return in_words(failure); });
  }

  // Whether so many bytes more fit into that many sixteenths of the file's limit (db/queue_file.h); else transient "disk_full".
  Status require_room(std::size_t bytes, int sixteenths);
  Error limit_reached() const;
  Error in_words(const SqliteFailure& failure);

  // The job that this lease holds, or cancelled "lease_lost". This is the fence: every write by a holder begins here.
  Result<JobRow> held(const Lease& lease);
  // As above, and the job must be in that state: else permanent "wrong_state".
  Result<JobRow> held(const Lease& lease, JobState state);
  // The job, or permanent "no_such_job"; "changed_meanwhile" when it is not as `by` saw it.
  Result<JobRow> known(JobId id, const AskedBy& by);
  JobVersion version_of(JobId id);
  // sqlite_queue_waiting.cpp
  std::map<JobId, std::int64_t> places_of(const std::vector<Job>& jobs);  // how many queued ones come before each that is queued
  std::int64_t typical_report_ms();

  Result<EnqueueResult> enqueue(const NewJob& job, bool revision_limit);
  Result<EnqueueResult> meet_again(JobRow row, const NewJob& job);
  void supersede_others(const NewJob& job);
  bool revision_limit_reached(const std::string& study_instance_uid);
  JobId insert_job(const NewJob& job, std::int64_t now, const std::string& outcome);

  std::optional<JobRow> best_due_job(Claimable which);
  bool resume_delivery(JobRow& row);
  void insert_outbox(JobId job, const OutboxObject& object);
  void forget_outbox(JobId job);
  bool was_sent(JobId job);  // a send of its report was begun: it may be somewhere
  std::optional<Withdrawal> withdrawal_of(JobId job);
  Revision revision_after(const Job& job);
  void set_progress(JobId job, JobStage stage, int done, int of, const std::string& text_so_far);

  void start_counting_anew(JobRow& row, std::int64_t now);
  void begin_anew(JobRow& row, const std::string& event, const std::string& actor);
  void put_back(JobRow& row, std::int64_t wait_ms);
  void bury(JobRow& row, const Error& error, std::string_view ended_as = "failed");
  void count_vanished(JobRow& row, const Error& error, std::string_view ended_as);
  std::int64_t wait_ms(int failure) const;
  void set_vital(std::string_view name, const std::string& note);

  QueuePresence presence_;  // first: it outlives the connection
  std::unique_ptr<SqliteConnection> connection_;
  JobTable jobs_;
  QueueSettings settings_;
  RandomUpTo random_;
  const Clock& clock_;
  bool read_only_;
  std::int64_t pages_max_;
};

// Who acted, in events of the worker's doing.
inline constexpr std::string_view worker_actor = "worker";

}  // namespace radfm::db
