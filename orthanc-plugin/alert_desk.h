// SPDX-License-Identifier: GPL-3.0-or-later
// Tells an administrator what cannot wait until somebody looks at the page: a job is dead, no worker is heard, the queue cannot be
// used. It is the plugin that tells, for a worker cannot tell of its own death, and a thread of its own, so that a server that
// hangs holds up neither Orthanc nor the plugin's work.
//
// What is to be told stands in the audit trail (alert_trail.h), and the change of a worker's silence is written there first: so each
// is told once by each way, whenever Orthanc is restarted. The queue's own trouble cannot be remembered in the queue: after a
// restart it is told once more.
//
// Many at once are one message that counts them. After one about dead jobs the next of that way waits for deaths_gap_first_ms, doubled
// with each that follows soon. A way that fails is tried again after retry_first_ms, doubled up to retry_max_ms; until then
// more comes together in the one that waits. Failures stand on the notice board, and in the log once.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "core/clock.h"
#include "orthanc-plugin/alert_trail.h"
#include "orthanc-plugin/notice_board.h"
#include "orthanc-plugin/worker_watch.h"

namespace radfm::plugin {

inline constexpr std::chrono::milliseconds between_alert_looks{5'000};
inline constexpr std::int64_t alert_busy_limit_ms = 1'000;      // Orthanc waits no longer for us to stop
inline constexpr std::int64_t queue_trouble_after_ms = 60'000;  // shorter ones pass by themselves
inline constexpr std::int64_t retry_first_ms = 10'000, retry_max_ms = 600'000;
inline constexpr std::int64_t deaths_gap_first_ms = 60'000, deaths_gap_max_ms = 3'600'000;

// Tells one alert. cancelled: Orthanc stops; any other error: not told. It may take as long as its own deadline.
using AlertWay = std::function<Status(const AlertSettings& settings, const Alert& alert, const AlertFrame& frame)>;

class AlertDesk {
 public:
  // `board` and `clock` must outlive it. `node`: as what it tells.
  AlertDesk(NoticeBoard& board, const Clock& clock, std::string node, AlertWay webhook, AlertWay mail);

  // One thread (NodeThread): looks and tells. How long to wait for the next call.
  std::chrono::milliseconds step();

 private:
  struct Way {
    Way(const std::string& its_name, AlertWay how)
        : name(its_name), tell(std::move(how)), worker(its_name, AlertTrail::About::worker), deaths(its_name, AlertTrail::About::deaths) {}
    std::string name;
    AlertWay tell;
    AlertTrail worker, deaths;
    std::optional<Alert> about_queue = std::nullopt;  // untold
    std::int64_t wanted_since_wall_ms = 0;  // when it was last seen not configured: what happens later is to be told
    std::int64_t next_try_boot_ms = 0, retry_ms = 0;
    std::int64_t deaths_told_boot_ms = 0, deaths_gap_ms = 0;  // gap 0: none was told yet
    Notices::Told told = {};
    std::string failure = {};
  };
  bool is_configured(const Way& way, const AlertSettings& settings) const;
  Status look(const Notices& notices);
  Status watch_worker(db::AuditTrail& trail, db::Queue& queue, const AlertSettings& settings);
  void watch_queue(const Notices& notices, const Status& looked);
  void tell_all(Way& way, const Notices& notices);
  bool tell(Way& way, const AlertSettings& settings, const Alert& alert);  // false: not, and no more is told now
  bool deaths_may_be_told(const Way& way) const;
  void failed(Way& way, const Error& error);
  void remember(const Notices& notices);
  void publish();

  NoticeBoard& board_;
  const Clock& clock_;
  const std::string node_;
  std::array<Way, 2> ways_;
  std::filesystem::path database_;          // that all below is about
  std::optional<WorkerWatch> worker_watch_;  // from the first look at the trail on
  std::int64_t trouble_boot_ms_ = 0, trouble_wall_ms_ = 0;  // since when the queue cannot be used; 0: it can
  bool trouble_told_ = false;
};

}  // namespace radfm::plugin
