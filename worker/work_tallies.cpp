// SPDX-License-Identifier: Apache-2.0
#include "worker/work_tallies.h"

#include <vector>

namespace radfm::worker {

void WorkTallies::count(std::string_view name, const std::string& label, std::int64_t by) {
  const std::lock_guard lock(mutex_);
  add({std::string(name), label, by});
}

void WorkTallies::took(std::string_view family, std::string_view of, std::int64_t ms) {
  const std::lock_guard lock(mutex_);
  for (const db::Tally& tally : db::duration_tallies(family, of, ms)) add(tally);
}

void WorkTallies::write(db::Queue& queue) {
  std::vector<db::Tally> taken;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : counted_) taken.push_back({key.first, key.second, value});
    counted_.clear();
  }
  if (taken.empty() || queue.add_to_tallies(taken)) return;
  const std::lock_guard lock(mutex_);
  for (const db::Tally& tally : taken) add(tally);
}

void WorkTallies::add(const db::Tally& tally) {
  const std::pair key(tally.name, tally.label);
  if (counted_.contains(key) || counted_.size() < db::tally_rows_max) counted_[key] += tally.value;
}

}  // namespace radfm::worker
