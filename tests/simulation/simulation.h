// SPDX-License-Identifier: Apache-2.0
// One simulation from a plan to its end: its steps are made, then the world is healed and everything must settle. A plan that
// shows a violation is made smaller while it still does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/oracle.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/queue_store.h"

namespace radfm::simulation {

struct Resources;
struct SeededBug;

struct Outcome {
  std::optional<Violation> violation;
  std::size_t steps_made = 0;       // those after a violation are not
  std::vector<std::string> trace;   // when it was asked for
  // What happened, so that a simulation in which nothing does is seen.
  std::size_t jobs = 0, delivered = 0, dead = 0, reports_at_destinations = 0;
  std::int64_t simulated_ms = 0;
};

class Simulator {
 public:
  explicit Simulator(const SeededBug* bug = nullptr);
  ~Simulator();
  Outcome run(const Plan& plan, bool traces = false);
  // The smallest plan found that shows a violation of the same code; `runs` counts what was tried.
  Plan shrink(Plan plan, const std::string& code, int* runs = nullptr);
  // The disk ignores syncs: for the test that this is found.
  void ignore_syncs() { ignores_syncs_ = true; }

 private:
  QueueStore& store_of(QueueKind kind);

  const SeededBug* bug_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<QueueStore> memory_, sqlite_;
  bool ignores_syncs_ = false;
};

// For people: which seed, which steps, what was violated.
std::string told(const Plan& plan, const Outcome& outcome);

}  // namespace radfm::simulation
