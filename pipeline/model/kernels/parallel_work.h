// SPDX-License-Identifier: Apache-2.0
// Which work the kernels share among the threads of OpenMP.
#pragma once

#include <cstdint>

namespace radfm::kernels {

// So little is read faster than another thread is woken. A thread sanitizer does not see that OpenMP's threads wait for one another
// and would take each result for a race: under it the calling thread works alone.
constexpr bool is_shared_work(std::int64_t bytes) {
#ifdef __SANITIZE_THREAD__
  return bytes < 0;
#else
  return bytes > 65536;
#endif
}

}  // namespace radfm::kernels
