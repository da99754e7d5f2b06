// SPDX-License-Identifier: Apache-2.0
// The worker's hand in the audit trail, on a thread of its own: says when the worker starts and stops, writes what other threads
// note (a caller that our storage SCP refused), and hands the trail on to the audit record repository, where there is one.
#pragma once

#include <memory>
#include <thread>

#include "audit/trail_shipping.h"
#include "core/clock.h"
#include "core/configuration.h"
#include "db/audit_notes.h"
#include "worker/bell.h"
#include "worker/interrupt.h"

namespace radfm::worker {

class AuditDesk {
 public:
  // Starts the thread. `configuration` and `clock` must outlive it.
  AuditDesk(const Configuration& configuration, const Clock& clock);
  // Stops it; what is noted is written, unless the database is busy for longer than a worker may take to stop.
  ~AuditDesk();

  void note(db::AuditNote note);  // any thread; waits for nothing

 private:
  void run();
  bool open();
  bool write_down();
  void complain(const Error& error);

  const Configuration& configuration_;
  const Clock& clock_;
  db::AuditNotes notes_;
  audit::TrailShipping shipping_;
  std::unique_ptr<db::AuditTrail> trail_;
  bool complained_ = false;
  Interrupt interrupt_;
  Bell bell_;
  std::thread thread_;  // last: it uses all of the above
};

// How a refused association reads in the trail; nothing for what is no refusal (the caller left, a time-out).
std::optional<db::AuditNote> note_of_refusal(const Error& error);

}  // namespace radfm::worker
