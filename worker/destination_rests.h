// SPDX-License-Identifier: Apache-2.0
// A destination that fails is left alone for a while by all jobs, so that the jobs that wait for it do not keep the worker
// knocking at a door behind which nobody is: other studies and other destinations go on as if it were not there.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/clock.h"
#include "worker/destination.h"

namespace radfm::worker {

inline constexpr std::int64_t destination_rest_first_ms = 1'000;
// A knock at a host that drops packets takes up to ten seconds (scu-scp/peer.h): of one thread's time at most a thirtieth.
inline constexpr std::int64_t destination_rest_max_ms = 300'000;

// One for a worker, shared by its job threads; whoever is turned away may still learn what Destination::known() says. Any thread.
class DestinationRests {
 public:
  // `clock` must outlive it.
  explicit DestinationRests(const Clock& clock) : clock_(clock) {}
  // transient "destination_rests" while it is left alone. When its rest is over, the first to ask knocks and the others still
  // wait, for as long as `knock_ms`.
  Status may_knock(const std::string& destination, std::int64_t knock_ms);
  // Transient errors make its rest twice as long as the last; whatever else it answered ends it.
  void ended(const std::string& destination, const Status& how);
  // Those that are left alone, with the code of their last failure: "PACS (peer_unreachable), ..."; empty: none.
  std::string resting() const;

 private:
  struct Rest {
    std::int64_t until_boot_ms = 0, length_ms = 0;
    std::string why;
  };
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Rest> rests_;  // guarded by mutex_; at most one for each entry of pacs
};

// `destination` under these rests, which must outlive it.
std::unique_ptr<Destination> with_rests(std::string name, std::unique_ptr<Destination> destination, DestinationRests& rests);

}  // namespace radfm::worker
