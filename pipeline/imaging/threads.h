// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <thread>

namespace radfm::imaging {

// Of one process: several studies and the engine want cores too. Set before any work, if at all (fuzzing wants one).
inline unsigned threads_max = 4;

inline unsigned usable_threads() { return std::clamp(std::thread::hardware_concurrency(), 1U, threads_max); }

// Waits for all threads. What one of them throws is thrown here once they have ended; no further index is begun then.

// A worker for each of up to `threads` threads, this one among them (fewer when the system gives no more): together they
// are called for 0 to count - 1, each index once.
using IndexWorker = std::function<void(std::size_t)>;
void share_indices(std::size_t count, std::size_t threads, const std::function<IndexWorker()>& make_worker);

// Calls `work` for 0 to count - 1, each once, on all usable threads.
void for_each_index(std::size_t count, const IndexWorker& work);

}  // namespace radfm::imaging
