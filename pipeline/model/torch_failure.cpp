// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/torch_failure.h"

#include <algorithm>
#include <string>

#include "pipeline/process/child_end.h"

namespace radfm::model {
namespace {

constexpr std::size_t line_bytes_max = 300;
constexpr const char* exhaustion_words[] = {"out of memory", "can't allocate memory", "Cannot allocate memory",
                                            "ALLOC_FAILED", "bad allocation"};

}  // namespace

Error memory_exhausted(const char* where) {
  Error error = process::out_of_memory_error("engine");
  error.message += std::string(" (the model found no room ") + where + ")";
  return error;
}

Error torch_failure(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  const std::string line = text.substr(0, std::min(text.find('\n'), line_bytes_max));
  const bool exhausted = std::any_of(std::begin(exhaustion_words), std::end(exhaustion_words),
                                     [&](const char* words) { return line.find(words) != std::string::npos; });
  if (exhausted) return memory_exhausted("for a tensor");
  return poison_error("engine_failed", "libtorch failed: " + line);
}

}  // namespace radfm::model
