// SPDX-License-Identifier: GPL-3.0-or-later
// What one way of telling (webhook, mail) has not told yet of one matter, read from the audit trail, which has each death of a job
// and each silence of the worker (db/audit_trail.h). How far it was told is a position of the trail, "alerts.WAY.deaths" or
// "alerts.WAY.worker": a row of the database, so that nothing is told again after a restart, and a restored backup brings it
// along. It is told before the row is written: a process that is killed in between tells once more.
//
// Memory: alert_jobs_shown_max jobs and alert_codes_max codes, however many have died. One thread.
#pragma once

#include <optional>
#include <string>

#include "core/clock.h"
#include "db/audit_trail.h"
#include "orthanc-plugin/alert.h"

namespace radfm::plugin {

inline constexpr std::int64_t alert_age_max_ms = 7LL * 86'400'000;  // what is older when it is first seen is not told
inline constexpr int alert_pages_per_look = 20;                     // of db::entries_per_read_max entries
inline constexpr std::int64_t position_steps_max = 1'000;           // entries without a death before the row is moved all the same

class AlertTrail {
 public:
  enum class About { deaths, worker };
  AlertTrail(const std::string& way, About about)
      : about_(about), position_name_("alerts." + way + (about == About::deaths ? ".deaths" : ".worker")) {}

  // Takes in what the trail has since; the first time of all it begins with what happened after `wanted_since_wall_ms`, which may have been
  // before the database could be opened. Errors: those of the database.
  Status look(db::AuditTrail& trail, db::Queue& queue, std::int64_t now_wall_ms, std::int64_t wanted_since_wall_ms);
  bool is_to_remember() const;
  // Moves the row, where all up to there was told. Errors: those of the database; it is tried again at the next call.
  Status remember(db::AuditTrail& trail);

  // All deaths together, or the worker's last change; nothing: all is told.
  const std::optional<Alert>& untold() const { return untold_; }
  void told() { untold_.reset(), told_ = true; }
  void forget();  // for another database

 private:
  Status begin(db::AuditTrail& trail, std::int64_t wanted_since_wall_ms);
  Status take(const db::AuditEntry& entry, db::Queue& queue, std::int64_t now_wall_ms);

  About about_;
  std::string position_name_;
  std::optional<db::AuditPosition> stored_;  // as the row is
  db::AuditPosition read_to_;
  bool told_ = false;  // something beyond stored_
  std::optional<Alert> untold_;
};

}  // namespace radfm::plugin
