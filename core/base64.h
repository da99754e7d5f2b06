// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace radfm {

std::string base64(std::string_view bytes);  // RFC 4648 4, padded, without line ends

}  // namespace radfm
