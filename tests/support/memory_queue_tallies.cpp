// SPDX-License-Identifier: Apache-2.0
// Numbers for those who watch the node.
#include "tests/support/memory_queue.h"

namespace radfm::db {

Status MemoryQueue::add_to_tallies(const std::vector<Tally>& added) {
  const auto locked = lock();
  for (const Tally& tally : added) {
    if (tally.name.size() > tally_text_bytes_max || tally.label.size() > tally_text_bytes_max) continue;
    const auto key = std::pair(tally.name, tally.label);
    if (!store_->tallies.contains(key) && store_->tallies.size() >= static_cast<std::size_t>(tally_rows_max)) continue;
    store_->tallies[key] += tally.value;
  }
  return {};
}

Result<std::vector<Tally>> MemoryQueue::tallies() {
  const auto locked = lock();
  std::vector<Tally> all;
  for (const auto& [key, value] : store_->tallies) all.push_back({key.first, key.second, value});
  return all;
}

}  // namespace radfm::db
