// SPDX-License-Identifier: Apache-2.0
// What a child process gives up for ever once it has what it needs (seccomp, no_new_privs), for itself and all its threads
// started later. Always forbidden: new processes, ptrace and access to other processes, kernel modules, mounts, name spaces,
// bpf, io_uring, key rings. Refused with EPERM: signals to others, openat2. Left: memory, threads, reading files, and the
// descriptors that are open already.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace radfm::process {

struct ProcessRights {
  bool start_program = false;    // execve; what it starts has lost the same rights
  bool unix_sockets = false;     // sockets of the family AF_UNIX; of another: EAFNOSUPPORT
  bool write_files = false;      // opening for writing, creating, changing names, modes and owners; else EPERM
  bool misuse_is_fatal = true;   // what is forbidden kills the process (SIGSYS); else EPERM
};

// Made before fork; given up by prctl(2), which a service manager's own filter lets through, unlike seccomp(2). give_up_rights is
// safe between fork and exec, and false where the kernel refuses.
std::vector<sock_filter> rights_filter(const ProcessRights& rights);
bool give_up_rights(const std::vector<sock_filter>& filter);

}  // namespace radfm::process
