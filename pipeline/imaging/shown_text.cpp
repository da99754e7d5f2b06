// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/shown_text.h"

#include <cmath>
#include <locale>
#include <sstream>

namespace radfm::imaging {

std::string plain_number(double value) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.precision(12);
  out << std::round(value * 1e4) / 1e4;
  return out.str();
}

std::string window_text(double centre, double width) {
  return "centre " + plain_number(centre) + " width " + plain_number(width);
}

}  // namespace radfm::imaging
