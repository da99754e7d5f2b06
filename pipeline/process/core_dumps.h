// SPDX-License-Identifier: Apache-2.0
// No memory of ours in files: a core dump of worker, engine, reader or radfmctl would hold names, pictures and reports.
// RADFM_CORE_DUMPS=1 in the environment allows them, for who looks for a fault with data that may be seen.
#pragma once

namespace radfm::process {

bool core_dumps_are_wanted();

// RLIMIT_CORE 0, and not dumpable: a kernel.core_pattern that begins with '|' (systemd-coredump, apport) gets dumps whatever
// RLIMIT_CORE says, but none of a process that is not dumpable (core(5), prctl(2) PR_SET_DUMPABLE), and nobody of the same
// user may read its memory (ptrace). exec makes a process dumpable again, so each program says it at its beginning.
void forbid_core_dumps();

}  // namespace radfm::process
