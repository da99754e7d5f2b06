// SPDX-License-Identifier: Apache-2.0
// How a group of int4 values gets its scale.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/packed_matrix.h"

namespace radfm::kernels {

struct Int4Group {
  std::uint16_t scale = 0;                   // bfloat16; negative where the value of largest magnitude is positive
  std::int8_t values[group_columns] = {};    // in [-8, 7]
};

// `values`: a whole group, finite. A group of zeros, or one so small that its scale would be no normal number, is zeros.
Int4Group quantise_group(const float* values);

}  // namespace radfm::kernels
