// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/worker_watch.h"

#include <algorithm>

#include "core/dicom_time.h"

namespace radfm::plugin {

WorkerWatch::Change WorkerWatch::look(std::int64_t seen_wall_ms, std::int64_t now_boot_ms, std::int64_t silence_max_ms) {
  if (!seen_wall_ms_) {
    seen_wall_ms_ = seen_wall_ms;
  } else if (*seen_wall_ms_ != seen_wall_ms) {
    seen_wall_ms_ = seen_wall_ms;
    silent_ms_ = 0;
    heard_ = true;
  } else {
    silent_ms_ += std::clamp<std::int64_t>(now_boot_ms - looked_boot_ms_, 0, between_looks_max_ms);
  }
  looked_boot_ms_ = now_boot_ms;
  if (since_) return heard_ ? Change::heard : Change::none;
  if (silent_ms_ < silence_max_ms) return Change::none;
  pending_since_ = seen_wall_ms > 0 ? format_iso_utc(seen_wall_ms) : "never";
  return Change::silent;
}

void WorkerWatch::recorded(Change change) {
  if (change == Change::silent) since_ = pending_since_;
  if (change == Change::heard) since_.reset();
  heard_ = false;
}

}  // namespace radfm::plugin
