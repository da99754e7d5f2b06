// SPDX-License-Identifier: Apache-2.0
#include "db/backoff.h"

#include <algorithm>
#include <memory>
#include <random>

namespace radfm::db {

RandomUpTo system_random() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine](std::int64_t bound) {
    return std::uniform_int_distribution<std::int64_t>(0, std::max<std::int64_t>(bound, 0))(*engine);
  };
}

std::int64_t backoff_ms(int failure, std::int64_t first_ms, std::int64_t max_ms, const RandomUpTo& random) {
  std::int64_t longest_ms = std::min(std::max<std::int64_t>(first_ms, 0), max_ms);
  for (int i = 1; i < failure && longest_ms < max_ms; ++i) {
    // Doubling stops at the cap, so that no count of failures overflows.
    longest_ms = longest_ms > max_ms / 2 ? max_ms : longest_ms * 2;
  }
  return random(std::max<std::int64_t>(longest_ms, 0));
}

}  // namespace radfm::db
