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

// The path of our cgroup in the unified hierarchy: the line "0::/path" of /proc/self/cgroup.
std::optional<std::string> own_cgroup() {
  std::istringstream lines(contents("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return std::nullopt;
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
  if (const auto cgroup = own_cgroup()) {
    if (const auto count = counter_in(contents("/sys/fs/cgroup" + *cgroup + "/memory.events"), "oom_kill")) {
      return *count;
    }
  }
  return counter_in(contents("/proc/vmstat"), "oom_kill").value_or(0);
}

}  // namespace radfm::process
