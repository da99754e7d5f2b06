// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/child_beginning.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <string>

#include "pipeline/process/core_dumps.h"

namespace radfm::process {
namespace {

void go_first_when_memory_runs_out() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  const std::string score = std::to_string(oom_score_of_children);
  [[maybe_unused]] const ssize_t written = ::write(file, score.data(), score.size());
  ::close(file);
}

[[noreturn]] void end_of_the_program() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    std::_Exit(exit_out_of_memory);
  } catch (...) {
    std::abort();
  }
  std::abort();
}

}  // namespace

void begin_as_child() {
  // First: the file below belongs to root once the process is not dumpable.
  go_first_when_memory_runs_out();
  std::set_terminate(end_of_the_program);
  forbid_core_dumps();
}

}  // namespace radfm::process
