// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace radfm::imaging {

std::string plain_number(double value);  // at most four decimals, no trailing zeros, always a point
// "centre 40 width 400"
std::string window_text(double centre, double width);

}  // namespace radfm::imaging
