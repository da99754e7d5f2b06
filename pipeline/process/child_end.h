// SPDX-License-Identifier: Apache-2.0
// How a child ended, in the words and the class that the queue needs. Pure functions; any thread.
#pragma once

#include <string>

#include "core/result.h"

namespace radfm::process {

struct ChildEnd {
  int exit_code = -1;  // when it exited
  int signal = 0;      // when a signal ended it
  bool out_of_memory = false;  // SIGKILL while the kernel's oom_kill counter moved (oom_counter.h)
  bool killed_by_owner = false;  // kill_and_reap had to kill it
};
// crash signal (SEGV, ABRT, BUS, FPE, ILL, SYS, XCPU) or an exit by itself: poison ("engine_crashed"); killed by the kernel for
// want of memory, or ended with exit_out_of_memory (child_beginning.h): poison "out_of_memory"; SIGKILL or SIGTERM from
// outside: vanished ("engine_killed"). Killed by its owner, who does that when it misbehaves: poison ("engine_crashed"). `who` is
// "engine" or "reader". A SIGKILL by hand in the same moment as an out-of-memory kill elsewhere in our cgroup (where only the
// machine's counter can be read: on the machine) is taken for out of memory: a try is spent, nothing is lost.
Error death_error(const std::string& who, const ChildEnd& end);
// Poison "out_of_memory", which says what to do. For a child's own words too.
Error out_of_memory_error(const std::string& who);

}  // namespace radfm::process
