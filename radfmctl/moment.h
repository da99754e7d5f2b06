// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace radfm::ctl {

// "20260311" or "20260311120000", UTC, as milliseconds since 1970.
std::optional<std::int64_t> parse_moment(const std::string& text);

}  // namespace radfm::ctl
