// SPDX-License-Identifier: Apache-2.0
// What this processor is good at.
#pragma once

#include <c10/core/ScalarType.h>

namespace radfm::model {

// The type in which this processor multiplies big matrices of 16-bit values fastest: bfloat16 where it has instructions for
// that, else float32 (without them libtorch's bfloat16 is several times slower than float32).
at::ScalarType fastest_type_of_16_bits();

}  // namespace radfm::model
