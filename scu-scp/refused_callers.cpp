// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/refused_callers.h"

#include <algorithm>
#include <climits>

namespace radfm::scu {

void RefusedCallers::note(const std::string& address, int points, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  forget_what_is_over(now_ms);
  if (!records_.contains(address) && records_.size() >= remembered_addresses_max) {
    // Somebody who has so many addresses is not held off by this; the memory is bounded all the same.
    records_.erase(std::min_element(records_.begin(), records_.end(),
                                    [](const auto& one, const auto& other) { return one.second.points < other.second.points; }));
  }
  const auto [found, is_new] = records_.try_emplace(address, Record{now_ms, 0});
  found->second.points = points > INT_MAX - found->second.points ? INT_MAX : found->second.points + points;
}

bool RefusedCallers::is_shut_out(const std::string& address, int at_most, std::int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(address);
  return found != records_.end() && now_ms - found->second.since_ms < refusal_window_ms && found->second.points > at_most;
}

std::size_t RefusedCallers::remembered() const {
  const std::lock_guard lock(mutex_);
  return records_.size();
}

void RefusedCallers::forget_what_is_over(std::int64_t now_ms) {
  std::erase_if(records_, [&](const auto& entry) { return now_ms - entry.second.since_ms >= refusal_window_ms; });
}

}  // namespace radfm::scu
