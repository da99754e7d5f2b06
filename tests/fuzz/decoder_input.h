// SPDX-License-Identifier: Apache-2.0
// For targets that run Debian's image libraries: an assertion of theirs that fails is left by longjmp, and what the
// library held then is lost (library_assertion.h). The reader is one process a study, so that is no leak of ours.
#pragma once

#include "tests/fuzz/fuzz_input.h"

extern "C" const char* __lsan_default_suppressions() {
  return "leak:libopenjp2\nleak:libdcmtkcharls\nleak:libdcmjpls\n";
}
