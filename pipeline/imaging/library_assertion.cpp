// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/library_assertion.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>

namespace radfm::imaging {
namespace {

thread_local std::jmp_buf* way_out = nullptr;

}  // namespace

bool run_despite_assertions(void (*function)(void* context), void* context) {
  std::jmp_buf here;
  if (setjmp(here) != 0) {
    way_out = nullptr;
    return false;
  }
  way_out = &here;
  function(context);
  way_out = nullptr;
  return true;
}

}  // namespace radfm::imaging

// The function that assert() calls in glibc: the libraries find this one ahead of it. <cassert> must not be
// included here.
extern "C" __attribute__((visibility("default"), noreturn)) void __assert_fail(const char* assertion,
                                                                               const char* file,
                                                                               unsigned int line,
                                                                               const char* function);

extern "C" void __assert_fail(const char* assertion, const char* file, unsigned int line,
                              const char* function) {
  if (radfm::imaging::way_out != nullptr) std::longjmp(*radfm::imaging::way_out, 1);
  std::fprintf(stderr, "%s:%u: %s: assertion failed: %s\n", file, line, function, assertion);
  std::abort();
}
