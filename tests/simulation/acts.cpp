// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/acts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/simulation/world.h"
#include "tests/simulation/worker_process.h"

namespace radfm::simulation {
namespace {

using testing_support::SimulatedDisk;

constexpr std::int64_t day_ms = 86'400'000;

void let_run(World& world, Draw& draw) {
  std::vector<Scheduler::Thread*> able = world.scheduler.runnable();
  if (able.empty()) {
    const std::int64_t idle_ms = world.scheduler.idle_ms();
    world.scheduler.advance(std::min<std::int64_t>(idle_ms, 60'000));
    able = world.scheduler.runnable();
    if (able.empty()) return;
  }
  // How long it is waited for: else each step ends where the thread first asks somebody.
  static constexpr std::array patience_ms{0, 60, 3'000, 10'000};
  Scheduler::Thread* const chosen = draw.of(able);
  std::int64_t patience = draw.of(patience_ms);
  world.say("    " + chosen->name);
  for (std::int64_t slices = draw.between(1, 40); slices > 0; --slices) {
    if (!world.scheduler.lives(chosen)) return;
    if (const std::int64_t wait_ms = world.scheduler.wakes_in_ms(*chosen); wait_ms > 0) {
      if (wait_ms > patience) return;
      patience -= wait_ms;
      world.scheduler.advance(wait_ms);
    }
    if (!world.scheduler.lives(chosen)) return;
    world.run(*chosen);
    if (world.oracle.violation()) return;
  }
}

void let_time_pass(World& world, Draw& draw) {
  const std::int64_t ms = draw.chance(70) ? draw.between(1, 3'000) : draw.between(1, 100'000);
  world.say("    " + std::to_string(ms) + " ms");
  world.scheduler.advance(ms);
}

SimulatedStudy* some_study(World& world, Draw& draw) {
  std::vector<SimulatedStudy*> there;
  for (const auto& [name, study] : world.studies) {
    if (!study->gone) there.push_back(study.get());
  }
  return there.empty() ? nullptr : draw.of(there);
}

constexpr std::size_t studies_max = 6;

void study_arrives(World& world, Draw& draw) {
  if (!world.orthanc_up || world.studies.size() >= studies_max) return;
  static constexpr std::array aets{"CT1", "CT1", "STAT", "NIGHT"};
  const SimulatedStudy& study = world.receive_study(draw.of(aets), static_cast<int>(draw.between(1, 3)));
  world.say("    " + study.name + " from " + study.remote_aet);
}
void image_arrives(World& world, Draw& draw) {
  SimulatedStudy* const study = some_study(world, draw);
  if (!world.orthanc_up || study == nullptr) return;
  world.say("    of " + study->name);
  world.receive_image(*study);
}
void image_goes(World& world, Draw& draw) {
  SimulatedStudy* const study = some_study(world, draw);
  if (!world.orthanc_up || study == nullptr || study->images.size() < 2) return;
  world.say("    of " + study->name);
  world.remove_image(*study, static_cast<std::size_t>(draw.below(std::ssize(study->images))));
}
void study_goes(World& world, Draw& draw) {
  SimulatedStudy* const study = some_study(world, draw);
  if (!world.orthanc_up || study == nullptr) return;
  world.say("    " + study->name);
  world.remove_study(*study);
}

// -- people

template <class Deed>
void person(World& world, Draw& draw, const Deed& deed) {
  if (world.oracle.jobs().empty()) return;
  Result<std::unique_ptr<db::Queue>> queue = world.open_queue();
  if (!queue) return;
  const auto job = std::next(world.oracle.jobs().begin(), draw.below(std::ssize(world.oracle.jobs())));
  deed(**queue, job->first);
  world.ring();
}
// Whether it can be done is the queue's to say.
template <class T>
void ignore(const Result<T>&) {}

void retry(World& world, Draw& draw) {
  person(world, draw, [](db::Queue& queue, db::JobId id) { ignore(queue.retry(id, "administrator:A")); });
}
void release_held(World& world, Draw& draw) {
  person(world, draw, [](db::Queue& queue, db::JobId id) { ignore(queue.release_held(id, "administrator:A")); });
}
void rerun(World& world, Draw& draw) {
  person(world, draw, [](db::Queue& queue, db::JobId id) { ignore(queue.rerun(id, "administrator:A")); });
}
void cancel(World& world, Draw& draw) {
  person(world, draw, [](db::Queue& queue, db::JobId id) { ignore(queue.cancel(id, "administrator:A")); });
}
void rush(World& world, Draw& draw) {
  person(world, draw, [](db::Queue& queue, db::JobId id) { ignore(queue.rush(id, "administrator:A")); });
}
void withdraw(World& world, Draw& draw) {
  person(world, draw, [](db::Queue& queue, db::JobId id) {
    ignore(queue.withdraw(id, RejectionReason::quality, "of another patient", "administrator:A"));
  });
}
void pause_or_resume(World& world, Draw& draw) {
  person(world, draw, [&](db::Queue& queue, db::JobId) {
    ignore(draw.chance(30) ? queue.pause("administrator:A") : queue.resume("administrator:A"));
  });
}
void add(World& world, Draw& draw) {
  if (const SimulatedStudy* study = some_study(world, draw)) world.start_adder(*study);
}

// -- programs and the host

Scheduler::Process* some_process(World& world, Draw& draw, std::string_view kind) {
  std::vector<Scheduler::Process*> of_kind;
  for (const auto& each : world.scheduler.processes()) {
    if (each->name.starts_with(kind)) of_kind.push_back(each.get());
  }
  return of_kind.empty() ? nullptr : draw.of(of_kind);
}

void kill_worker(World& world, Draw& draw) {
  if (Scheduler::Process* const worker = some_process(world, draw, "worker")) world.kill(*worker);
}
void stop_worker(World& world, Draw& draw) {
  if (Scheduler::Process* const worker = some_process(world, draw, "worker")) world.stop(*worker);
}
void kill_orthanc(World& world, Draw& draw) {
  if (Scheduler::Process* const orthanc = some_process(world, draw, "orthanc")) world.kill(*orthanc);
}
void freeze(World& world, Draw& draw) {
  Scheduler::Process* const process = some_process(world, draw, "");
  if (process == nullptr) return;
  const std::int64_t ms = draw.chance(50) ? draw.between(1'000, 20'000) : draw.between(60'000, 400'000);
  world.say("    " + process->name + " for " + std::to_string(ms) + " ms");
  process->frozen_until_ms = world.clock.true_ms() + ms;
}
void set_clock(World& world, Draw& draw) {
  static constexpr std::array steps{-day_ms, std::int64_t{-90'000}, std::int64_t{90'000}, 365 * day_ms, -30 * day_ms};
  const std::int64_t by = draw.of(steps);
  world.say("    by " + std::to_string(by / 1'000) + " s");
  world.clock.step_wall(by);
}
void lose_power(World& world, Draw&) { world.lose_power(); }

// -- troubles

void orthanc_trouble(World& world, Draw& draw) {
  OrthancTrouble& trouble = world.orthanc_trouble;
  switch (draw.below(5)) {
    case 0: trouble.hangs = !trouble.hangs; break;
    case 1: trouble.refuses = static_cast<int>(draw.between(1, 4)); break;
    case 2: trouble.stores_and_fails = 1; break;
    case 3: trouble.loses_silently = 1; break;
    default: trouble = {}; break;
  }
  world.say("    hangs " + std::to_string(trouble.hangs) + ", refuses " + std::to_string(trouble.refuses) + ", stores and fails " +
            std::to_string(trouble.stores_and_fails) + ", loses " + std::to_string(trouble.loses_silently));
}
void archive_trouble(World& world, Draw& draw) {
  if (world.archives.empty()) return;
  SimulatedArchive& archive = std::next(world.archives.begin(), draw.below(std::ssize(world.archives)))->second;
  switch (draw.below(5)) {
    case 0: archive.down = !archive.down; break;
    case 1: archive.slow = !archive.slow; break;
    case 2: archive.fails_though_stored = 1; break;
    case 3: archive.loses_silently = 1; break;
    default: archive.down = archive.slow = false; break;
  }
  world.say("    " + archive.name + ": down " + std::to_string(archive.down) + ", slow " + std::to_string(archive.slow) + ", fails though stored " +
            std::to_string(archive.fails_though_stored) + ", loses " + std::to_string(archive.loses_silently));
}
void foreign_object(World& world, Draw& draw) {
  if (world.archives.empty() || world.oracle.jobs().empty()) return;
  const auto job = std::next(world.oracle.jobs().begin(), draw.below(std::ssize(world.oracle.jobs())));
  SimulatedArchive& archive = std::next(world.archives.begin(), draw.below(std::ssize(world.archives)))->second;
  const std::string& uid = job->second.uids.sr_sop_instance_uid;
  if (archive.asking == Asking::cannot || archive.holds.contains(uid)) return;
  world.say("    " + archive.name + " has another object under the UID of job " + std::to_string(job->first));
  archive.holds[uid] = std::vector<std::uint8_t>(300, 7);
  world.oracle.made_foreign(archive.name, uid);
}
void engine_trouble(World& world, Draw& draw) {
  EngineTrouble& trouble = world.engine_trouble;
  switch (draw.below(5)) {
    case 0: trouble.dies = static_cast<int>(draw.between(1, 3)); break;
    case 1: trouble.out_of_memory = static_cast<int>(draw.between(1, 3)); break;
    case 2: trouble.reader_dies = 1; break;
    case 3: trouble.away = static_cast<int>(draw.between(1, 3)); break;
    default: trouble.flagged = 1; break;
  }
  world.say("    dies " + std::to_string(trouble.dies) + ", out of memory " + std::to_string(trouble.out_of_memory) + ", reader dies " +
            std::to_string(trouble.reader_dies) + ", away " + std::to_string(trouble.away) + ", text held back " + std::to_string(trouble.flagged));
}
void queue_is_busy(World& world, Draw& draw) { world.queue_trouble.busy = static_cast<int>(draw.between(1, 3)); }

void fault_in_call(World& world, Draw& draw, SimulatedDisk::Fault fault) {
  world.queue_trouble.fault = fault;
  world.queue_trouble.calls_before = static_cast<int>(draw.between(0, 12));
  world.queue_trouble.in_settling = draw.chance(25);
  // A job that is made touches many pages: the second one of a call comes late.
  world.queue_trouble.operations_before = static_cast<int>(draw.between(0, world.queue_trouble.in_settling ? 120 : 24));
}
void disk_error(World& world, Draw& draw) { fault_in_call(world, draw, SimulatedDisk::Fault::io_error); }
void dies_in_call(World& world, Draw& draw) { fault_in_call(world, draw, SimulatedDisk::Fault::process_dies); }
void power_goes_in_call(World& world, Draw& draw) { fault_in_call(world, draw, SimulatedDisk::Fault::power_lost); }
void disk_full(World& world, Draw& draw) {
  if (SimulatedDisk* const disk = world.store.disk()) disk->set_full(draw.chance(50));
}
void disk_slow(World& world, Draw& draw) {
  if (SimulatedDisk* const disk = world.store.disk()) disk->set_sync_takes_ms(draw.chance(50) ? 0 : draw.between(10, 3'000));
}

}  // namespace

const std::vector<Act>& acts() {
  static const std::vector<Act> table{
      {"a thread runs", 150, let_run, true},
      {"time passes", 16, let_time_pass, true},
      {"a study arrives", 8, study_arrives, true},
      {"an image arrives late", 4, image_arrives},
      {"an image is deleted", 2, image_goes},
      {"a study is deleted", 1, study_goes},
      {"an administrator retries", 4, retry},
      {"an administrator releases a held text", 2, release_held},
      {"an administrator reruns", 2, rerun},
      {"an administrator cancels", 2, cancel},
      {"an administrator rushes", 2, rush},
      {"an administrator withdraws", 3, withdraw},
      {"an administrator pauses or resumes", 3, pause_or_resume},
      {"an administrator adds a study", 6, add},
      {"a worker is killed", 5, kill_worker},
      {"a worker is stopped", 2, stop_worker},
      {"Orthanc is killed", 2, kill_orthanc},
      {"a process is frozen", 4, freeze},
      {"the clock is set", 2, set_clock},
      {"the power goes", 1, lose_power},
      {"Orthanc has trouble", 5, orthanc_trouble},
      {"an archive has trouble", 6, archive_trouble},
      {"a foreign object is at an archive", 1, foreign_object},
      {"the engine has trouble", 5, engine_trouble},
      {"the queue is busy", 2, queue_is_busy},
      {"the disk fails in a call", 4, disk_error, false, true},
      {"a process dies in a call", 4, dies_in_call, false, true},
      {"the power goes in a call", 4, power_goes_in_call, false, true},
      {"the disk is full, or not", 3, disk_full, false, true},
      {"the disk is slow, or not", 2, disk_slow, false, true},
  };
  return table;
}

std::size_t act_number(const char* name) {
  const auto found = std::ranges::find(acts(), std::string_view(name), [](const Act& act) { return std::string_view(act.name); });
  if (found == acts().end()) broken_invariant("no such act");
  return static_cast<std::size_t>(found - acts().begin());
}

}  // namespace radfm::simulation
