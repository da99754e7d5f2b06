// SPDX-License-Identifier: Apache-2.0
// What a worker counts of its work for those who watch it: in memory, until it is added to the queue's tallies. A process that is
// killed takes with it what was counted since; a queue that cannot be written gets it later.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "db/queue.h"
#include "db/tally_names.h"

namespace radfm::worker {

// All functions are safe from any thread. Names and labels: db/tally_names.h. Memory: as many numbers as the queue keeps.
class WorkTallies {
 public:
  void count(std::string_view name, const std::string& label, std::int64_t by = 1);
  void took(std::string_view family, std::string_view of, std::int64_t ms);  // a duration
  // Adds all of it to the queue, in one transaction; what the queue does not take stays here. Never an error: numbers fail no job.
  void write(db::Queue& queue);

 private:
  void add(const db::Tally& tally);  // with mutex_ held

  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::int64_t> counted_;  // guarded by mutex_
};

}  // namespace radfm::worker
