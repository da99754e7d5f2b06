// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's hand in the audit trail: who was shown a draft, who was refused, and that the plugin started, stopped or read another
// configuration. An answer to a person waits for none of it: what was seen is noted in memory (db/audit_notes.h), and a thread of its
// own writes it, moments later. So a locked or missing database neither fails nor delays the answer.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "core/clock.h"
#include "db/audit_notes.h"
#include "orthanc-plugin/notice_board.h"
#include "orthanc-plugin/rest_request.h"

namespace radfm::plugin {

inline constexpr std::chrono::milliseconds audit_idle_wait{2'000};
inline constexpr std::int64_t audit_busy_limit_ms = 1'000;  // Orthanc waits no longer for us to stop

// What of an answered request goes into the trail:
//   200 on a draft's page, a job, its picture, the drafts of a study: viewed (the page asks again every few seconds: one entry)
//   200 on a list of jobs with their patients, or a search: listed, with the names of the question's parameters
//   200 on a test of the rules: viewed, the study, whose patient is in the answer
//   200 or 409 on reading the configuration anew: rules_reloaded, with how many there are since when; rules_refused
//   403, another's role or another site's page: refused, with what was asked for; of its words only those that are ours
std::optional<db::AuditNote> note_of(const RestRequest& request, const RestResponse& response, const std::string& actor);

class AuditDesk {
 public:
  // Both outlive it.
  AuditDesk(const NoticeBoard& board, const Clock& clock);

  // Any thread. `actor`: as whom the person acts (rest_request.h).
  void saw(const RestRequest& request, const RestResponse& response, const std::string& actor);
  // One thread (NodeThread): writes what is noted. How long to wait for the next call.
  std::chrono::milliseconds write_down();
  void stopping();  // notes it and writes a last time

 private:
  void look_at_configuration(const std::filesystem::path& file);

  const NoticeBoard& board_;
  const Clock& clock_;
  db::AuditNotes notes_;
  std::optional<std::filesystem::file_time_type> configuration_changed_;  // of the file whose digest is in digest_
  std::string digest_, recorded_digest_;
};

}  // namespace radfm::plugin
