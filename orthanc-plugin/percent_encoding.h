// SPDX-License-Identifier: GPL-3.0-or-later
// Names and values of parameters as browsers write them into an address (RFC 3986 2.1, and forms' plus for a blank). Orthanc 1.10.1 hands
// plugins both as they stand there. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace radfm::plugin {

// What is no encoding stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace radfm::plugin
