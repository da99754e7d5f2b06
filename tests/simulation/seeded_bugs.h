// SPDX-License-Identifier: Apache-2.0
// Queues with one known bug each, made of the queue in memory: what people have been bitten by (docs/simulation.md). A simulator
// that does not find them proves nothing.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "db/queue.h"
#include "tests/support/memory_store.h"

namespace radfm::simulation {

struct BugTools {
  db::MemoryStore& store;
  std::function<void()> pause;  // others may run here
};

struct SeededBug {
  const char* name;
  const char* what;
  std::unique_ptr<db::Queue> (*wrap)(std::unique_ptr<db::Queue> queue, const BugTools& tools) = nullptr;
  std::unique_ptr<Clock> (*clock)(const Clock& clock) = nullptr;  // by which the queue measures leases
  bool bell_before_listening = false;  // what is rung while a holder looks is missed, and nobody polls
};

const std::vector<SeededBug>& seeded_bugs();
const SeededBug* find_bug(std::string_view name);

}  // namespace radfm::simulation
