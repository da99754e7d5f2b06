// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/alert_desk.h"

#include <algorithm>

#include "core/dicom_time.h"
#include "core/log.h"
#include "db/queue_file.h"

namespace radfm::plugin {
namespace {

constexpr const char* plugin_actor = "plugin";

// Of the errors that the plugin's own thread meets, those of the queue's file.
bool is_of_queue(const std::string& code) {
  return code.starts_with("database_") || code.starts_with("schema_") || code == "disk_full" || code == "read_only";
}

db::OpenQueue opening(const Notices& notices, bool read_only) {
  db::OpenQueue open;
  open.path = notices.database->path;
  open.settings = notices.queue;
  open.create = false;
  open.read_only = read_only;
  open.busy_limit_ms = alert_busy_limit_ms;
  open.pages_max = db::file_pages_max(*notices.database);
  return open;
}

}  // namespace

AlertDesk::AlertDesk(NoticeBoard& board, const Clock& clock, std::string node, AlertWay webhook, AlertWay mail)
    : board_(board),
      clock_(clock),
      node_(std::move(node)),
      ways_{Way("webhook", std::move(webhook)), Way("mail", std::move(mail))} {
  for (Way& way : ways_) way.wanted_since_wall_ms = clock_.wall_ms();
}

bool AlertDesk::is_configured(const Way& way, const AlertSettings& settings) const {
  return !(&way == &ways_[0] ? settings.webhook_url : settings.mail_server).empty();
}

std::chrono::milliseconds AlertDesk::step() {
  const Notices notices = board_.read();
  const auto told_by = [&](const Way& way) { return is_configured(way, notices.alerts); };
  for (Way& way : ways_) {
    if (!told_by(way)) way.wanted_since_wall_ms = clock_.wall_ms();
  }
  if (!notices.database || std::ranges::none_of(ways_, told_by)) {
    for (Way& way : ways_) way.failure.clear();
    publish();
    return between_alert_looks;
  }
  watch_queue(notices, look(notices));
  for (Way& way : ways_) {
    if (told_by(way)) tell_all(way, notices);
    else way.failure.clear();
  }
  remember(notices);
  publish();
  return between_alert_looks;
}

Status AlertDesk::look(const Notices& notices) {
  if (database_ != notices.database->path) {
    database_ = notices.database->path;
    worker_watch_.reset();
    for (Way& way : ways_) way.worker.forget(), way.deaths.forget();
  }
  auto trail = db::AuditTrail::open(opening(notices, false), clock_);
  if (!trail) return trail.error();
  auto queue = db::open_sqlite_queue(opening(notices, true), clock_);
  if (!queue) return queue.error();
  // Its beginning first, so that the change that was recorded after it is told.
  for (Way& way : ways_) {
    if (!is_configured(way, notices.alerts)) continue;
    for (AlertTrail* untold : {&way.worker, &way.deaths}) {
      if (Status looked = untold->look(**trail, **queue, clock_.wall_ms(), way.wanted_since_wall_ms); !looked) return looked;
    }
  }
  return watch_worker(**trail, **queue, notices.alerts);
}

Status AlertDesk::watch_worker(db::AuditTrail& trail, db::Queue& queue, const AlertSettings& settings) {
  if (!worker_watch_) {
    const auto silent = trail.last_of("worker_silent"), heard = trail.last_of("worker_heard");
    if (!silent) return silent.error();
    if (!heard) return heard.error();
    const bool still = *silent && (!*heard || (*heard)->id < (*silent)->id);
    worker_watch_.emplace(still ? std::optional((*silent)->detail) : std::nullopt);
  }
  const auto status = queue.status();
  if (!status) return status.error();
  const WorkerWatch::Change change = worker_watch_->look(status->worker_seen_wall_ms, clock_.boot_ms(), settings.worker_silence_ms);
  if (change == WorkerWatch::Change::none) return {};
  const char* kind = change == WorkerWatch::Change::silent ? "worker_silent" : "worker_heard";
  if (Status recorded = trail.record({{kind, worker_watch_->since(), plugin_actor}}); !recorded) return recorded;
  log_line(LogLevel::warning, "plugin", change == WorkerWatch::Change::silent ? "no worker is heard" : "a worker is heard again");
  worker_watch_->recorded(change);
  return {};
}

void AlertDesk::watch_queue(const Notices& notices, const Status& looked) {
  const std::string code = !looked ? looked.error().code : is_of_queue(notices.trouble_code) ? notices.trouble_code : "";
  Alert alert;
  if (!code.empty()) {
    if (trouble_boot_ms_ == 0) trouble_boot_ms_ = clock_.boot_ms(), trouble_wall_ms_ = clock_.wall_ms();
    if (trouble_told_ || clock_.boot_ms() - trouble_boot_ms_ < queue_trouble_after_ms) return;
    alert.event = AlertEvent::queue_trouble;
    alert.code = code;
  } else {
    trouble_boot_ms_ = 0;
    if (!trouble_told_) return;
    alert.event = AlertEvent::queue_back;
  }
  alert.since = format_iso_utc(trouble_wall_ms_);
  trouble_told_ = !code.empty();
  for (Way& way : ways_) {
    if (is_configured(way, notices.alerts)) way.about_queue = alert;
  }
}

void AlertDesk::tell_all(Way& way, const Notices& notices) {
  if (clock_.boot_ms() < way.next_try_boot_ms) return;
  if (way.about_queue) {
    if (!tell(way, notices.alerts, *way.about_queue)) return;
    way.about_queue.reset();
  }
  if (way.worker.untold()) {
    if (!tell(way, notices.alerts, *way.worker.untold())) return;
    way.worker.told();
  }
  if (way.deaths.untold() && deaths_may_be_told(way)) {
    if (!tell(way, notices.alerts, *way.deaths.untold())) return;
    way.deaths.told();
    const std::int64_t now = clock_.boot_ms();
    const bool soon = way.deaths_gap_ms > 0 && now - way.deaths_told_boot_ms < 2 * way.deaths_gap_ms;
    way.deaths_gap_ms = soon ? std::min(2 * way.deaths_gap_ms, deaths_gap_max_ms) : deaths_gap_first_ms;
    way.deaths_told_boot_ms = now;
  }
}

bool AlertDesk::deaths_may_be_told(const Way& way) const {
  return way.deaths_gap_ms == 0 || clock_.boot_ms() - way.deaths_told_boot_ms >= way.deaths_gap_ms;
}

bool AlertDesk::tell(Way& way, const AlertSettings& settings, const Alert& alert) {
  const Status told = way.tell(settings, alert, {node_, clock_.wall_ms()});
  if (!told && told.error().error_class == ErrorClass::cancelled) return false;
  if (!told) {
    failed(way, told.error());
    return false;
  }
  if (!way.failure.empty()) log_line(LogLevel::info, "plugin", "alerts by " + way.name + " are told again");
  way.failure.clear();
  way.retry_ms = 0;
  ++way.told.sent;
  return true;
}

void AlertDesk::failed(Way& way, const Error& error) {
  const std::string said = "alerts by " + way.name + " are not told: " + error.message;
  if (way.failure.empty()) log_line(LogLevel::warning, "plugin", said);
  way.failure = said;
  way.retry_ms = std::clamp(2 * way.retry_ms, retry_first_ms, retry_max_ms);
  way.next_try_boot_ms = clock_.boot_ms() + way.retry_ms;
  ++way.told.failed;
}

// A row that cannot be moved now is moved at a later look; until then what was told is known in memory.
void AlertDesk::remember(const Notices& notices) {
  if (std::ranges::none_of(ways_, [](const Way& way) { return way.worker.is_to_remember() || way.deaths.is_to_remember(); })) return;
  auto trail = db::AuditTrail::open(opening(notices, false), clock_);
  if (!trail) return;
  for (Way& way : ways_) {
    for (AlertTrail* told : {&way.worker, &way.deaths}) {
      if (Status moved = told->remember(**trail); !moved)
        log_line(LogLevel::debug, "plugin", "how far alerts were told is written later: " + moved.error().message);
    }
  }
}

void AlertDesk::publish() {
  board_.update([&](Notices& notices) {
    notices.alert_failures.clear();
    for (const Way& way : ways_) {
      if (!way.failure.empty()) notices.alert_failures.push_back(way.failure);
    }
    notices.alerts_by_webhook = ways_[0].told;
    notices.alerts_by_mail = ways_[1].told;
  });
}

}  // namespace radfm::plugin
