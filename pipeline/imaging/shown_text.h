// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace radfm::imaging {

// "centre 40 width 400"; at most four decimals, no trailing zeros, always a point.
std::string window_text(double centre, double width);

}  // namespace radfm::imaging
