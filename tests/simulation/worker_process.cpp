// SPDX-License-Identifier: Apache-2.0
// The loops here say in a few lines what worker/job_loop.cpp and worker/heartbeat.cpp do in threads.
#include "tests/simulation/worker_process.h"

#include <algorithm>
#include <list>

#include "tests/simulation/seeded_bugs.h"
#include "tests/simulation/simulated_drafting.h"
#include "tests/simulation/simulated_orthanc.h"
#include "worker/destination_rests.h"
#include "worker/heartbeat.h"
#include "worker/job_runner.h"

namespace radfm::simulation {
namespace {

constexpr std::int64_t trouble_wait_ms = 1'000, orthanc_probe_interval_ms = 1'000;  // worker/job_loop.h

// Waits by the world's clock.
class SimulatedInterrupt final : public worker::Interrupt {
 public:
  explicit SimulatedInterrupt(World& world) : world_(world) {}
  bool wait(int timeout_ms) const override {
    return world_.scheduler.sleep(timeout_ms, [this] { return reason() != Reason::none; });
  }

 private:
  World& world_;
};

struct Holder {
  Holder(World& the_world, WorkerMemory& the_memory) : world(the_world), memory(the_memory), interrupt(the_world) {}
  void hold_jobs();
  void beat();

  World& world;
  WorkerMemory& memory;
  db::Claimable claims = db::Claimable::all;
  SimulatedInterrupt interrupt;
  std::shared_ptr<Bell> bell, beat_bell;
  std::optional<db::Lease> lease;  // that is beaten for
  db::Lease working{};             // under which the thread works; it may be lost already

 private:
  std::unique_ptr<db::Queue> open();
  std::int64_t turn(db::Queue& queue, worker::JobRunner& runner, OrthancForWorker& orthanc);
  void beat_once(db::Queue& queue);
  bool probe_orthanc_ = true;
};

}  // namespace

struct WorkerMemory {
  explicit WorkerMemory(World& the_world) : world(the_world), rests(the_world.clock) {}
  World& world;
  std::string name;
  worker::DestinationRests rests;
  std::list<Holder> holders;
};

namespace {

std::unique_ptr<db::Queue> Holder::open() {
  for (;;) {
    Result<std::unique_ptr<db::Queue>> queue = world.open_queue();
    if (queue) return std::move(queue).value();
    world.scheduler.sleep(trouble_wait_ms);
  }
}

std::int64_t Holder::turn(db::Queue& queue, worker::JobRunner& runner, OrthancForWorker& orthanc) {
  if (probe_orthanc_) {
    if (!orthanc.system()) return orthanc_probe_interval_ms;
    probe_orthanc_ = false;
  }
  const auto claimed = queue.claim(memory.name, claims);
  if (!claimed) return trouble_wait_ms;
  if (!claimed->has_value()) {
    const std::int64_t poll_ms = world.configuration.queue.poll_ms;
    const auto due = queue.next_due_job_ms(claims);
    const bool polls = world.bug == nullptr || !world.bug->bell_before_listening;
    const std::int64_t longest_ms = polls ? poll_ms : Scheduler::idle_for_ever_ms / 2;
    if (!due || !due->has_value()) return longest_ms;
    return std::clamp<std::int64_t>(**due - world.clock.wall_ms(), 10, longest_ms);
  }
  const auto& [job, job_lease] = **claimed;
  lease = working = job_lease;
  const worker::JobEnd end = runner.run(job, job_lease);
  lease.reset();
  interrupt.clear_lease_lost();
  if (end == worker::JobEnd::orthanc_away) probe_orthanc_ = true;
  return end == worker::JobEnd::model_away ? trouble_wait_ms : 0;
}

void Holder::hold_jobs() {
  const std::unique_ptr<db::Queue> queue = open();
  OrthancForWorker orthanc(world, interrupt, working);
  SimulatedDrafting drafting(world, interrupt);
  const worker::FindDestination find = [&](const std::string& name) -> std::unique_ptr<worker::Destination> {
    if (name == worker::orthanc_destination) return std::make_unique<worker::OrthancDestination>(orthanc, orthanc_timeout_ms);
    const auto archive = world.archives.find(name);
    if (archive == world.archives.end()) return nullptr;
    return worker::with_rests(name, archive_destination(world, archive->second, interrupt, working), memory.rests);
  };
  const std::vector<worker::PriorArchive> no_archives;
  worker::JobRunner runner({*queue, orthanc, drafting, find, world.configuration, world.clock, interrupt, no_archives, "/nonexistent"});
  bell = world.listen();
  while (interrupt.reason() != worker::Interrupt::Reason::stopping) {
    const bool forgets = world.bug != nullptr && world.bug->bell_before_listening;
    const std::int64_t wait_ms = turn(*queue, runner, orthanc);
    if (forgets) bell->rung = false;  // what was rung while it looked is missed
    if (wait_ms > 0) {
      world.scheduler.sleep(wait_ms, [this] { return bell->rung || interrupt.reason() == worker::Interrupt::Reason::stopping; });
      bell->rung = false;
    }
  }
}

void Holder::beat_once(db::Queue& queue) {
  if (const std::optional<db::Lease> beaten = lease) {
    const Status status = queue.heartbeat(*beaten);
    const bool still = lease && lease->token == beaten->token && lease->job == beaten->job;
    if (!status && status.error().error_class == ErrorClass::cancelled && still) {
      interrupt.raise(worker::Interrupt::Reason::lease_lost);
      lease.reset();
    }
  }
  if (!queue.worker_alive("ready")) return;
  // In some worlds nobody sees a death, as between containers: leases must end by themselves.
  const bool deaths_are_seen = world.plan.seed % 4 != 0;
  const auto is_alive = [&](const std::string& holder, const Clock&) { return !deaths_are_seen || world.live_holders.contains(holder); };
  if (!worker::reclaim_of_the_dead(queue, world.clock, is_alive)) return;
}

void Holder::beat() {
  const std::unique_ptr<db::Queue> queue = open();
  beat_bell = world.listen();
  const auto stopping = [this] { return interrupt.reason() == worker::Interrupt::Reason::stopping; };
  while (!stopping()) {
    beat_once(*queue);
    world.scheduler.sleep(world.configuration.queue.heartbeat_ms, [&] { return beat_bell->rung || stopping(); });
    beat_bell->rung = false;
  }
}

}  // namespace

void start_worker_threads(World& world, Scheduler::Process& process, int holders) {
  auto memory = std::make_shared<WorkerMemory>(world);
  memory->name = process.name;
  process.memory = memory;
  for (int i = 0; i < holders; ++i) {
    Holder& holder = memory->holders.emplace_back(world, *memory);
    if (i > 0 && i == holders - 1 && world.plan.keeps_one_for_stat) holder.claims = db::Claimable::stat;
    const std::string name = process.name + "/" + std::to_string(i);
    world.scheduler.spawn(process, name, [&holder] { holder.hold_jobs(); });
    world.scheduler.spawn(process, name + "-beat", [&holder] { holder.beat(); });
  }
}

void ask_to_stop(Scheduler::Process& process) {
  for (Holder& holder : static_cast<WorkerMemory*>(process.memory.get())->holders) {
    holder.interrupt.raise(worker::Interrupt::Reason::stopping);
  }
}

}  // namespace radfm::simulation
