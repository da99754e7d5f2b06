// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/child_end.h"

#include <csignal>
#include <cstring>

#include "pipeline/process/child_beginning.h"

namespace radfm::process {
namespace {

std::string signal_name(int number) {
  const char* const name = ::sigabbrev_np(number);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

}  // namespace

Error out_of_memory_error(const std::string& who) {
  if (who == "reader") {
    return poison_error("out_of_memory", "memory ran out for the reader: a study's files need more than reader.memory_max_mb, or than "
                                         "this machine or service (MemoryMax) has left");
  }
  return poison_error("out_of_memory", "memory ran out for the " + who +
                                           "; give this machine, service (MemoryMax) or GPU more, or take model.dtype bf16, int8 or int4, a smaller "
                                           "llama.context or a smaller model.embedding_cache_mb");
}

Error death_error(const std::string& who, const ChildEnd& end) {
  if (end.out_of_memory) return out_of_memory_error(who);
  if (end.exit_code == exit_out_of_memory) return out_of_memory_error(who);
  if (end.killed_by_owner) {
    return poison_error(who + "_crashed", "the " + who + " stopped working properly and was killed; its log says more");
  }
  if (end.signal == SIGKILL || end.signal == SIGTERM || end.signal == SIGINT || end.signal == SIGHUP) {
    return vanished_error(who + "_killed", "the " + who + " was ended from outside by " + signal_name(end.signal));
  }
  if (end.signal != 0) {
    return poison_error(who + "_crashed", "the " + who + " crashed with " + signal_name(end.signal));
  }
  return poison_error(who + "_crashed", "the " + who + " ended by itself with exit code " +
                                            std::to_string(end.exit_code) + "; its log says why");
}

}  // namespace radfm::process
