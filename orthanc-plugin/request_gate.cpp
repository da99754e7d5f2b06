// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/request_gate.h"

#include <algorithm>
#include <cmath>

namespace radfm::plugin {

int requests_inside_of(int orthanc_http_threads) {
  return std::clamp(orthanc_http_threads / threads_to_each_of_ours, 1, requests_inside_max);
}

std::optional<RequestGate::Place> RequestGate::enter() {
  if (++inside_ <= inside_max_) return Place(inside_);
  --inside_;
  return std::nullopt;
}

int RequestGate::seconds_to_wait(Cost cost, const std::string& user, std::int64_t boot_ms) {
  if (cost == Cost::small) return 0;
  const Rate rate = cost == Cost::list ? list_rate : cost == Cost::index ? index_rate : change_rate;
  const double per_ms = rate.per_minute / 60'000.0;
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = buckets_.try_emplace({cost, user}, Bucket{static_cast<double>(rate.burst), boot_ms});
  Bucket& bucket = found->second;
  const double earned = per_ms * static_cast<double>(std::max<std::int64_t>(boot_ms - bucket.filled_boot_ms, 0));
  bucket.left = std::min<double>(rate.burst, bucket.left + earned);
  bucket.filled_boot_ms = boot_ms;
  if (bucket.left < 1) return static_cast<int>(std::ceil((1 - bucket.left) / per_ms / 1'000));
  bucket.left -= 1;
  return 0;
}

}  // namespace radfm::plugin
