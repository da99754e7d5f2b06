// SPDX-License-Identifier: Apache-2.0
#include "core/clock.h"

#include <ctime>
#include <fstream>

namespace radfm {
namespace {

std::int64_t read_clock_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000 + now.tv_nsec / 1'000'000;
}

std::string read_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  // Only without /proc: leases then end by their time alone, not by a reboot.
  return id.empty() ? "boot-id-unreadable" : id;
}

}  // namespace

std::int64_t SystemClock::wall_ms() const { return read_clock_ms(CLOCK_REALTIME); }

std::int64_t SystemClock::boot_ms() const { return read_clock_ms(CLOCK_BOOTTIME); }

std::string SystemClock::boot_id() const {
  static const std::string id = read_boot_id();
  return id;
}

}  // namespace radfm
