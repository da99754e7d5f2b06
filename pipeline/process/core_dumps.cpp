// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string_view>

namespace radfm::process {

bool core_dumps_are_wanted() {
  const char* const wanted = std::getenv("RADFM_CORE_DUMPS");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

void forbid_core_dumps() {
  if (core_dumps_are_wanted()) return;
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace radfm::process
