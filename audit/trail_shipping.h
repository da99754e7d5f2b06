// SPDX-License-Identifier: Apache-2.0
// Hands the trail on to an audit record repository: in order, batch by batch, from a position that is a row of the database. The
// position moves after a batch has arrived, so a worker that is killed in between sends that batch again: at least once, nothing is
// left out. A repository that is down costs nothing but delay: the wait grows to wait_max_ms, and the trail keeps what is to be sent.
//
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/atna_message.h"
#include "core/clock.h"
#include "db/audit_trail.h"

namespace radfm::audit {

inline constexpr int shipped_at_once_max = 100;            // entries of one batch; about 150 kB
inline constexpr std::int64_t ship_interval_ms = 2'000;    // how often it is looked whether there is more
inline constexpr std::int64_t ship_wait_first_ms = 1'000;  // after a failure; doubled each time
inline constexpr std::int64_t ship_wait_max_ms = 300'000;
inline constexpr const char* syslog_position = "syslog";   // AuditTrail::position()

class TrailShipping {
 public:
  // Takes syslog messages; only what it says it has delivered counts.
  using Deliver = std::function<Status(const std::vector<std::string>& messages)>;
  TrailShipping(AuditSource source, Deliver deliver) : source_(std::move(source)), deliver_(std::move(deliver)) {}

  // Hands on the next batch, if there is one. How long to wait before the next call: 0 when there is more.
  std::int64_t ship(db::AuditTrail& trail);

 private:
  Result<bool> ship_batch(db::AuditTrail& trail);  // whether there may be more

  const AuditSource source_;
  const Deliver deliver_;
  std::int64_t wait_ms_ = 0;  // of the last failure; 0: all is well
};

}  // namespace radfm::audit
