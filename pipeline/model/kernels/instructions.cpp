// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/instructions.h"

#include "core/result.h"

namespace radfm::kernels {

std::string_view instructions_name(Instructions instructions) {
  switch (instructions) {
    case Instructions::portable:
      return "portable";
    case Instructions::avx2:
      return "avx2";
    case Instructions::avx512_vnni:
      return "avx512_vnni";
  }
  broken_invariant("a set of instructions without a name");
}

std::vector<Instructions> instructions_here() {
  std::vector<Instructions> here{Instructions::portable};
#ifdef RADFM_X86_KERNELS
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) here.push_back(Instructions::avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni"))
    here.push_back(Instructions::avx512_vnni);
#endif
  return here;
}

Instructions best_instructions() {
  static const Instructions best = instructions_here().back();
  return best;
}

}  // namespace radfm::kernels
