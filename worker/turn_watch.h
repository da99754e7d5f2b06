// SPDX-License-Identifier: Apache-2.0
// Whether a job thread still turns. All that it waits for has an end of its own, so one that makes no turn for longer than all
// of that together waits for something that never comes: a deadlock. Only a new process helps then.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/clock.h"
#include "core/configuration.h"

namespace radfm::worker {

// One for a job thread, which marks it; looked at by another.
class TurnWatch {
 public:
  explicit TurnWatch(const Clock& clock) : clock_(clock) {}  // must outlive it; begins at rest
  void turn() { turned_boot_ms_ = clock_.boot_ms(); }
  void rest() { turned_boot_ms_ = at_rest; }  // it waits for the others to end, or has ended
  // Milliseconds since its last turn; 0 at rest.
  std::int64_t silent_ms() const {
    const std::int64_t turned = turned_boot_ms_;
    return turned == at_rest ? 0 : clock_.boot_ms() - turned;
  }

 private:
  static constexpr std::int64_t at_rest = -1;
  const Clock& clock_;
  std::atomic<std::int64_t> turned_boot_ms_{at_rest};
};

// The longest that one of `job_threads` threads can go without a turn while all is well: the model is loaded and answers for
// each of them, one search for priors, one exchange with the slowest of Orthanc and archives (each destination, each slice
// and each stage is a turn of its own, and an exchange asks at most turn_exchanges_max times), a reader's silence, a wait between tries.
inline constexpr std::int64_t turn_exchanges_max = 8;
std::int64_t turn_silence_max_ms(const Configuration& configuration, std::size_t job_threads);

}  // namespace radfm::worker
