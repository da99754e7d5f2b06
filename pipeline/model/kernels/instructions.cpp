// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/instructions.h"

#ifdef RADFM_X86_KERNELS
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "core/result.h"

namespace radfm::kernels {
namespace {

#ifdef RADFM_X86_KERNELS
// The system hands out the tiles' registers to processes that ask for them (Linux, Documentation/arch/x86/xstate.rst).
bool may_use_tiles() {
  constexpr long request_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return ::syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}
#endif

}  // namespace

std::string_view instructions_name(Instructions instructions) {
  switch (instructions) {
    case Instructions::portable:
      return "portable";
    case Instructions::avx2:
      return "avx2";
    case Instructions::avx512_vnni:
      return "avx512_vnni";
    case Instructions::amx:
      return "amx";
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
  if (here.back() == Instructions::avx512_vnni && __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-int8") && may_use_tiles())
    here.push_back(Instructions::amx);
#endif
  return here;
}

Instructions best_instructions() {
  static const Instructions best = instructions_here().back();
  return best;
}

}  // namespace radfm::kernels
