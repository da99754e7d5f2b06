// SPDX-License-Identifier: GPL-3.0-or-later
// While images pour in, the plugin's rounds wait for a gap, but not for long: reading the list of changes and settling studies costs
// Orthanc 5 % of its rate of C-STORE (tests/bench/store_rate.py), and a study that has come to rest can wait some seconds.
// arrived() may be called from any thread while one other thread asks the rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "core/clock.h"

namespace radfm::plugin {

inline constexpr std::int64_t flood_window_ms = 500;
inline constexpr int flood_images_per_window = 50;
inline constexpr std::chrono::milliseconds give_way_look{250};     // how often it is looked whether the flood is over
inline constexpr std::chrono::milliseconds give_way_max{10'000};   // since the last round that left nothing to do

class GiveWay {
 public:
  explicit GiveWay(const Clock& clock) : clock_(clock) {}  // which must outlive it

  void arrived();  // one image
  // Zero: the round may begin now; else when to ask again.
  std::chrono::milliseconds wait_before_round();
  // `wait`: what the round wants to wait for the next one; zero: it is not done with what it found.
  void round_ended(std::chrono::milliseconds wait);

 private:
  bool is_flooded(std::int64_t now_ms);
  void turn_to(std::int64_t window);

  const Clock& clock_;
  std::mutex mutex_;
  std::int64_t window_ = 0;          // guarded by mutex_, as both counts: which one it is, since the system's start
  int in_window_ = 0, in_last_ = 0;  // images
  bool rounds_go_on_ = true;
  std::int64_t rested_since_ms_ = 0;  // of the system's time
};

}  // namespace radfm::plugin
