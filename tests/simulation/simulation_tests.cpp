// SPDX-License-Identifier: Apache-2.0
// Aim: in simulated worlds full of deaths, clocks that are set, and destinations that lie, the queue, the worker's and the
// plugin's logic lose nothing and double nothing. The short form of what radfm-simulate does (docs/simulation.md).
#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <iostream>

namespace radfm::simulation {
namespace {

void expect_no_violation(QueueKind queue, std::uint64_t seeds) {
  Simulator simulator;
  Outcome all;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Plan plan = plan_from(seed, queue);
    const Outcome outcome = simulator.run(plan);
    all.jobs += outcome.jobs;
    all.delivered += outcome.delivered;
    all.dead += outcome.dead;
    if (!outcome.violation) continue;
    const Plan small = simulator.shrink(plan, outcome.violation->code);
    FAIL() << told(small, simulator.run(small, true)) << "radfm-simulate --seed " << seed << " --steps shows all of it";
  }
  std::cout << seeds << " seeds: " << all.jobs << " jobs, " << all.delivered << " delivered, " << all.dead << " dead\n";
  EXPECT_GT(all.delivered, seeds) << "hardly anything happened";
  EXPECT_GT(all.dead, 0u) << "nothing was tried too often";
}

TEST(Simulation, NothingIsLostOnMemory) { expect_no_violation(QueueKind::memory, 1'000); }
TEST(Simulation, NothingIsLostOnSqlite) { expect_no_violation(QueueKind::sqlite, 100); }

// Else a printed seed would be worth nothing.
TEST(Simulation, ASeedIsTheSameEachTime) {
  for (const QueueKind queue : {QueueKind::memory, QueueKind::sqlite}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      Simulator simulator;
      const Outcome first = simulator.run(plan_from(seed, queue), true);
      simulator.run(plan_from(seed + 100, queue));  // leaves nothing behind
      const Outcome second = simulator.run(plan_from(seed, queue), true);
      EXPECT_EQ(first.trace, second.trace) << "seed " << seed;
    }
  }
}

TEST(Simulation, ADiskThatIgnoresSyncsIsFound) {
  Simulator simulator;
  simulator.ignore_syncs();
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Outcome outcome = simulator.run(plan_from(seed, QueueKind::sqlite));
    if (!outcome.violation) continue;
    std::cout << "found with seed " << seed << ": " << outcome.violation->code << "\n";
    return;
  }
  FAIL() << "acknowledged writes were lost, and nothing was noticed";
}

}  // namespace
}  // namespace radfm::simulation
