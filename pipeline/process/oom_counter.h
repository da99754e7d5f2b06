// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace radfm::process {

// How many processes the kernel has killed for want of memory: of our cgroup where that is readable (version 2 memory.events,
// version 1 memory.oom_control), whoever's limit was met; else of the whole machine (/proc/vmstat). It moves before the killed
// process dies. 0 when none can be read.
std::int64_t oom_kill_count();

// The number beside `key` in a file of "key value" lines.
std::optional<std::int64_t> counter_in(std::string_view text, std::string_view key);

}  // namespace radfm::process
