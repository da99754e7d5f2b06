// SPDX-License-Identifier: Apache-2.0
// What radfm-engine gives up before it opens a model: it needs files to read, memory, threads, and its channel. With a GPU also
// what its driver does: sockets of the family AF_UNIX (nvidia-persistenced, MPS) and files to write (the device files, and a cache of
// compiled kernels); the driver can start no nvidia-modprobe, so the device files must be there (`nvidia-smi` makes them).
// No engine opens a network connection or starts a program. What is forbidden is refused (EPERM), not fatal: a library that asks
// for more than it needs must not cost the model.
#pragma once

#include "pipeline/process/process_rights.h"

namespace radfm::model {

// `gpu`: a device of CUDA may be used. `writes_known_answer`: into the model's directory.
process::ProcessRights engine_rights(bool gpu, bool writes_known_answer);

// False where the kernel has no seccomp filters; the engine parses no foreign file and works without.
bool enter_engine_sandbox(bool gpu, bool writes_known_answer);

}  // namespace radfm::model
