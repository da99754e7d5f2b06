// SPDX-License-Identifier: Apache-2.0
// The queue's data under a simulation, beyond the death of any process: a MemoryStore, or a file on a simulated disk.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "db/queue.h"
#include "tests/simulation/plan.h"
#include "tests/support/memory_store.h"
#include "tests/support/simulated_disk.h"

namespace radfm::simulation {

struct SeededBug;

class QueueStore {
 public:
  virtual ~QueueStore() = default;
  // Empty, for a new simulation. `clock` must live until the next begin().
  virtual void begin(const Plan& plan, const Clock& clock, db::RandomUpTo random) = 0;
  virtual void end() = 0;
  virtual Result<std::unique_ptr<db::Queue>> open(int process) = 0;
  // As a stranger sees it now.
  virtual void each_job(const std::function<void(const db::Job&)>& look) = 0;
  virtual std::vector<db::Delivery> deliveries(db::JobId job) = 0;
  virtual std::optional<db::Attempt> last_attempt(db::JobId job) = 0;
  virtual bool paused() = 0;
  virtual bool looking_is_cheap() const = 0;
  virtual testing_support::SimulatedDisk* disk() { return nullptr; }
  virtual db::MemoryStore* memory() { return nullptr; }
  virtual void power_comes_back() {}  // all connections of the simulation are closed
};

std::unique_ptr<QueueStore> memory_queue_store();
// Makes a folder with one empty file, since the queue looks whether there is one before SQLite opens it; all else is in memory.
std::unique_ptr<QueueStore> sqlite_queue_store();

}  // namespace radfm::simulation
