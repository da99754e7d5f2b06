// SPDX-License-Identifier: Apache-2.0
// A queue that hands each call to another one: what a queue with one difference is derived from. A lease may be exchanged.
#pragma once

#include <memory>
#include <utility>

#include "db/queue.h"

namespace radfm::testing_support {

class ForwardingQueue : public db::Queue {
 public:
  using Lease = db::Lease;
  using JobId = db::JobId;
  using Text = const std::string&;
  explicit ForwardingQueue(std::unique_ptr<db::Queue> queue) : queue_(std::move(queue)) {}

  Result<std::optional<std::int64_t>> change_cursor() override { return queue_->change_cursor(); }
  Status take_changes(std::int64_t cursor, const std::vector<db::PendingStudy>& studies) override { return queue_->take_changes(cursor, studies); }
  Result<std::vector<db::PendingStudy>> due_studies(std::int64_t now, int limit) override { return queue_->due_studies(now, limit); }
  Result<std::optional<std::int64_t>> next_due_study_ms() override { return queue_->next_due_study_ms(); }
  Status postpone_study(Text study, std::int64_t due) override { return queue_->postpone_study(study, due); }
  Result<db::EnqueueResult> settle_study(Text study, const db::NewJob& job) override { return queue_->settle_study(study, job); }
  Result<std::vector<db::EnqueueResult>> settle_studies(const std::vector<db::NewJob>& jobs) override { return queue_->settle_studies(jobs); }
  Status forget_study(Text study) override { return queue_->forget_study(study); }
  Status set_plugin_note(Text note) override { return queue_->set_plugin_note(note); }

  Result<std::optional<std::pair<db::Job, Lease>>> claim(Text holder, db::Claimable which) override { return queue_->claim(holder, which); }
  Result<std::optional<std::int64_t>> next_due_job_ms(db::Claimable which) override { return queue_->next_due_job_ms(which); }
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
  Status fill_outbox(const Lease& lease, const Revision& revision, const std::vector<db::OutboxObject>& objects,
                     const std::vector<std::string>& destinations, Text text) override {
    return queue_->fill_outbox(of(lease), revision, objects, destinations, text);
  }
  Result<std::vector<db::OutboxObject>> outbox(JobId job) override { return queue_->outbox(job); }
  Result<std::vector<db::Delivery>> deliveries(JobId job) override { return queue_->deliveries(job); }
  Status begin_send(const Lease& lease, Text role, Text to, std::int64_t ms) override { return queue_->begin_send(of(lease), role, to, ms); }
  Status end_send(const Lease& lease, Text role, Text to, bool delivered, Text error) override {
    return queue_->end_send(of(lease), role, to, delivered, error);
  }
  Status give_up_send(const Lease& lease, Text role, Text to, Text why) override { return queue_->give_up_send(of(lease), role, to, why); }
  Status fill_rejection(const Lease& lease, const db::OutboxObject& note) override { return queue_->fill_rejection(of(lease), note); }
  Status finish(const Lease& lease, Text outcome) override { return queue_->finish(of(lease), outcome); }
  Status fail(const Lease& lease, const Error& error) override { return queue_->fail(of(lease), error); }
  Status release(const Lease& lease, Text why) override { return queue_->release(of(lease), why); }

  Result<std::vector<db::Job>> list(const db::JobFilter& filter) override { return queue_->list(filter); }
  Result<std::optional<db::Job>> job(JobId id) override { return queue_->job(id); }
  Result<std::vector<std::uint8_t>> montage(JobId id) override { return queue_->montage(id); }
  Result<std::string> draft_page(JobId id) override { return queue_->draft_page(id); }
  Result<std::vector<db::Event>> events(JobId id) override { return queue_->events(id); }
  Result<std::vector<db::Attempt>> attempts(JobId id) override { return queue_->attempts(id); }
  Result<db::QueueStatus> status() override { return queue_->status(); }
  Status add_to_tallies(const std::vector<db::Tally>& added) override { return queue_->add_to_tallies(added); }
  Result<std::vector<db::Tally>> tallies() override { return queue_->tallies(); }
  Status retry(JobId id, const db::AskedBy& by) override { return queue_->retry(id, by); }
  Status release_held(JobId id, const db::AskedBy& by) override { return queue_->release_held(id, by); }
  Status withdraw(JobId id, RejectionReason reason, Text why, const db::AskedBy& by) override { return queue_->withdraw(id, reason, why, by); }
  Result<JobId> rerun(JobId id, const db::AskedBy& by) override { return queue_->rerun(id, by); }
  Status cancel(JobId id, const db::AskedBy& by) override { return queue_->cancel(id, by); }
  Status rush(JobId id, const db::AskedBy& by) override { return queue_->rush(id, by); }
  Status pause(Text actor) override { return queue_->pause(actor); }
  Status resume(Text actor) override { return queue_->resume(actor); }
  Result<db::EnqueueResult> add(const db::NewJob& job) override { return queue_->add(job); }

 protected:
  virtual Lease of(const Lease& lease) { return lease; }
  db::Queue& queue() { return *queue_; }

 private:
  std::unique_ptr<db::Queue> queue_;
};

}  // namespace radfm::testing_support
