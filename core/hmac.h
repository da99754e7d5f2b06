// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace radfm {

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);  // RFC 2104; 64 lower-case hex digits. Safe from any thread

}  // namespace radfm
