// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.h"

#include <algorithm>

#include "tests/simulation/checked_queue.h"
#include "tests/simulation/plugin_process.h"
#include "tests/simulation/seeded_bugs.h"
#include "tests/simulation/worker_process.h"

namespace radfm::simulation {
namespace {

constexpr const char* flag_that_holds = "simulated_flag";

Rule rule(const std::string& name, const std::string& calling_aet, Lane lane, const std::vector<std::string>& destinations) {
  Rule made;
  made.name = name;
  if (!calling_aet.empty()) made.match.calling_aets = {calling_aet};
  made.action.lane = lane;
  made.action.destinations = destinations;
  made.max_study_age_days.reset();
  return made;
}

}  // namespace

World::World(const Plan& the_plan, Resources& resources, QueueStore& the_store, const SeededBug* the_bug, bool the_traces)
    : scheduler(clock, resources.stacks),
      plan(the_plan),
      store(the_store),
      bug(the_bug),
      drafts(resources.drafts),
      oracle(the_store, clock, the_plan.settings),
      orthanc_index(clock),
      traces(the_traces) {
  configuration.queue = plan.settings;
  configuration.report.holding_flags = {flag_that_holds};
  configuration.rules = {rule("urgent", "STAT", Lane::stat, plan.archives), rule("night", "NIGHT", Lane::background, plan.archives),
                         rule("all", "", Lane::routine, plan.archives)};
  for (const ArchiveKind& kind : archive_kinds) {
    if (std::ranges::find(plan.archives, kind.name) != plan.archives.end()) archives[kind.name] = {kind.name, kind.asking};
  }
  if (bug != nullptr && bug->clock != nullptr) queue_clock_ = bug->clock(clock);
  const Clock& of_queue = queue_clock_ ? *queue_clock_ : static_cast<const Clock&>(clock);
  store.begin(plan, of_queue, [this](std::int64_t bound) { return bound > 0 ? draw.between(1, bound) : 0; });
  // Where a fresh queue begins is the plugin's own test; here nothing that arrives may be missed.
  if (Result<std::unique_ptr<db::Queue>> queue = store.open(-1); !queue || !(*queue)->take_changes(0, {})) {
    broken_invariant("a fresh queue cannot be written");
  }
  orthanc_index.stored = [this](const std::string& id, std::span<const std::uint8_t> file, const plugin::ArrivalMetadata& metadata) {
    if (orthanc_up) arrivals->remember(id, file, metadata);
  };
  start_orthanc();
  for (int number = 1; number <= plan.workers; ++number) start_worker(number);
}

World::~World() {
  scheduler.kill_all();
  store.end();
}

void World::start_orthanc() {
  orthanc_up = true;
  arrivals.emplace();
  Scheduler::Process& orthanc = scheduler.start("orthanc." + std::to_string(++orthanc_runs_));
  start_plugin_thread(*this, orthanc);
}

void World::start_worker(int number) {
  Scheduler::Process& worker = scheduler.start("worker-" + std::to_string(number) + "." + std::to_string(++starts_));
  live_holders.insert(worker.name);
  start_worker_threads(*this, worker, plan.holders);
}

void World::start_adder(const SimulatedStudy& study) {
  start_adder_thread(*this, scheduler.start("radfmctl." + std::to_string(++starts_)), study.orthanc_id);
}

void World::kill(Scheduler::Process& process, bool comes_again) {
  const std::string name = process.name;
  say("    " + name + " is gone");
  if (auto* const disk = store.disk()) disk->kill(process.number);
  scheduler.kill(process);
  live_holders.erase(name);
  const bool is_orthanc = name.starts_with("orthanc");
  if (is_orthanc) {
    orthanc_up = false;
    orthanc_index.restart();  // it forgets which studies it was watching
  }
  if (!comes_again) return;
  if (is_orthanc) scheduler.after(restart_ms, [this] { start_orthanc(); });
  if (!name.starts_with("worker")) return;
  const int number = std::stoi(name.substr(name.find('-') + 1));
  scheduler.after(restart_ms, [this, number] { start_worker(number); });
}

void World::stop(Scheduler::Process& process) { ask_to_stop(process); }

void World::lose_power() {
  if (auto* const disk = store.disk()) disk->lose_power();
  const bool orthanc_was_up = orthanc_up;
  int workers = 0;
  while (!scheduler.processes().empty()) {
    Scheduler::Process& process = *scheduler.processes().back();
    if (process.name.starts_with("worker")) ++workers;
    kill(process);
  }
  store.power_comes_back();
  if (lost_call_) {
    oracle.observe(lost_call_->again(), lost_call_->told);
    lost_call_.reset();
  }
  if (store.disk() != nullptr) oracle.compare("after the power came back");
  clock.reboot();
  say("    all programs are gone (" + std::to_string(workers) + " workers" + (orthanc_was_up ? ", Orthanc" : "") + ")");
}

void World::die() {
  doomed_ = scheduler.current()->process;
  scheduler.pause();
}

void World::die(LostCall call) {
  lost_call_.emplace(std::move(call));
  scheduler.pause();
}

void World::run(Scheduler::Thread& thread) {
  Scheduler::Process& process = *thread.process;
  const std::string& name = process.name;
  scheduler.run(thread);
  if (lost_call_) return lose_power();
  if (doomed_ != nullptr) {
    doomed_ = nullptr;
    return kill(process);
  }
  if (!scheduler.has_threads(process)) {
    // A worker that was stopped, once its last thread has ended; radfmctl.
    live_holders.erase(name);
    kill(process);
  }
}

std::shared_ptr<Bell> World::listen() {
  auto bell = std::make_shared<Bell>();
  bells_.push_back(bell);
  return bell;
}

void World::ring() {
  std::erase_if(bells_, [](const auto& each) { return each.expired(); });
  for (const auto& each : bells_) {
    if (const std::shared_ptr<Bell> bell = each.lock()) bell->rung = true;
  }
}

Result<std::unique_ptr<db::Queue>> World::open_queue() {
  const Scheduler::Thread* const thread = scheduler.current();
  const int process = thread == nullptr ? -1 : thread->process->number;
  Result<std::unique_ptr<db::Queue>> opened = store.open(process);
  if (!opened) return opened;
  std::unique_ptr<db::Queue> queue = std::move(opened).value();
  if (bug != nullptr && bug->wrap != nullptr) queue = bug->wrap(std::move(queue), {*store.memory(), [this] { scheduler.pause(); }});
  return checked_queue(*this, std::move(queue), process);
}

SimulatedStudy& World::receive_study(const std::string& remote_aet, int images) {
  const std::string name = "study-" + std::to_string(++studies_made_);
  auto study = std::make_unique<SimulatedStudy>();
  study->name = name;
  study->orthanc_id = plugin::FakeOrthanc::id(name);
  study->uid = "1.2.3." + std::to_string(studies_made_);  // as the fake Orthanc counts them
  study->remote_aet = remote_aet;
  SimulatedStudy& received = *(studies[name] = std::move(study));
  for (int i = 0; i < images; ++i) receive_image(received);
  return received;
}

void World::receive_image(SimulatedStudy& study) {
  const std::string uid = study.uid + ".1." + std::to_string(++study.received);
  orthanc_index.receive(study.name, "images", uid, plugin::ct_class, study.remote_aet);
  study.images.push_back(uid);
  std::ranges::sort(study.images);
  something_arrived(study);
}

// After StableAge without a new object, if Orthanc has not died meanwhile, it says that the study is stable.
void World::something_arrived(SimulatedStudy& study) {
  study.changed_true_ms = clock.true_ms();
  scheduler.after(stable_age_ms, [this, &study, run = orthanc_runs_, changed = study.changed_true_ms] {
    if (orthanc_up && run == orthanc_runs_ && !study.gone && study.changed_true_ms == changed) orthanc_index.stable(study.name);
  });
}

void World::remove_image(SimulatedStudy& study, std::size_t which) {
  orthanc_index.remove_instance(study.name, study.images[which]);
  study.images.erase(study.images.begin() + static_cast<std::ptrdiff_t>(which));
  study.lost_images = true;
}

void World::remove_study(SimulatedStudy& study) {
  study.gone = true;
  orthanc_index.remove(study.name);
  for (const auto& [uid, name] : study_of_report) {
    if (name == study.name) orthanc_objects.erase(uid);
  }
}

SimulatedStudy* World::study_of_uid(const std::string& study_instance_uid) {
  for (const auto& [name, study] : studies) {
    if (study->uid == study_instance_uid) return study.get();
  }
  return nullptr;
}

void World::heal() {
  healed_true_ms = clock.true_ms();
  orthanc_trouble = {};
  engine_trouble = {};
  queue_trouble = {};
  if (auto* const disk = store.disk()) {
    disk->set_full(false);
    disk->set_sync_takes_ms(0);
  }
  for (auto& [name, archive] : archives) archive.down = archive.slow = false, archive.fails_though_stored = archive.loses_silently = 0;
  for (const auto& process : scheduler.processes()) process->frozen_until_ms = 0;
  // Orthanc tells nobody that images were deleted; with the next change of the study it is seen. All others must be known already.
  scheduler.after(2 * restart_ms, [this] {
    for (const auto& [name, study] : studies) {
      if (!study->gone && study->lost_images) something_arrived(*study);
    }
  });
  if (oracle.paused()) {
    if (Result<std::unique_ptr<db::Queue>> queue = open_queue(); queue && !(*queue)->resume("administrator:A")) return;
    if (bug == nullptr || !bug->bell_before_listening) ring();
  }
}

}  // namespace radfm::simulation
