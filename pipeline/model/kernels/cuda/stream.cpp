// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/cuda/stream.h"

#include <string>

#include "core/result.h"

namespace radfm::kernels::cuda {

void check_launch(int error, const char* words) {
  if (error != 0) broken_invariant("a kernel was not launched: " + std::string(words));
}

}  // namespace radfm::kernels::cuda
