// SPDX-License-Identifier: Apache-2.0
// What a worker's threads meet, put together to one word with reasons (core/worker_health.h).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "core/worker_health.h"

namespace radfm::worker {

// Free space beside the queue below which health says so: a study and its priors are fetched there before they are read.
inline constexpr std::int64_t disk_free_mb_min = 1'024;

// All functions are safe from any thread. `changed` is told each new note, in order and under a lock: it must not call back.
class Health {
 public:
  enum class Part { orthanc, model, queue, disk, destinations };
  using Changed = std::function<void(const std::string& note)>;
  explicit Health(Changed changed) : changed_(std::move(changed)) {}

  void trouble(Part part, std::string_view code, std::string text);  // the later one of a part replaces the earlier
  void over(Part part);
  void ready();                   // model and queue are there for who wants them
  void drain(std::string why);    // for ever
  WorkerHealth now() const;

 private:
  template <class Change>
  void change(const Change& change);
  WorkerHealth judged() const;

  const Changed changed_;
  mutable std::mutex mutex_;
  std::map<Part, HealthReason> troubles_;  // guarded by mutex_, as all below
  bool was_ready_ = false;
  std::string draining_;                   // empty: not
  std::string note_;                       // the last that was told
};

// Says `disk` when less than disk_free_mb_min is left in the folder of `file`, or is over.
void look_at_disk(Health& health, const std::string& file, std::int64_t free_mb_min = disk_free_mb_min);

}  // namespace radfm::worker
