// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until a test moves it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "core/clock.h"

namespace radfm::testing_support {

class FakeClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return wall_ms_; }
  std::int64_t boot_ms() const override { return boot_ms_; }
  std::string boot_id() const override { return "boot-" + std::to_string(boot_); }

  void advance(std::int64_t ms) { wall_ms_ += ms, boot_ms_ += ms; }  // time passes
  void step_wall(std::int64_t ms) { wall_ms_ += ms; }                // somebody sets the clock
  void reboot() { ++boot_, boot_ms_ = 1'000; }

 private:
  std::atomic<std::int64_t> wall_ms_{1'795'000'000'000};  // November 2026
  std::atomic<std::int64_t> boot_ms_{500'000};
  std::atomic<int> boot_{1};
};

}  // namespace radfm::testing_support
