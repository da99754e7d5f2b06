// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/processor.h"

#include <ATen/cpu/Utils.h>

namespace radfm::model {

at::ScalarType fastest_type_of_16_bits() {
  return at::cpu::is_avx512_bf16_supported() ? at::kBFloat16 : at::kFloat;
}

}  // namespace radfm::model
