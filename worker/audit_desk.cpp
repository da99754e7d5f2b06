// SPDX-License-Identifier: Apache-2.0
#include "worker/audit_desk.h"

#include <algorithm>

#include "audit/syslog_sender.h"
#include "core/log.h"
#include "db/queue_file.h"

namespace radfm::worker {
namespace {

constexpr const char* actor = "worker";
constexpr std::int64_t busy_limit_ms = 1'500;  // a worker stops within stop_grace_ms, whoever keeps the database locked
constexpr std::int64_t idle_wait_ms = 60'000;
constexpr std::int64_t trouble_wait_ms = 1'000;

}  // namespace

std::optional<db::AuditNote> note_of_refusal(const Error& error) {
  if (error.code != "caller_not_known" && error.code != "tls_refused") return std::nullopt;
  return db::AuditNote{"association_refused", error.code + ": " + error.message, actor};
}

AuditDesk::AuditDesk(const Configuration& configuration, const Clock& clock)
    : configuration_(configuration),
      clock_(clock),
      notes_(clock, actor),
      shipping_({audit::own_host_name(), configuration.dicom.ae_title},
                [this](const std::vector<std::string>& messages) {
                  return audit::send_syslog(configuration_.audit, messages, interrupt_.fd());
                }) {
  notes_.add({"worker_started", RADFM_VERSION, actor});
  thread_ = std::thread([this] { run(); });
}

AuditDesk::~AuditDesk() {
  notes_.add({"worker_stopped", RADFM_VERSION, actor});
  interrupt_.raise(Interrupt::Reason::stopping);
  bell_.ring();
  thread_.join();
}

void AuditDesk::note(db::AuditNote note) {
  notes_.add(std::move(note));
  bell_.ring();
}

void AuditDesk::complain(const Error& error) {
  if (std::exchange(complained_, true)) return;
  log_line(LogLevel::error, "audit", "the audit trail cannot be written, trying on: " + error.message);
}

bool AuditDesk::open() {
  if (trail_) return true;
  db::OpenQueue open;
  open.path = configuration_.database.path;
  open.create = false;
  open.busy_limit_ms = busy_limit_ms;
  open.pages_max = db::file_pages_max(configuration_.database);
  Result<std::unique_ptr<db::AuditTrail>> trail = db::AuditTrail::open(open, clock_);
  if (!trail) {
    complain(trail.error());
    return false;
  }
  const Result<std::string> digest = db::file_digest(configuration_.file);
  const Status recorded = digest ? (*trail)->record_change({"configuration_changed", *digest, actor}) : Status(digest.error());
  if (!recorded) {
    complain(recorded.error());
    if (recorded.error().code != "file_unreadable") return false;
  }
  trail_ = std::move(*trail);
  return true;
}

bool AuditDesk::write_down() {
  std::vector<db::AuditNote> notes = notes_.take();
  if (notes.empty()) return true;
  if (Status written = trail_->record(notes); !written) {
    complain(written.error());
    notes_.put_back(std::move(notes));
    return false;
  }
  if (std::exchange(complained_, false)) log_line(LogLevel::info, "audit", "the audit trail is written again");
  return true;
}

void AuditDesk::run() {
  const bool ships = !configuration_.audit.syslog_host.empty();
  std::int64_t ship_at_boot_ms = clock_.boot_ms();
  for (bool stopping = false; !stopping;) {
    stopping = interrupt_.reason() == Interrupt::Reason::stopping;  // seen before the last notes are taken
    const bool written = open() && write_down();
    if (stopping) return;
    std::int64_t wait_ms = written ? idle_wait_ms : trouble_wait_ms;
    if (ships && written) {
      if (clock_.boot_ms() >= ship_at_boot_ms) ship_at_boot_ms = clock_.boot_ms() + shipping_.ship(*trail_);
      wait_ms = std::min(wait_ms, std::max<std::int64_t>(ship_at_boot_ms - clock_.boot_ms(), 0));
    }
    bell_.wait(wait_ms);
  }
}

}  // namespace radfm::worker
