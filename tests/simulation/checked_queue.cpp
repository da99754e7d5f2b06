// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checked_queue.h"

#include <type_traits>
#include <utility>

#include "tests/simulation/world.h"

namespace radfm::simulation {
namespace {

using db::JobId;
using db::Lease;
using Kind = Call::Kind;
using testing_support::SimulatedDisk;

class CheckedQueue final : public db::Queue {
 public:
  CheckedQueue(World& world, std::unique_ptr<db::Queue> queue, int process) : world_(world), queue_(std::move(queue)), process_(process) {}

  // -- the plugin
  Result<std::optional<std::int64_t>> change_cursor() override { return read([&] { return queue_->change_cursor(); }); }
  Status take_changes(std::int64_t cursor, const std::vector<db::PendingStudy>& studies) override {
    return make({.kind = Kind::changes, .name = "take_changes"}, [&] { return queue_->take_changes(cursor, studies); });
  }
  Result<std::vector<db::PendingStudy>> due_studies(std::int64_t now, int limit) override {
    return read([&] { return queue_->due_studies(now, limit); });
  }
  Result<std::optional<std::int64_t>> next_due_study_ms() override { return read([&] { return queue_->next_due_study_ms(); }); }
  Status postpone_study(const std::string& study, std::int64_t due) override {
    return make({.kind = Kind::changes, .name = "postpone_study"}, [&] { return queue_->postpone_study(study, due); });
  }
  Result<db::EnqueueResult> settle_study(const std::string& study, const db::NewJob& job) override {
    return make({.kind = Kind::settle, .name = "settle_study", .new_jobs = {&job, 1}}, [&] { return queue_->settle_study(study, job); });
  }
  Result<std::vector<db::EnqueueResult>> settle_studies(const std::vector<db::NewJob>& jobs) override {
    return make({.kind = Kind::settle, .name = "settle_studies", .new_jobs = jobs}, [&] { return queue_->settle_studies(jobs); });
  }
  Status forget_study(const std::string& study) override {
    return make({.kind = Kind::changes, .name = "forget_study"}, [&] { return queue_->forget_study(study); });
  }
  Status set_plugin_note(const std::string& note) override {
    return make({.kind = Kind::changes, .name = "set_plugin_note"}, [&] { return queue_->set_plugin_note(note); });
  }

  // -- the worker
  Result<std::optional<std::pair<db::Job, Lease>>> claim(const std::string& holder, db::Claimable which) override {
    return make({.kind = Kind::claim, .name = "claim", .holder = holder, .which = which}, [&] { return queue_->claim(holder, which); });
  }
  Result<std::optional<std::int64_t>> next_due_job_ms(db::Claimable which) override { return read([&] { return queue_->next_due_job_ms(which); }); }
  Result<int> reclaim(const std::vector<std::string>& dead) override {
    return make({.kind = Kind::reclaim, .name = "reclaim", .dead_holders = &dead}, [&] { return queue_->reclaim(dead); });
  }
  Result<std::vector<std::string>> holders() override { return read([&] { return queue_->holders(); }); }
  Status heartbeat(const Lease& lease) override {
    return make({.kind = Kind::heartbeat, .name = "heartbeat", .lease = lease}, [&] { return queue_->heartbeat(lease); });
  }
  Status worker_alive(const std::string& note) override {
    return make({.kind = Kind::changes, .name = "worker_alive"}, [&] { return queue_->worker_alive(note); });
  }
  Status add_to_tallies(const std::vector<db::Tally>& added) override {
    return make({.kind = Kind::changes, .name = "add_to_tallies"}, [&] { return queue_->add_to_tallies(added); });
  }
  Status set_stage(const Lease& lease, JobStage stage, int done, int of, const std::string& text) override {
    return make(held("set_stage", lease), [&] { return queue_->set_stage(lease, stage, done, of, text); });
  }
  Status note(const Lease& lease, const std::string& kind, const std::string& detail) override {
    return make(held("note", lease), [&] { return queue_->note(lease, kind, detail); });
  }
  Status set_detail(const Lease& lease, const std::string& detail, const std::string& digest) override {
    return make(held("set_detail", lease), [&] { return queue_->set_detail(lease, detail, digest); });
  }
  Status set_montage(const Lease& lease, const std::vector<std::uint8_t>& png) override {
    return make(held("set_montage", lease), [&] { return queue_->set_montage(lease, png); });
  }
  Status set_draft_page(const Lease& lease, const std::string& page) override {
    return make(held("set_draft_page", lease), [&] { return queue_->set_draft_page(lease, page); });
  }
  Status hold_text(const Lease& lease, const std::string& text) override {
    return make(held("hold_text", lease), [&] { return queue_->hold_text(lease, text); });
  }
  Result<Revision> next_revision(const Lease& lease) override { return read([&] { return queue_->next_revision(lease); }); }
  Status fill_outbox(const Lease& lease, const Revision& revision, const std::vector<db::OutboxObject>& objects,
                     const std::vector<std::string>& destinations, const std::string& text) override {
    return make({.kind = Kind::fill_outbox, .name = "fill_outbox", .lease = lease, .objects = &objects, .revision = revision.number},
                [&] { return queue_->fill_outbox(lease, revision, objects, destinations, text); });
  }
  Result<std::vector<db::OutboxObject>> outbox(JobId job) override {
    // Judged before others run, who may store other objects.
    return read([&] {
      auto objects = queue_->outbox(job);
      if (objects) world_.oracle.read_outbox(job, *objects);
      return objects;
    });
  }
  Result<std::vector<db::Delivery>> deliveries(JobId job) override { return read([&] { return queue_->deliveries(job); }); }
  Status begin_send(const Lease& lease, const std::string& role, const std::string& to, std::int64_t timeout_ms) override {
    return make({.kind = Kind::begin_send, .name = "begin_send", .lease = lease, .role = role, .destination = to, .timeout_ms = timeout_ms},
                [&] { return queue_->begin_send(lease, role, to, timeout_ms); });
  }
  Status end_send(const Lease& lease, const std::string& role, const std::string& to, bool delivered, const std::string& error) override {
    return make({.kind = Kind::end_send, .name = "end_send", .lease = lease, .role = role, .destination = to, .delivered = delivered},
                [&] { return queue_->end_send(lease, role, to, delivered, error); });
  }
  Status give_up_send(const Lease& lease, const std::string& role, const std::string& to, const std::string& why) override {
    return make({.kind = Kind::give_up_send, .name = "give_up_send", .lease = lease, .role = role, .destination = to},
                [&] { return queue_->give_up_send(lease, role, to, why); });
  }
  Status fill_rejection(const Lease& lease, const db::OutboxObject& note) override {
    const std::vector<db::OutboxObject> notes{note};
    return make({.kind = Kind::fill_rejection, .name = "fill_rejection", .lease = lease, .objects = &notes},
                [&] { return queue_->fill_rejection(lease, note); });
  }
  Status finish(const Lease& lease, const std::string& outcome) override {
    return make({.kind = Kind::finish, .name = "finish", .lease = lease, .outcome = outcome}, [&] { return queue_->finish(lease, outcome); });
  }
  Status fail(const Lease& lease, const Error& error) override {
    return make({.kind = Kind::fail, .name = "fail", .lease = lease, .outcome = error.code, .error_class = error.error_class},
                [&] { return queue_->fail(lease, error); });
  }
  Status release(const Lease& lease, const std::string& why) override {
    return make({.kind = Kind::release, .name = "release", .lease = lease}, [&] { return queue_->release(lease, why); });
  }

  // -- people
  Result<std::vector<db::Job>> list(const db::JobFilter& filter) override { return read([&] { return queue_->list(filter); }); }
  Result<std::optional<db::Job>> job(JobId id) override { return read([&] { return queue_->job(id); }); }
  Result<std::vector<std::uint8_t>> montage(JobId id) override { return read([&] { return queue_->montage(id); }); }
  Result<std::string> draft_page(JobId id) override { return read([&] { return queue_->draft_page(id); }); }
  Result<std::vector<db::Event>> events(JobId id) override { return read([&] { return queue_->events(id); }); }
  Result<std::vector<db::Attempt>> attempts(JobId id) override { return read([&] { return queue_->attempts(id); }); }
  Result<db::QueueStatus> status() override { return read([&] { return queue_->status(); }); }
  Result<std::vector<db::Tally>> tallies() override { return read([&] { return queue_->tallies(); }); }
  Status retry(JobId id, const db::AskedBy& by) override {
    return make({.kind = Kind::retry, .name = "retry", .job = id}, [&] { return queue_->retry(id, by); });
  }
  Status release_held(JobId id, const db::AskedBy& by) override {
    return make({.kind = Kind::release_held, .name = "release_held", .job = id}, [&] { return queue_->release_held(id, by); });
  }
  Status withdraw(JobId id, RejectionReason reason, const std::string& why, const db::AskedBy& by) override {
    return make({.kind = Kind::withdraw, .name = "withdraw", .job = id}, [&] { return queue_->withdraw(id, reason, why, by); });
  }
  Result<JobId> rerun(JobId id, const db::AskedBy& by) override {
    return make({.kind = Kind::rerun, .name = "rerun", .job = id}, [&] { return queue_->rerun(id, by); });
  }
  Status cancel(JobId id, const db::AskedBy& by) override {
    return make({.kind = Kind::cancel, .name = "cancel", .job = id}, [&] { return queue_->cancel(id, by); });
  }
  Status rush(JobId id, const db::AskedBy& by) override {
    return make({.kind = Kind::rush, .name = "rush", .job = id}, [&] { return queue_->rush(id, by); });
  }
  Status pause(const std::string& actor) override {
    return make({.kind = Kind::pause, .name = "pause"}, [&] { return queue_->pause(actor); });
  }
  Status resume(const std::string& actor) override {
    return make({.kind = Kind::resume, .name = "resume"}, [&] { return queue_->resume(actor); });
  }
  Result<db::EnqueueResult> add(const db::NewJob& job) override {
    return make({.kind = Kind::add, .name = "add", .new_jobs = {&job, 1}}, [&] { return queue_->add(job); });
  }

 private:
  static Call held(const char* name, const Lease& lease) { return {.kind = Kind::holder_write, .name = name, .lease = lease}; }

  template <class Inner>
  auto read(const Inner& inner) -> decltype(inner()) {
    return make({.kind = Kind::read, .name = ""}, inner);
  }

  template <class Inner>
  auto make(const Call& call, const Inner& inner) -> decltype(inner()) {
    if (world_.queue_trouble.busy > 0 && world_.scheduler.current() != nullptr) {
      --world_.queue_trouble.busy;
      world_.scheduler.pause();
      return transient_error("database_busy", "another program keeps it locked");
    }
    Told told;
    arm(call);
    auto answer = inner();
    const SimulatedDisk::Fault met = disarm();
    told.ok = answer.ok();
    if (!answer) told.code = answer.error().code;
    if constexpr (std::is_same_v<decltype(answer), Result<std::optional<std::pair<db::Job, Lease>>>>) {
      if (answer) told.claimed = *answer;
    }
    if constexpr (std::is_same_v<decltype(answer), Result<int>> || std::is_same_v<decltype(answer), Result<JobId>>) {
      if (answer) told.number = *answer;
    }
    told.certain = told.ok || (met == SimulatedDisk::Fault::none && told.code != "disk_full" && told.code != "database_unavailable");
    say(call, told, met);
    if (met == SimulatedDisk::Fault::power_lost) world_.die(LostCall(call, told));
    world_.oracle.observe(call, told);
    if (met == SimulatedDisk::Fault::process_dies) world_.die();
    if (SimulatedDisk* disk = world_.store.disk(); disk != nullptr) {
      if (const std::int64_t waited = disk->take_waited_ms(); waited > 0) world_.scheduler.sleep(waited);
    }
    world_.scheduler.pause();
    return answer;
  }

  // A fault of the disk that waits for a call of a thread.
  void arm(const Call& call) {
    SimulatedDisk* disk = world_.store.disk();
    if (disk == nullptr) return;
    disk->opens_as(process_);
    QueueTrouble& trouble = world_.queue_trouble;
    if (trouble.fault == SimulatedDisk::Fault::none || world_.scheduler.current() == nullptr) return;
    if (trouble.in_settling ? call.new_jobs.size() < 2 : trouble.calls_before-- > 0) return;
    disk->arm(trouble.fault, process_, trouble.operations_before);
    armed_ = trouble.fault;
  }
  // The fault that was met; one that was not is tried again, earlier, in the next call.
  SimulatedDisk::Fault disarm() {
    SimulatedDisk* disk = world_.store.disk();
    if (disk == nullptr || armed_ == SimulatedDisk::Fault::none) return SimulatedDisk::Fault::none;
    const SimulatedDisk::Fault armed = std::exchange(armed_, SimulatedDisk::Fault::none);
    QueueTrouble& trouble = world_.queue_trouble;
    if (disk->disarm()) {
      trouble.fault = SimulatedDisk::Fault::none;
      return armed;
    }
    trouble.operations_before /= 2;
    return SimulatedDisk::Fault::none;
  }

  void say(const Call& call, const Told& told, SimulatedDisk::Fault met) {
    if (!world_.traces || (call.kind == Kind::read && met == SimulatedDisk::Fault::none)) return;
    const auto* thread = world_.scheduler.current();
    std::string line = "      " + (thread == nullptr ? std::string("administrator") : thread->name) + ": " + call.name;
    if (call.lease.job != 0) line += " job " + std::to_string(call.lease.job) + " token " + std::to_string(call.lease.token);
    if (call.job != 0) line += " job " + std::to_string(call.job);
    if (call.new_jobs.size() > 1) line += " (" + std::to_string(call.new_jobs.size()) + " studies)";
    if (!call.role.empty()) line += " " + call.role + " to " + call.destination;
    if (!call.outcome.empty()) line += " '" + call.outcome + "'";
    line += told.ok ? " -> ok" : " -> " + told.code;
    if (told.claimed) line += ", job " + std::to_string(told.claimed->second.job) + " token " + std::to_string(told.claimed->second.token);
    if (met == SimulatedDisk::Fault::io_error) line += " (an I/O error)";
    if (met == SimulatedDisk::Fault::process_dies) line += " (the process dies in it)";
    if (met == SimulatedDisk::Fault::power_lost) line += " (the power goes in it)";
    world_.say(std::move(line));
  }

  World& world_;
  std::unique_ptr<db::Queue> queue_;
  const int process_;
  SimulatedDisk::Fault armed_ = SimulatedDisk::Fault::none;
};

}  // namespace

std::unique_ptr<db::Queue> checked_queue(World& world, std::unique_ptr<db::Queue> queue, int process) {
  return std::make_unique<CheckedQueue>(world, std::move(queue), process);
}

}  // namespace radfm::simulation
