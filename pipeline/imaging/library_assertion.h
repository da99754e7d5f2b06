// SPDX-License-Identifier: Apache-2.0
// Debian builds OpenJPEG and CharLS with their assertions on, and some streams make these fail. Without more,
// one damaged slice would end the reader and with it the whole study.
#pragma once

namespace radfm::imaging {

// Calls the function on this thread; false when an assertion of a C library failed within it. It is left by
// longjmp then: what it holds must belong to the caller, and what the library holds is lost until the process
// ends. Assertions elsewhere end the process as ever. Does not nest.
bool run_despite_assertions(void (*function)(void* context), void* context);

}  // namespace radfm::imaging
