// SPDX-License-Identifier: Apache-2.0
// A queue that hands each call to another one, which it owns: what a queue with one difference is derived from. A lease may be
// exchanged. Threading and errors are those of the other one.
#pragma once

#include <memory>
#include <utility>

#include "db/queue.h"

namespace radfm::db {

class ForwardingQueue : public Queue {
 public:
  using Text = const std::string&;
  explicit ForwardingQueue(std::unique_ptr<Queue> queue) : queue_(std::move(queue)) {}

  Result<std::optional<std::int64_t>> change_cursor() override { return queue_->change_cursor(); }
  Status take_changes(std::int64_t cursor, const std::vector<PendingStudy>& studies) override { return queue_->take_changes(cursor, studies); }
  Result<std::vector<PendingStudy>> due_studies(std::int64_t now, int limit) override { return queue_->due_studies(now, limit); }
  Result<std::optional<std::int64_t>> next_due_study_ms() override { return queue_->next_due_study_ms(); }
  Status postpone_study(Text study, std::int64_t due) override { return queue_->postpone_study(study, due); }
  Result<EnqueueResult> settle_study(Text study, const NewJob& job) override { return queue_->settle_study(study, job); }
  Result<std::vector<EnqueueResult>> settle_studies(const std::vector<NewJob>& jobs) override { return queue_->settle_studies(jobs); }
  Status forget_study(Text study) override { return queue_->forget_study(study); }
  Status set_plugin_note(Text note) override { return queue_->set_plugin_note(note); }

  Result<std::optional<std::pair<Job, Lease>>> claim(Text holder, Claimable which) override { return queue_->claim(holder, which); }
  Result<std::optional<std::int64_t>> next_due_job_ms(Claimable which) override { return queue_->next_due_job_ms(which); }
  Result<int> reclaim(const std::vector<std::string>& dead) override { return queue_->reclaim(dead); }
  Result<std::vector<std::string>> holders() override { return queue_->holders(); }
  Status heartbeat(const Lease& lease) override { return queue_->heartbeat(of(lease)); }
  Status worker_alive(Text note) override { return queue_->worker_alive(note); }
  Status set_stage(const Lease& lease, JobStage stage, int done, int total, Text text) override {
    return queue_->set_stage(of(lease), stage, done, total, text);
  }
  Status note(const Lease& lease, Text kind, Text detail) override { return queue_->note(of(lease), kind, detail); }
  Status set_detail(const Lease& lease, Text detail, Text digest) override { return queue_->set_detail(of(lease), detail, digest); }
  Status set_montage(const Lease& lease, const std::vector<std::uint8_t>& png) override { return queue_->set_montage(of(lease), png); }
  Status set_draft_page(const Lease& lease, Text page) override { return queue_->set_draft_page(of(lease), page); }
  Status hold_text(const Lease& lease, Text text) override { return queue_->hold_text(of(lease), text); }
  Result<Revision> next_revision(const Lease& lease) override { return queue_->next_revision(of(lease)); }
  Status fill_outbox(const Lease& lease, const Revision& revision, const std::vector<OutboxObject>& objects,
                     const std::vector<std::string>& destinations, Text text) override {
    return queue_->fill_outbox(of(lease), revision, objects, destinations, text);
  }
  Result<std::vector<OutboxObject>> outbox(JobId job) override { return queue_->outbox(job); }
  Result<std::vector<Delivery>> deliveries(JobId job) override { return queue_->deliveries(job); }
  Status begin_send(const Lease& lease, Text role, Text to, std::int64_t ms) override { return queue_->begin_send(of(lease), role, to, ms); }
  Status end_send(const Lease& lease, Text role, Text to, bool delivered, Text error) override {
    return queue_->end_send(of(lease), role, to, delivered, error);
  }
  Status give_up_send(const Lease& lease, Text role, Text to, Text why) override { return queue_->give_up_send(of(lease), role, to, why); }
  Status fill_rejection(const Lease& lease, const OutboxObject& note) override { return queue_->fill_rejection(of(lease), note); }
  Status finish(const Lease& lease, Text outcome) override { return queue_->finish(of(lease), outcome); }
  Status fail(const Lease& lease, const Error& error) override { return queue_->fail(of(lease), error); }
  Status release(const Lease& lease, Text why) override { return queue_->release(of(lease), why); }

  Result<std::vector<Job>> list(const JobFilter& filter) override { return queue_->list(filter); }
  Result<std::optional<Job>> job(JobId id) override { return queue_->job(id); }
  Result<std::vector<std::uint8_t>> montage(JobId id) override { return queue_->montage(id); }
  Result<std::string> draft_page(JobId id) override { return queue_->draft_page(id); }
  Result<std::vector<Event>> events(JobId id) override { return queue_->events(id); }
  Result<std::vector<Attempt>> attempts(JobId id) override { return queue_->attempts(id); }
  Result<QueueStatus> status() override { return queue_->status(); }
  Status add_to_tallies(const std::vector<Tally>& added) override { return queue_->add_to_tallies(added); }
  Result<std::vector<Tally>> tallies() override { return queue_->tallies(); }
  Status retry(JobId id, const AskedBy& by) override { return queue_->retry(id, by); }
  Status release_held(JobId id, const AskedBy& by) override { return queue_->release_held(id, by); }
  Status withdraw(JobId id, RejectionReason reason, Text why, const AskedBy& by) override { return queue_->withdraw(id, reason, why, by); }
  Result<JobId> rerun(JobId id, const AskedBy& by) override { return queue_->rerun(id, by); }
  Status cancel(JobId id, const AskedBy& by) override { return queue_->cancel(id, by); }
  Status rush(JobId id, const AskedBy& by) override { return queue_->rush(id, by); }
  Status pause(Text actor) override { return queue_->pause(actor); }
  Status resume(Text actor) override { return queue_->resume(actor); }
  Result<EnqueueResult> add(const NewJob& job) override { return queue_->add(job); }

 protected:
  virtual Lease of(const Lease& lease) { return lease; }
  Queue& queue() { return *queue_; }

 private:
  std::unique_ptr<Queue> queue_;
};

}  // namespace radfm::db
