// SPDX-License-Identifier: Apache-2.0
// How launches are told where they belong, for files that know no CUDA.
#pragma once

namespace radfm::kernels::cuda {

// A cudaStream_t; null is the default stream. Launches return at once, and run in the order in which a stream was told of them.
using Stream = void*;

// Stops the program for a launch that was refused: its sizes are this program's own.
void check_launch(int error, const char* words);

}  // namespace radfm::kernels::cuda
