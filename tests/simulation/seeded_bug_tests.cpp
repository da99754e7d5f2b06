// SPDX-License-Identifier: Apache-2.0
// Aim: the simulator finds each of the queues with one known bug within so many seeds, and finds nothing in the same seed without
// the bug. What is found becomes a short list of steps.
#include "tests/simulation/seeded_bugs.h"

#include <gtest/gtest.h>

#include <iostream>

#include "tests/simulation/simulation.h"

namespace radfm::simulation {

// Else its bytes, with addresses in them, become part of the test's name.
void PrintTo(const SeededBug& bug, std::ostream* out) { *out << bug.what; }

namespace {

constexpr std::uint64_t seeds_max = 600;

class SeededBugTest : public testing::TestWithParam<SeededBug> {};

TEST_P(SeededBugTest, IsFound) {
  const SeededBug bug = GetParam();
  Simulator simulator(&bug);
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    const Outcome outcome = simulator.run(plan_from(seed, QueueKind::memory));
    if (!outcome.violation) continue;
    const Outcome sound = Simulator().run(plan_from(seed, QueueKind::memory));
    EXPECT_FALSE(sound.violation) << "seed " << seed << " finds " << sound.violation->code << " without the bug, too";
    std::cout << bug.name << ": found with seed " << seed << " after " << outcome.steps_made << " steps: " << outcome.violation->code << ": "
              << outcome.violation->text << "\n";
    return;
  }
  FAIL() << bug.name << " was not found in " << seeds_max << " seeds";
}

INSTANTIATE_TEST_SUITE_P(All, SeededBugTest, testing::ValuesIn(seeded_bugs()), [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(Shrinking, LeavesAShortListOfSteps) {
  Simulator simulator(find_bug("no_fencing_token"));
  for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
    const Plan plan = plan_from(seed, QueueKind::memory);
    const Outcome outcome = simulator.run(plan);
    if (!outcome.violation) continue;
    int runs = 0;
    const Plan small = simulator.shrink(plan, outcome.violation->code, &runs);
    const Outcome again = simulator.run(small, true);
    ASSERT_TRUE(again.violation.has_value());
    EXPECT_EQ(again.violation->code, outcome.violation->code);
    EXPECT_LT(small.steps.size(), 25u) << told(small, again);
    std::cout << plan.steps.size() << " steps became " << small.steps.size() << " in " << runs << " runs\n";
    return;
  }
  FAIL() << "nothing was found to make smaller";
}

}  // namespace
}  // namespace radfm::simulation
