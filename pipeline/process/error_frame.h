// SPDX-License-Identifier: Apache-2.0
// The frame with which a child says that it could not do what it was asked:
// {"type":"error","class":"permanent","code":"prompt_too_long","message":"..."}
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.h"

namespace radfm::process {

inline constexpr std::size_t error_message_bytes_max = 1'000;

nlohmann::json error_frame(const Error& error);
// A class that is absent or unknown is permanent, and so is "cancelled", which is no child's to say. A code that is no
// snake_case word becomes "<who>_error"; control characters in the message become blanks.
Error error_from_frame(const std::string& who, const nlohmann::json& frame);

}  // namespace radfm::process
