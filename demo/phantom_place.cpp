// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_place.h"

#include <algorithm>
#include <cmath>

#include "demo/phantom_shapes.h"

namespace radfm::phantom {
namespace {

constexpr int tries = 60;
constexpr double zone_margin_share = 0.05, dome_clear_mm = 3.0;
constexpr double nodule_clear_mm = 5.0;  // from the lung's border: against the chest wall it would be no nodule

class Room {
 public:
  explicit Room(const Anatomy& anatomy) : anatomy_(anatomy) {}

  // How far the ball passes the lung's border: 0 when it is wholly inside.
  double outside(const Point& at, double radius_mm) const {
    const double corner = radius_mm / std::sqrt(2.0);
    double worst = 0;
    for (const double x : {-1.0, 0.0, 1.0}) {
      for (const double y : {-1.0, 0.0, 1.0}) {
        if (x == 0 && y == 0) continue;
        const double step = x == 0 || y == 0 ? radius_mm : corner;
        worst = std::max(worst, outside_point(at.x_mm + x * step, at.y_mm + y * step, 0));
      }
    }
    for (const double back : {-1.0, 1.0}) worst = std::max(worst, outside_point(at.x_mm, at.y_mm, at.depth_mm + back * radius_mm));
    return worst;
  }
  // How far the ball reaches over the heart's shadow, 0 to 1.
  double behind_heart(const Point& at, double radius_mm) const {
    const double across = (at.x_mm - heart_centre_mm) / (anatomy_.heart_half_width_mm + radius_mm);
    const double down = (at.y_mm - anatomy_.diaphragm_mm + heart_above_diaphragm_mm) / (anatomy_.heart_half_height_mm + radius_mm);
    return std::max(0.0, 1.0 - across * across - down * down);
  }

 private:
  double outside_point(double x, double y, double depth) const {
    const double outward = std::abs(x) - anatomy_.lung_centre_mm;
    const auto term = [&](double at, double half) { return double(super_term(float(std::abs(at) / half), float(anatomy_.lung_exponent))); };
    const double level = term(outward, anatomy_.lung_half_width_mm) + term(y, anatomy_.lung_half_height_mm) +
                         term(depth, 0.72 * anatomy_.body_half_depth_mm);
    const double dome = anatomy_.diaphragm_mm + (x > 0 ? left_dome_lower_mm : 0.0) + dome_curve_per_mm * outward * outward - dome_clear_mm;
    return std::max({0.0, level - 1.0, (y - dome) / 50.0});
  }
  Anatomy anatomy_;
};

}  // namespace

Point draw_place(Random& random, const Anatomy& anatomy, const Lesion& lesion, double radius_mm) {
  const Room room(anatomy);
  const double height = anatomy.zone_height_mm(), margin = zone_margin_share * 3 * height;
  const bool is_nodule = lesion.kind == Kind::nodule;
  const double needed_mm = radius_mm + (is_nodule ? nodule_clear_mm : 0.0);
  const double zone_top = anatomy.lung_top_mm() + height * static_cast<int>(lesion.zone);
  const double top = std::max(zone_top + margin, std::min(anatomy.lung_top_mm() + needed_mm, zone_top + height - margin));
  const double bottom = std::max(top, std::min(zone_top + height - margin, anatomy.diaphragm_mm + 6 - needed_mm));
  const double aside = std::max(0.0, anatomy.lung_half_width_mm - needed_mm), sign = lesion.side == Side::left ? 1.0 : -1.0;
  const double back_max = std::clamp(0.72 * anatomy.body_half_depth_mm - needed_mm, 0.0, 45.0);
  Point best;
  double least = 1e9;
  for (int i = 0; i < tries && least > 0; ++i) {
    const Point at{sign * (anatomy.lung_centre_mm + random.between(-aside, aside)), random.between(top, bottom),
                   random.between(0.5 * back_max, back_max)};
    const double penalty = 10 * room.outside(at, needed_mm) + (is_nodule ? room.behind_heart(at, radius_mm) : 0.0);
    if (penalty < least) {
      least = penalty;
      best = at;
    }
  }
  return best;
}

}  // namespace radfm::phantom
