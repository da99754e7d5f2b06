// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

namespace radfm::phantom {

// 1 inside, 0 outside, a straight ramp over `edge_mm` around the border. `inside_mm`: distance to the border, positive
// inside. The ramp keeps the drawing free of stairs at every matrix.
inline double coverage(double inside_mm, double edge_mm) {
  return std::clamp(0.5 + inside_mm / edge_mm, 0.0, 1.0);
}

// Super-ellipse |x/a|^n + |y/b|^n <= 1, approximate distance to its border.
inline double super_ellipse(double x_mm, double y_mm, double half_width_mm, double half_height_mm, double exponent,
                            double edge_mm) {
  const double level = std::pow(std::pow(std::abs(x_mm / half_width_mm), exponent) +
                                    std::pow(std::abs(y_mm / half_height_mm), exponent),
                                1.0 / exponent);
  return coverage((1.0 - level) * std::min(half_width_mm, half_height_mm), edge_mm);
}

inline double disc(double x_mm, double y_mm, double radius_mm, double edge_mm) {
  return coverage(radius_mm - std::hypot(x_mm, y_mm), edge_mm);
}

}  // namespace radfm::phantom
