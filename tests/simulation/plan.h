// SPDX-License-Identifier: Apache-2.0
// What a simulation does, all of it from one seed: who takes part, with which limits, and a list of steps. A step is the number
// of an act and a salt from which the act draws what it needs, so that a list from which steps were dropped still means something.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/configuration.h"

namespace radfm::simulation {

// Random numbers that are the same on every machine (splitmix64: Steele, Lea, Flood, OOPSLA 2014).
class Draw {
 public:
  explicit Draw(std::uint64_t salt) : state_(salt) {}
  std::uint64_t next();
  std::int64_t below(std::int64_t count) { return count <= 0 ? 0 : static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(count)); }
  std::int64_t between(std::int64_t first, std::int64_t last) { return first + below(last - first + 1); }
  bool chance(int percent) { return below(100) < percent; }
  template <class List>
  auto& of(List& list) { return list[static_cast<std::size_t>(below(static_cast<std::int64_t>(list.size())))]; }

 private:
  std::uint64_t state_;
};

enum class QueueKind { memory, sqlite };

struct Step {
  std::size_t act = 0;
  std::uint64_t salt = 0;
};

struct Plan {
  std::uint64_t seed = 0;
  QueueKind queue = QueueKind::memory;
  bool wal = false;  // of SQLite: else a rollback journal
  int workers = 2, holders = 2;
  bool keeps_one_for_stat = false;  // each worker's last holder, if it has several
  QueueSettings settings;
  std::vector<std::string> archives;  // names of those to which drafts go, beside Orthanc
  std::vector<Step> steps;
};

Plan plan_from(std::uint64_t seed, QueueKind queue);

}  // namespace radfm::simulation
