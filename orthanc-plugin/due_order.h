// SPDX-License-Identifier: GPL-3.0-or-later
// Orthanc's times are whole seconds, and after a start many studies are due at one moment. Each gets a millisecond
// of its own, so that they are settled, and reported, in the order in which they came.
#pragma once

#include <algorithm>
#include <cstdint>

namespace radfm::plugin {

class DueOrder {
 public:
  // `due_wall_ms`, or a little later when the last call was about the same moment.
  std::int64_t next(std::int64_t due_wall_ms) {
    same_ = due_wall_ms == last_ ? std::min(same_ + 1, same_moment_max) : 0;
    last_ = due_wall_ms;
    return due_wall_ms + same_;
  }

  static constexpr std::int64_t same_moment_max = 999;  // so it never delays a study by a second

 private:
  std::int64_t last_ = -1, same_ = 0;
};

}  // namespace radfm::plugin
