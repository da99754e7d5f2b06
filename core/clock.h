// SPDX-License-Identifier: Apache-2.0
// Time, behind a seam so that tests and the simulator decide what time it is.
#pragma once

#include <cstdint>
#include <string>

namespace radfm {

// All functions are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t wall_ms() const = 0;  // UTC milliseconds since 1970; may step
  // CLOCK_BOOTTIME in milliseconds: leases are measured with it, so a stepped wall clock expires nothing.
  virtual std::int64_t boot_ms() const = 0;
  virtual std::string boot_id() const = 0;  // names this boot; leases of another boot are void
};

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() const override;
  std::int64_t boot_ms() const override;
  std::string boot_id() const override;
};

}  // namespace radfm
