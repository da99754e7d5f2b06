// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's one line of work, in rounds: configuration, cursor, due studies, notes. It never keeps Orthanc
// from storing: whatever is wrong, the cursor waits, the page says why, and the next round tries again.
//
// Lives on one thread (NodeThread); the notice board is what others see of it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/configuration.h"
#include "db/queue.h"
#include "orthanc-plugin/arrivals.h"
#include "orthanc-plugin/change_reader.h"
#include "orthanc-plugin/configuration_in_force.h"
#include "orthanc-plugin/index_logbook.h"
#include "orthanc-plugin/notice_board.h"
#include "orthanc-plugin/orthanc_api.h"
#include "orthanc-plugin/study_settler.h"

namespace radfm::plugin {

inline constexpr std::chrono::milliseconds idle_wait{2'000};  // also how soon a changed configuration is seen
// Studies that are due by their age alone (Orthanc rings for those that it calls stable) are gathered so long: each round
// writes to the disk that Orthanc stores to.
inline constexpr std::chrono::milliseconds due_gather{1'000};
// A locked database is tried this long in one round; the next round tries again. Orthanc waits no longer for
// us to stop.
inline constexpr std::int64_t node_busy_limit_ms = 2'000;
inline constexpr std::chrono::milliseconds trouble_wait_first{500};
inline constexpr std::chrono::milliseconds trouble_wait_max{15'000};

class PluginNode {
 public:
  // All must outlive the node. Made when Orthanc has started.
  PluginNode(OrthancApi& orthanc, Arrivals& arrivals, const Clock& clock, NoticeBoard& board, ConfigurationInForce& configuration, std::int64_t stable_age_ms);

  // One round. How long to wait for the next one, unless Orthanc rings before. What a library throws in it is trouble like
  // any other; only telling of it may throw, std::bad_alloc.
  std::chrono::milliseconds step();
  // After the last round, when Orthanc ends as it should.
  void end() { logbook_.close(); }

 private:
  Result<std::chrono::milliseconds> round();
  Status open_queue(std::shared_ptr<const Configuration> configuration);
  Result<std::chrono::milliseconds> work();
  std::chrono::milliseconds wait_for_due_study(std::chrono::milliseconds at_most);
  void publish(const Error& error);  // an empty one: all is well
  void let_go_of_broken_queue(const std::string& code);

  OrthancApi& orthanc_;
  const Clock& clock_;
  NoticeBoard& board_;
  ConfigurationInForce& configuration_;
  IndexLogbook logbook_;
  ChangeReader reader_;
  StudySettler settler_;
  std::unique_ptr<db::Queue> queue_;
  std::shared_ptr<const Configuration> queue_settings_;  // by which it was opened
  std::filesystem::path opened_before_;  // a queue was there: should it vanish, it is waited for and not made anew
  std::string trouble_;
  std::optional<std::string> published_note_;  // nothing: what an opened queue holds may be older than we are
  Notices::Taken taken_;
  std::chrono::milliseconds trouble_wait_ = trouble_wait_first;
};

}  // namespace radfm::plugin
