// SPDX-License-Identifier: Apache-2.0
#include "audit/trail_shipping.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "audit/syslog_message.h"
#include "core/log.h"

namespace radfm::audit {

Result<bool> TrailShipping::ship_batch(db::AuditTrail& trail) {
  const Result<std::optional<db::AuditPosition>> position = trail.position(syslog_position);
  if (!position) return position.error();
  const std::int64_t after = *position ? (*position)->entry : 0;
  const Result<std::vector<db::AuditEntry>> entries = trail.entries(after, shipped_at_once_max);
  if (!entries) return entries.error();
  if (entries->empty()) return false;
  std::vector<std::string> messages;
  for (const db::AuditEntry& entry : *entries) {
    messages.push_back(syslog_message({entry.event.wall_ms, source_.host, "radfm-node", ::getpid()}, atna_message(entry, source_)));
  }
  if (Status delivered = deliver_(messages); !delivered) return delivered.error();
  const db::AuditEntry& last = entries->back();
  if (Status moved = trail.move_position(syslog_position, *position, {last.event.id, last.hash}); !moved) return moved.error();
  return entries->size() == std::size_t{shipped_at_once_max};
}

std::int64_t TrailShipping::ship(db::AuditTrail& trail) {
  const Result<bool> more = ship_batch(trail);
  if (more) {
    if (std::exchange(wait_ms_, 0) != 0) log_line(LogLevel::info, "audit", "audit messages arrive at the repository again");
    return *more ? 0 : ship_interval_ms;
  }
  if (more.error().error_class == ErrorClass::cancelled) return ship_interval_ms;  // the worker stops
  if (wait_ms_ == 0) {
    log_line(LogLevel::warning, "audit",
             more.error().code + ": " + more.error().message + "; the trail keeps what is to be sent, it is tried again and again");
  }
  wait_ms_ = wait_ms_ == 0 ? ship_wait_first_ms : std::min(wait_ms_ * 2, ship_wait_max_ms);
  return wait_ms_;
}

}  // namespace radfm::audit
