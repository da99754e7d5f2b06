// SPDX-License-Identifier: Apache-2.0
// The queue in memory: a second implementation of db/queue.h, written from the contract and not from SQLite's, so that what
// the contract leaves open shows (tests/db/queue_twin_tests.cpp). Also the queue of simulations, where thousands of runs
// must not wait for a disk. It forgets all with its store.
//
// Threading: as the contract says, one MemoryQueue belongs to one thread; several may share one store. There is no disk and no
// lock that could be busy, so no call answers a transient error.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/memory_store.h"

namespace radfm::db {

class MemoryQueue final : public Queue {
 public:
  // `clock` must outlive the queue.
  MemoryQueue(std::shared_ptr<MemoryStore> store, const QueueSettings& settings, const Clock& clock, RandomUpTo random);

  // memory_queue_studies.cpp
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

  // memory_queue_claim.cpp
  Result<std::optional<std::pair<Job, Lease>>> claim(const std::string& holder, Claimable which) override;
  Result<std::optional<std::int64_t>> next_due_job_ms(Claimable which) override;

  // memory_queue_work.cpp
  Result<std::vector<std::string>> holders() override;
  Status heartbeat(const Lease& lease) override;
  Status worker_alive(const std::string& note) override;
  Status set_stage(const Lease& lease, JobStage stage, int done, int of, const std::string& text_so_far) override;
  Status note(const Lease& lease, const std::string& kind, const std::string& detail) override;
  Status set_detail(const Lease& lease, const std::string& detail_json, const std::string& input_digest) override;
  Status set_montage(const Lease& lease, const std::vector<std::uint8_t>& png) override;
  Status set_draft_page(const Lease& lease, const std::string& page_json) override;
  Status hold_text(const Lease& lease, const std::string& text) override;

  // memory_queue_outbox.cpp
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

  // memory_queue_ending.cpp
  Result<int> reclaim(const std::vector<std::string>& dead_holders) override;
  Status finish(const Lease& lease, const std::string& outcome) override;
  Status fail(const Lease& lease, const Error& error) override;
  Status release(const Lease& lease, const std::string& why) override;

  // memory_queue_people.cpp
  Status retry(JobId id, const AskedBy& by) override;
  Status release_held(JobId id, const AskedBy& by) override;
  Result<JobId> rerun(JobId id, const AskedBy& by) override;
  Status cancel(JobId id, const AskedBy& by) override;
  Status rush(JobId id, const AskedBy& by) override;
  Status pause(const std::string& actor) override;
  Status resume(const std::string& actor) override;

  // memory_queue_withdrawal.cpp
  Status withdraw(JobId id, RejectionReason reason, const std::string& why, const AskedBy& by) override;
  Status fill_rejection(const Lease& lease, const OutboxObject& note) override;

  // memory_queue_listing.cpp
  Result<std::vector<Job>> list(const JobFilter& filter) override;
  Result<std::optional<Job>> job(JobId id) override;
  Result<std::vector<std::uint8_t>> montage(JobId id) override;
  Result<std::string> draft_page(JobId id) override;
  Result<std::vector<Event>> events(JobId id) override;
  Result<std::vector<Attempt>> attempts(JobId id) override;
  Result<QueueStatus> status() override;

  // memory_queue_tallies.cpp
  Status add_to_tallies(const std::vector<Tally>& added) override;
  Result<std::vector<Tally>> tallies() override;

 private:
  // All below is for a caller that has locked the store.
  std::unique_lock<std::mutex> lock() { return std::unique_lock(store_->mutex); }

  Result<MemoryJob*> held(const Lease& lease);                  // cancelled "lease_lost"
  Result<MemoryJob*> held(const Lease& lease, JobState state);  // and permanent "wrong_state"
  Result<MemoryJob*> known(JobId id, const AskedBy& by);         // permanent "no_such_job", "changed_meanwhile"
  JobVersion version_of(JobId id) const;
  std::optional<std::int64_t> ahead_of(const MemoryJob& job) const;
  std::int64_t typical_report_ms() const;
  bool overdue(const MemoryJob& job) const;
  void record(JobId job, const std::string& kind, const std::string& detail, const std::string& actor);

  Result<EnqueueResult> enqueue(const NewJob& job, bool limit_revisions);
  void meet_again(MemoryJob& known, const NewJob& job);
  void supersede_others(const NewJob& job);
  bool revisions_used_up(const std::string& study_instance_uid) const;
  MemoryJob& make_job(const NewJob& job, const std::string& outcome);

  bool kept_back(const MemoryJob& queued) const;  // by another job of its study that is at work
  std::int64_t claimable_from_ms(const MemoryJob& job) const;
  bool stored_result_stands(const MemoryJob& job) const;
  void extend(MemoryHolding& holding, std::int64_t by_ms) const;
  Job shown(const MemoryJob& job) const;

  void move(MemoryJob& job, JobState to);
  void leave(MemoryJob& job, const std::string& attempt_end, const Error* error);
  void put_back(MemoryJob& job);
  static void show_no_progress(MemoryJob& job);
  void put_back_to_wait(MemoryJob& job, std::int64_t wait_ms);
  std::int64_t wait_ms(int failure) const;
  void bury(MemoryJob& job, const Error& error);
  void count_vanished(MemoryJob& job, const Error& error);
  void begin_anew(MemoryJob& job);
  void open_now(MemoryJob& job);
  void end(MemoryJob& job, JobState to, const std::string& outcome);
  std::int64_t place_in_lane(Lane lane, std::int64_t wall_ms) const;

  Revision revision_after(const MemoryJob& job) const;
  bool predecessor_waits(const MemoryJob& job, const Delivery& delivery) const;

  std::shared_ptr<MemoryStore> store_;
  QueueSettings settings_;
  const Clock& clock_;
  RandomUpTo random_;
};

}  // namespace radfm::db
