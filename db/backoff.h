// SPDX-License-Identifier: Apache-2.0
// How long a job waits before it is tried again.
#pragma once

#include <cstdint>
#include <functional>

namespace radfm::db {

// A number in [0, bound]; the seam that makes waits predictable in tests.
using RandomUpTo = std::function<std::int64_t(std::int64_t bound)>;
RandomUpTo system_random();

// Exponential with full jitter: uniform in [0, min(first * 2^(failure - 1), max)]. The whole range is drawn from, so
// that jobs that failed together do not come back together. `failure` counts from 1.
std::int64_t backoff_ms(int failure, std::int64_t first_ms, std::int64_t max_ms, const RandomUpTo& random);

}  // namespace radfm::db
