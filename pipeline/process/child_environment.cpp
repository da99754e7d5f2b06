// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/child_environment.h"

#include <algorithm>
#include <iterator>

extern char** environ;

namespace radfm::process {
namespace {

constexpr std::string_view names[] = {"PATH", "HOME", "TMPDIR", "LANG", "LANGUAGE", "TZ", "RADFM_LIBEXEC", "RADFM_CORE_DUMPS", "GLIBC_TUNABLES"};
// Loader and allocator, locale, threads and mathematics, GPU, sanitizers and coverage, fonts.
constexpr std::string_view starts[] = {"LD_",  "LC_",    "MALLOC_", "OMP_",  "GOMP_", "KMP_",  "MKL_",  "OPENBLAS_", "CUDA_",
                                       "CUBLAS_", "CUDNN_", "NCCL_", "NVIDIA_", "TORCH_", "PYTORCH_", "ASAN_", "LSAN_", "UBSAN_",
                                       "TSAN_", "MSAN_", "GCOV_", "LLVM_PROFILE_", "FONTCONFIG_"};

}  // namespace

bool is_passed_on(std::string_view variable) {
  return std::find(std::begin(names), std::end(names), variable) != std::end(names) ||
         std::any_of(std::begin(starts), std::end(starts), [&](std::string_view start) { return variable.starts_with(start); });
}

std::vector<std::string> child_environment() {
  std::vector<std::string> passed;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (is_passed_on(text.substr(0, text.find('=')))) passed.emplace_back(text);
  }
  return passed;
}

}  // namespace radfm::process
