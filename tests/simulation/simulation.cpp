// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulation.h"

#include <algorithm>
#include <set>

#include "core/log.h"
#include "tests/simulation/acts.h"
#include "tests/simulation/final_check.h"
#include "tests/simulation/world.h"

namespace radfm::simulation {
namespace {

// A healed world settles within this; far longer than all waits of one job together.
constexpr std::int64_t settles_within_ms = 8 * 3'600'000;
constexpr int rounds_between_looks = 16;

void let_settle(World& world) {
  const std::int64_t until = world.clock.true_ms() + settles_within_ms;
  world.draw = Draw(world.plan.seed);
  world.heal();
  for (int round = 0; world.clock.true_ms() < until && !world.oracle.violation(); ++round) {
    if (round % rounds_between_looks == 0 && is_settled(world)) return;
    const std::vector<Scheduler::Thread*> able = world.scheduler.runnable();
    if (able.empty()) {
      const std::int64_t idle_ms = world.scheduler.idle_ms();
      world.scheduler.advance(std::min<std::int64_t>(idle_ms, 60'000));
      continue;
    }
    for (Scheduler::Thread* const thread : able) {
      if (world.scheduler.lives(thread)) world.run(*thread);  // one that ran before may have ended it
    }
  }
  if (!world.oracle.violation() && !is_settled(world)) world.oracle.fail("not_settled", what_is_open(world));
}

void make_steps(World& world, Outcome& outcome) {
  for (const Step& step : world.plan.steps) {
    ++outcome.steps_made;
    Draw draw(step.salt);
    world.draw = Draw(draw.next());
    world.say("  " + std::to_string(outcome.steps_made) + ". " + acts()[step.act].name);
    acts()[step.act].make(world, draw);
    if (world.oracle.violation()) return;
  }
}

}  // namespace

Simulator::Simulator(const SeededBug* bug) : bug_(bug), resources_(std::make_unique<Resources>()) {
  set_log_level(LogLevel::error);
  set_log_sink([](LogLevel, const std::string&) {});
}

Simulator::~Simulator() { set_log_sink(nullptr); }

QueueStore& Simulator::store_of(QueueKind kind) {
  std::unique_ptr<QueueStore>& store = kind == QueueKind::memory ? memory_ : sqlite_;
  if (!store) store = kind == QueueKind::memory ? memory_queue_store() : sqlite_queue_store();
  return *store;
}

Outcome Simulator::run(const Plan& plan, bool traces) {
  Outcome outcome;
  World world(plan, *resources_, store_of(plan.queue), bug_, traces);
  if (auto* const disk = world.store.disk()) disk->set_syncs_ignored(ignores_syncs_);
  make_steps(world, outcome);
  if (!world.oracle.violation()) {
    world.say("  The world is healed.");
    let_settle(world);
  }
  if (!world.oracle.violation()) check_the_end(world);
  outcome.violation = world.oracle.violation();
  outcome.trace = std::move(world.trace);
  outcome.simulated_ms = world.clock.true_ms();
  for (const auto& [id, job] : world.oracle.jobs()) {
    ++outcome.jobs;
    if (job.outcome == "delivered") ++outcome.delivered;
    if (job.state == JobState::dead) ++outcome.dead;
  }
  outcome.reports_at_destinations = world.orthanc_objects.size();
  for (const auto& [name, archive] : world.archives) outcome.reports_at_destinations += archive.holds.size();
  return outcome;
}

// First what is after the violation; then workers, holders, archives, whole kinds of acts, large pieces of steps, small ones
// (Zeller, Hildebrandt: Simplifying and isolating failure-inducing input, 2002).
Plan Simulator::shrink(Plan plan, const std::string& code, int* runs) {
  int tried = 0;
  const auto still = [&](const Plan& smaller) {
    ++tried;
    const Outcome outcome = run(smaller);
    return outcome.violation && outcome.violation->code == code;
  };
  const auto take_if = [&](const Plan& smaller) {
    if (!still(smaller)) return false;
    plan = smaller;
    return true;
  };
  Plan cut = plan;
  cut.steps.resize(std::min(cut.steps.size(), run(plan).steps_made));
  take_if(cut);
  for (const auto member : {&Plan::workers, &Plan::holders}) {
    for (Plan fewer = plan; fewer.*member > 1;) {
      --(fewer.*member);
      if (!take_if(fewer)) break;
    }
  }
  for (std::size_t i = 0; i < plan.archives.size();) {
    Plan fewer = plan;
    fewer.archives.erase(fewer.archives.begin() + static_cast<std::ptrdiff_t>(i));
    if (!take_if(fewer)) ++i;
  }
  std::set<std::size_t> kinds;
  for (const Step& step : plan.steps) kinds.insert(step.act);
  for (const std::size_t kind : kinds) {
    Plan fewer = plan;
    std::erase_if(fewer.steps, [&](const Step& step) { return step.act == kind; });
    take_if(fewer);
  }
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t piece = std::max<std::size_t>(plan.steps.size() / 2, 1); piece > 0; piece /= 2) {
      for (std::size_t begin = 0; begin < plan.steps.size();) {
        Plan fewer = plan;
        const std::size_t end = std::min(begin + piece, plan.steps.size());
        fewer.steps.erase(fewer.steps.begin() + static_cast<std::ptrdiff_t>(begin), fewer.steps.begin() + static_cast<std::ptrdiff_t>(end));
        if (take_if(fewer)) {
          smaller = true;
        } else {
          begin += piece;
        }
      }
    }
  }
  if (runs != nullptr) *runs = tried;
  return plan;
}

std::string told(const Plan& plan, const Outcome& outcome) {
  std::string text = "seed " + std::to_string(plan.seed) + " (" + (plan.queue == QueueKind::memory ? "memory" : plan.wal ? "sqlite, wal" : "sqlite") +
                     "), " + std::to_string(plan.workers) + " worker(s) with " + std::to_string(plan.holders) + " holder(s), archives:";
  for (const std::string& archive : plan.archives) text += " " + archive;
  text += ", poison limit " + std::to_string(plan.settings.poison_limit) + ", vanished limit " + std::to_string(plan.settings.vanished_limit) + "\n";
  for (const std::string& line : outcome.trace) text += line + "\n";
  if (outcome.violation) text += outcome.violation->code + ": " + outcome.violation->text + "\n";
  return text;
}

}  // namespace radfm::simulation
