// SPDX-License-Identifier: Apache-2.0
// The simulated host's clocks. True time only grows and orders what happens; the wall clock is it plus what people set; the
// boot clock begins anew with each boot.
#pragma once

#include <cstdint>
#include <string>

#include "core/clock.h"

namespace radfm::simulation {

class SimulatedClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return true_ms_ + wall_offset_ms_; }
  std::int64_t boot_ms() const override { return true_ms_ - booted_true_ms_ + boot_takes_ms; }
  std::string boot_id() const override { return "boot-" + std::to_string(boot_); }

  std::int64_t true_ms() const { return true_ms_; }
  void advance(std::int64_t ms) { true_ms_ += ms; }
  void step_wall(std::int64_t ms) { wall_offset_ms_ += ms; }
  void reboot() { ++boot_, booted_true_ms_ = true_ms_; }

 private:
  static constexpr std::int64_t boot_takes_ms = 10'000;  // until the first of our programs runs
  std::int64_t true_ms_ = 0;
  std::int64_t wall_offset_ms_ = 1'795'000'000'000;  // November 2026
  std::int64_t booted_true_ms_ = -500'000;
  int boot_ = 1;
};

}  // namespace radfm::simulation
