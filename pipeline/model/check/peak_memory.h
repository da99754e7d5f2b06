// SPDX-License-Identifier: Apache-2.0
// How much more memory this process held at its peak than when the measurement began (Linux: VmHWM of
// /proc/self/status, reset through /proc/self/clear_refs).
#pragma once

#include <cstdint>
#include <optional>

namespace radfm::model::check {

class PeakMemory {
 public:
  PeakMemory();
  std::optional<double> risen_mib() const;  // nothing where the system does not tell it

 private:
  std::optional<std::int64_t> start_kib_;  // resident when the peak was reset
};

}  // namespace radfm::model::check
