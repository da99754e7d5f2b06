// SPDX-License-Identifier: GPL-3.0-or-later
// Turns a pending study into a job, once its images have come to rest: digest, rule, one transaction.
// A study whose index cannot be read waits longer each time and says so; the others go on. One that Orthanc dies
// over waits too, and is left behind in the end (index_logbook.h).
//
// Lives on the plugin's one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/rule.h"
#include "core/study_index.h"
#include "db/queue.h"
#include "orthanc-plugin/arrivals.h"
#include "orthanc-plugin/due_order.h"
#include "orthanc-plugin/index_logbook.h"
#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

inline constexpr int studies_per_round = 20;
inline constexpr std::size_t images_per_transaction = study_instances_max;  // one study more may be over it
inline constexpr std::int64_t unreadable_wait_first_ms = 2'000;
inline constexpr std::int64_t unreadable_wait_max_ms = 1'800'000;
inline constexpr std::size_t unreadable_studies_max = 1'000;  // remembered; beyond it counting begins anew
inline constexpr std::size_t delayed_shown_max = 20;

class StudySettler {
 public:
  // All must outlive the settler; it counts its time from now (see ChangeReader).
  StudySettler(OrthancApi& orthanc, Arrivals& arrivals, IndexLogbook& logbook, const Clock& clock, std::int64_t stable_age_ms);

  struct Round {
    int settled = 0;
    int jobs_made = 0;
    bool more = false;  // other studies are due already
  };
  // Settles up to studies_per_round due studies, in the order in which they are due and in one transaction (while images
  // arrive, the disk is Orthanc's); the logbook must be open. An error is the queue's or the logbook's: call again
  // later, nothing is lost.
  Result<Round> settle_due(db::Queue& queue, const std::vector<Rule>& rules);

  // One sentence for each study that is put off because Orthanc does not show its index.
  std::vector<std::string> delayed() const;

 private:
  struct Trouble {
    int tries = 0;
    Error error;
  };
  // What is to be settled; nothing: the study was forgotten or put off.
  Result<std::optional<db::NewJob>> look_at(db::Queue& queue, const std::vector<Rule>& rules, const std::string& orthanc_id);
  Status settle(db::Queue& queue, const std::vector<db::NewJob>& jobs, Round& round);
  Status put_off(db::Queue& queue, const std::string& orthanc_id, const Error& error);
  // Whether a report of these images was delivered already, by the mark that the worker left in Orthanc.
  Result<bool> already_reported(const std::string& orthanc_id, const std::string& digest);
  // When the study's images may be taken to be complete; a time that has passed: now.
  std::int64_t ready_ms(const StudyIndex& index) const;
  std::int64_t started_wall_ms() const;  // by today's wall clock, which may have been stepped since

  OrthancApi& orthanc_;
  Arrivals& arrivals_;
  IndexLogbook& logbook_;
  const Clock& clock_;
  const std::int64_t stable_age_ms_;
  const std::int64_t started_boot_ms_;
  DueOrder postponed_order_;
  std::map<std::string, Trouble> unreadable_;
};

}  // namespace radfm::plugin
