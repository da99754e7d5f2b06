// SPDX-License-Identifier: Apache-2.0
// The loop says in a few lines what orthanc-plugin/plugin_node.cpp does between reading its configuration and its notes.
#include "tests/simulation/plugin_process.h"

#include <algorithm>

#include "core/study_index.h"
#include "orthanc-plugin/change_reader.h"
#include "orthanc-plugin/index_logbook.h"
#include "orthanc-plugin/study_settler.h"
#include "tests/simulation/simulated_orthanc.h"

namespace radfm::simulation {
namespace {

constexpr std::int64_t idle_wait_ms = 2'000, trouble_wait_ms = 500;  // orthanc-plugin/plugin_node.h

std::unique_ptr<db::Queue> opened(World& world) {
  for (;;) {
    Result<std::unique_ptr<db::Queue>> queue = world.open_queue();
    if (queue) return std::move(queue).value();
    world.scheduler.sleep(trouble_wait_ms);
  }
}

class Plugin {
 public:
  explicit Plugin(World& world)
      : world_(world),
        orthanc_(world),
        logbook_(orthanc_, world.clock),
        reader_(orthanc_, *world.arrivals, logbook_, world.clock, stable_age_ms),
        settler_(orthanc_, *world.arrivals, logbook_, world.clock, stable_age_ms) {}

  void run() {
    const std::unique_ptr<db::Queue> queue = opened(world_);
    for (;;) {
      Result<std::int64_t> wait_ms = round(*queue);
      if (!wait_ms || *wait_ms > 0) {
        if (const Status rested = logbook_.rest(); wait_ms && !rested) wait_ms = rested.error();
      }
      world_.scheduler.sleep(wait_ms ? *wait_ms : trouble_wait_ms);
    }
  }

 private:
  Result<std::int64_t> round(db::Queue& queue) {
    if (const Status remembered = reader_.remember_baseline(); !remembered) return remembered.error();
    if (const Status open = logbook_.open(); !open) return open.error();
    if (!logbook_.quiet_because().empty()) return trouble_wait_ms;
    const auto more_changes = reader_.take_over(queue);
    if (!more_changes) return more_changes.error();
    const auto settled = settler_.settle_due(queue, world_.configuration.rules);
    if (!settled) return settled.error();
    if (settled->jobs_made > 0) world_.ring();
    if (*more_changes || settled->more) return std::int64_t{0};
    const auto next = queue.next_due_study_ms();
    if (!next || !*next) return idle_wait_ms;
    return std::clamp<std::int64_t>(**next - world_.clock.wall_ms(), 0, idle_wait_ms);
  }

  World& world_;
  OrthancForPlugin orthanc_;
  plugin::IndexLogbook logbook_;
  plugin::ChangeReader reader_;
  plugin::StudySettler settler_;
};

void add_study(World& world, const std::string& orthanc_study_id) {
  const std::unique_ptr<db::Queue> queue = opened(world);
  const worker::Interrupt interrupt;
  const db::Lease none{};
  OrthancForWorker orthanc(world, interrupt, none);
  const Result<StudyIndex> index = orthanc.study_index(orthanc_study_id);
  if (!index) return;
  db::NewJob job;
  job.instances = image_instances(*index);
  job.identity = {index->study_instance_uid, image_digest(job.instances), 0};
  job.orthanc_study_id = index->orthanc_id;
  job.actor = "administrator:A";
  const RuleDecision decision = decide(world.configuration.rules, *index, world.clock.wall_ms());
  if (decision.rule == nullptr || !decision.skip.empty()) return;
  job.rule_name = decision.rule->name;
  job.action = decision.rule->action;
  if (queue->add(job)) world.ring();
}

}  // namespace

void start_plugin_thread(World& world, Scheduler::Process& orthanc) {
  world.scheduler.spawn(orthanc, orthanc.name + "/plugin", [&world] { Plugin(world).run(); });
}

void start_adder_thread(World& world, Scheduler::Process& adder, const std::string& orthanc_study_id) {
  world.scheduler.spawn(adder, adder.name, [&world, orthanc_study_id] { add_study(world, orthanc_study_id); });
}

}  // namespace radfm::simulation
