// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/give_way.h"

#include <algorithm>

namespace radfm::plugin {

void GiveWay::turn_to(std::int64_t window) {
  if (window == window_) return;
  in_last_ = window == window_ + 1 ? in_window_ : 0;
  in_window_ = 0;
  window_ = window;
}

void GiveWay::arrived() {
  const std::lock_guard lock(mutex_);
  turn_to(clock_.boot_ms() / flood_window_ms);
  in_window_ = std::min(in_window_ + 1, flood_images_per_window);
}

bool GiveWay::is_flooded(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  turn_to(now_ms / flood_window_ms);
  return std::max(in_window_, in_last_) >= flood_images_per_window;
}

std::chrono::milliseconds GiveWay::wait_before_round() {
  const std::int64_t now_ms = clock_.boot_ms();
  if (rounds_go_on_ || !is_flooded(now_ms)) return std::chrono::milliseconds(0);
  const std::chrono::milliseconds left = give_way_max - std::chrono::milliseconds(now_ms - rested_since_ms_);
  return std::clamp(left, std::chrono::milliseconds(0), give_way_look);
}

void GiveWay::round_ended(std::chrono::milliseconds wait) {
  rounds_go_on_ = wait.count() == 0;
  rested_since_ms_ = clock_.boot_ms();
}

}  // namespace radfm::plugin
