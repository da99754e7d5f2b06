// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/processor.h"

namespace radfm::model {

at::ScalarType fastest_type_of_16_bits() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512bf16")) return at::kBFloat16;
#endif
  return at::kFloat;
}

}  // namespace radfm::model
