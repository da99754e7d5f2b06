// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/oom_counter.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>

namespace radfm::process {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Our cgroup's file of memory events: version 2 has the line "0::/path" in /proc/self/cgroup, version 1 "N:memory:/path", and
// a machine with both (hybrid) counts memory in version 1.
std::optional<std::int64_t> count_of_own_cgroup() {
  std::istringstream lines(contents("/proc/self/cgroup"));
  std::optional<std::int64_t> count;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t path = line.find(":/");
    if (path == std::string::npos) continue;
    const std::string folder = line.substr(path + 1);
    const bool version_2 = line.starts_with("0::"), memory_1 = line.find(":memory:") != std::string::npos;
    if (version_2 && !count) count = counter_in(contents("/sys/fs/cgroup" + folder + "/memory.events"), "oom_kill");
    if (memory_1) count = counter_in(contents("/sys/fs/cgroup/memory" + folder + "/memory.oom_control"), "oom_kill");
  }
  return count;
}

}  // namespace

std::optional<std::int64_t> counter_in(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') continue;
    std::int64_t value = 0;
    const char* const first = line.data() + key.size() + 1;
    if (std::from_chars(first, line.data() + line.size(), value).ec == std::errc()) return value;
  }
  return std::nullopt;
}

std::int64_t oom_kill_count() {
  if (const auto count = count_of_own_cgroup()) return *count;
  return counter_in(contents("/proc/vmstat"), "oom_kill").value_or(0);
}

}  // namespace radfm::process
