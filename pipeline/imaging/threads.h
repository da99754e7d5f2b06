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

// Calls `work` once on each of up to `threads` threads, this one among them (fewer when the system gives no more), and waits
// for all. It must not throw.
void run_on_threads(std::size_t threads, const std::function<void()>& work);

// Calls `work` for 0 to count - 1, each once, on all usable threads; it must not throw.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace radfm::imaging
