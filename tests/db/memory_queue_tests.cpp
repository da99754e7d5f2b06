// SPDX-License-Identifier: Apache-2.0
// Aim: the queue in memory keeps the contract as SQLite's does, so that what is tried on it holds for a node.
#include "tests/support/memory_queue.h"

#include <map>

#include "tests/db/queue_conformance.h"

namespace radfm::db {
namespace {

// All connections of a test see the one store of its folder; it is gone with the last of them.
std::shared_ptr<MemoryStore> store_of(const std::filesystem::path& folder) {
  static std::map<std::filesystem::path, std::weak_ptr<MemoryStore>> stores;
  std::shared_ptr<MemoryStore> store = stores[folder].lock();
  if (!store) stores[folder] = store = std::make_shared<MemoryStore>();
  return store;
}

QueueFactory memory_factory() {
  return {"memory", [](const std::filesystem::path& folder, const QueueSettings& settings, const Clock& clock, const RandomUpTo& random) {
            return Result<std::unique_ptr<Queue>>(std::make_unique<MemoryQueue>(store_of(folder), settings, clock, random));
          }};
}

INSTANTIATE_TEST_SUITE_P(Memory, QueueConformance, testing::Values(memory_factory()),
                         [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace radfm::db
