// SPDX-License-Identifier: Apache-2.0
// A queue whose every write is an act of a process that may die in it (death.h): before it has begun, at each touch of the disk,
// and after the commit, before the caller hears of it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "db/queue.h"
#include "tests/support/death.h"

namespace radfm::test {

using namespace db;

class MortalQueue final : public Queue {
 public:
  explicit MortalQueue(std::unique_ptr<Queue> queue) : queue_(std::move(queue)) {}

  // -- reads
  Result<std::optional<std::int64_t>> change_cursor() override { return queue_->change_cursor(); }
  Result<std::vector<PendingStudy>> due_studies(std::int64_t now, int limit) override { return queue_->due_studies(now, limit); }
  Result<std::optional<std::int64_t>> next_due_study_ms() override { return queue_->next_due_study_ms(); }
  Result<std::optional<std::int64_t>> next_due_job_ms(Claimable which) override { return queue_->next_due_job_ms(which); }
  Result<std::vector<std::string>> holders() override { return queue_->holders(); }
  Result<Revision> next_revision(const Lease& lease) override { return queue_->next_revision(lease); }
  Result<std::vector<OutboxObject>> outbox(JobId id) override { return queue_->outbox(id); }
  Result<std::vector<Delivery>> deliveries(JobId id) override { return queue_->deliveries(id); }
  Result<std::vector<Job>> list(const JobFilter& filter) override { return queue_->list(filter); }
  Result<std::optional<Job>> job(JobId id) override { return queue_->job(id); }
  Result<std::vector<std::uint8_t>> montage(JobId id) override { return queue_->montage(id); }
  Result<std::string> draft_page(JobId id) override { return queue_->draft_page(id); }
  Result<std::vector<Event>> events(JobId id) override { return queue_->events(id); }
  Result<std::vector<Attempt>> attempts(JobId id) override { return queue_->attempts(id); }
  Result<QueueStatus> status() override { return queue_->status(); }
  Result<std::vector<Tally>> tallies() override { return queue_->tallies(); }

  // -- the plugin
  Status take_changes(std::int64_t cursor, const std::vector<PendingStudy>& studies) override {
    return at("take_changes", [&] { return queue_->take_changes(cursor, studies); });
  }
  Status postpone_study(const std::string& study, std::int64_t due_wall_ms) override {
    return at("postpone_study", [&] { return queue_->postpone_study(study, due_wall_ms); });
  }
  Result<EnqueueResult> settle_study(const std::string& study, const NewJob& job) override {
    return at("settle_study", [&] { return queue_->settle_study(study, job); });
  }
  Result<std::vector<EnqueueResult>> settle_studies(const std::vector<NewJob>& jobs) override {
    return at("settle_studies", [&] { return queue_->settle_studies(jobs); });
  }
  Status forget_study(const std::string& study) override {
    return at("forget_study", [&] { return queue_->forget_study(study); });
  }
  Status set_plugin_note(const std::string& text) override {
    return at("set_plugin_note", [&] { return queue_->set_plugin_note(text); });
  }

  // -- the worker
  Result<std::optional<std::pair<Job, Lease>>> claim(const std::string& holder, Claimable which) override {
    return at("claim", [&] { return queue_->claim(holder, which); });
  }
  Result<int> reclaim(const std::vector<std::string>& dead_holders) override {
    return at("reclaim", [&] { return queue_->reclaim(dead_holders); });
  }
  Status heartbeat(const Lease& lease) override {
    return at("heartbeat", [&] { return queue_->heartbeat(lease); });
  }
  Status worker_alive(const std::string& text) override {
    return at("worker_alive", [&] { return queue_->worker_alive(text); });
  }
  Status add_to_tallies(const std::vector<Tally>& added) override {
    return at("add_to_tallies", [&] { return queue_->add_to_tallies(added); });
  }
  Status set_stage(const Lease& lease, JobStage stage, int done, int of, const std::string& text) override {
    return at("set_stage", [&] { return queue_->set_stage(lease, stage, done, of, text); });
  }
  Status note(const Lease& lease, const std::string& kind, const std::string& detail) override {
    return at("note", [&] { return queue_->note(lease, kind, detail); });
  }
  Status set_detail(const Lease& lease, const std::string& detail_json, const std::string& input_digest) override {
    return at("set_detail", [&] { return queue_->set_detail(lease, detail_json, input_digest); });
  }
  Status set_montage(const Lease& lease, const std::vector<std::uint8_t>& png) override {
    return at("set_montage", [&] { return queue_->set_montage(lease, png); });
  }
  Status set_draft_page(const Lease& lease, const std::string& page_json) override {
    return at("set_draft_page", [&] { return queue_->set_draft_page(lease, page_json); });
  }
  Status hold_text(const Lease& lease, const std::string& text) override {
    return at("hold_text", [&] { return queue_->hold_text(lease, text); });
  }
  Status fill_outbox(const Lease& lease, const Revision& revision, const std::vector<OutboxObject>& objects,
                     const std::vector<std::string>& destinations, const std::string& text) override {
    return at("fill_outbox", [&] { return queue_->fill_outbox(lease, revision, objects, destinations, text); });
  }
  Status begin_send(const Lease& lease, const std::string& role, const std::string& destination, std::int64_t timeout_ms) override {
    return at("begin_send", [&] { return queue_->begin_send(lease, role, destination, timeout_ms); });
  }
  Status end_send(const Lease& lease, const std::string& role, const std::string& destination, bool delivered,
                  const std::string& error) override {
    return at("end_send", [&] { return queue_->end_send(lease, role, destination, delivered, error); });
  }
  Status give_up_send(const Lease& lease, const std::string& role, const std::string& destination, const std::string& why) override {
    return at("give_up_send", [&] { return queue_->give_up_send(lease, role, destination, why); });
  }
  Status fill_rejection(const Lease& lease, const OutboxObject& object) override {
    return at("fill_rejection", [&] { return queue_->fill_rejection(lease, object); });
  }
  Status finish(const Lease& lease, const std::string& outcome) override {
    return at("finish", [&] { return queue_->finish(lease, outcome); });
  }
  Status fail(const Lease& lease, const Error& error) override {
    return at("fail", [&] { return queue_->fail(lease, error); });
  }
  Status release(const Lease& lease, const std::string& why) override {
    return at("release", [&] { return queue_->release(lease, why); });
  }

  // -- people
  Status retry(JobId id, const AskedBy& by) override {
    return at("retry", [&] { return queue_->retry(id, by); });
  }
  Status release_held(JobId id, const AskedBy& by) override {
    return at("release_held", [&] { return queue_->release_held(id, by); });
  }
  Status withdraw(JobId id, RejectionReason reason, const std::string& why, const AskedBy& by) override {
    return at("withdraw", [&] { return queue_->withdraw(id, reason, why, by); });
  }
  Result<JobId> rerun(JobId id, const AskedBy& by) override {
    return at("rerun", [&] { return queue_->rerun(id, by); });
  }
  Status cancel(JobId id, const AskedBy& by) override {
    return at("cancel", [&] { return queue_->cancel(id, by); });
  }
  Status rush(JobId id, const AskedBy& by) override {
    return at("rush", [&] { return queue_->rush(id, by); });
  }
  Status pause(const std::string& actor) override {
    return at("pause", [&] { return queue_->pause(actor); });
  }
  Status resume(const std::string& actor) override {
    return at("resume", [&] { return queue_->resume(actor); });
  }
  Result<EnqueueResult> add(const NewJob& job) override {
    return at("add", [&] { return queue_->add(job); });
  }

 private:
  template <class Write>
  auto at(const std::string& act, const Write& write) -> decltype(write()) {
    Death::pass(act + ": not begun");
    auto result = [&] {
      const Death::Act acting(act);
      return write();
    }();
    Death::pass(act + ": committed");
    return result;
  }

  std::unique_ptr<Queue> queue_;
};

}  // namespace radfm::test
