// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"

namespace radfm::imaging {

// Gives up for ever what reading files does not need (pipeline/process/process_rights.h): killed at once are sockets, new
// programs and new processes; refused is every change to a file. The character set tables of the C library are opened when
// first needed. Memory is bounded by RLIMIT_AS, which the parent sets. Error: permanent "no_sandbox" when the kernel has no
// seccomp filters.
Status enter_sandbox();

}  // namespace radfm::imaging
