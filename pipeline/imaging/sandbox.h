// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <vector>

#include "core/result.h"

namespace radfm::imaging {

// Gives up for ever what reading files does not need (seccomp, no_new_privs), for this process and all its
// threads started later. Killed at once: sockets and connections, new programs and new processes, ptrace and
// access to other processes, kernel modules, mounts, bpf, io_uring. Refused with EPERM: opening for writing
// or creating, and changing names, modes and owners of files. Left: memory, threads, reading (the character
// set tables of the C library are opened when first needed), and the descriptors that are open already.
// Memory is bounded by RLIMIT_AS, which the parent sets. Error: permanent "no_sandbox" when the kernel has no
// seccomp filters.
Status enter_sandbox();

// The same for another program, which is started inside: execve alone is allowed besides, since whatever it starts has lost
// the same rights. Made before fork; give_up_rights is safe between fork and exec, and false where the kernel refuses.
std::vector<sock_filter> sandbox_of_program();
bool give_up_rights(const std::vector<sock_filter>& filter);

}  // namespace radfm::imaging
