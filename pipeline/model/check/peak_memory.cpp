// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/peak_memory.h"

#include <fstream>
#include <string>

namespace radfm::model::check {
namespace {

std::optional<std::int64_t> status_kib(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    std::int64_t kib = 0;
    if (word == key && file >> kib) return kib;
  }
  return {};
}

}  // namespace

PeakMemory::PeakMemory() {
  std::ofstream reset("/proc/self/clear_refs");
  reset << "5" << std::flush;  // the peak becomes what is resident now
  if (reset.good()) start_kib_ = status_kib("VmHWM:");
}

std::optional<double> PeakMemory::risen_mib() const {
  const auto peak = status_kib("VmHWM:");
  if (!start_kib_ || !peak) return {};
  return static_cast<double>(*peak - *start_kib_) / 1024;
}

}  // namespace radfm::model::check
