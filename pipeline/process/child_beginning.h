// SPDX-License-Identifier: Apache-2.0
// What radfm-engine and radfm-reader do first, whoever started them.
#pragma once

namespace radfm::process {

// How a child of ours ends when memory runs out where nothing can be answered any more (an exception that nobody caught, on
// any thread). Its parent takes it for out of memory (child_process.h), not for a crash.
inline constexpr int exit_out_of_memory = 71;
// The kernel's choice when memory runs out (proc(5), oom_score_adj): at 1000 all memory of the machine is added to the
// process's own, so that it goes before the worker, Orthanc and all else; of engine and reader the larger goes first.
inline constexpr int oom_score_of_children = 1'000;

// Takes the place above in the kernel's order, says exit_out_of_memory for std::bad_alloc, forbids core dumps. What the
// system refuses is left as it was.
void begin_as_child();

}  // namespace radfm::process
