// SPDX-License-Identifier: GPL-3.0-or-later
// What the plugin's thread knows and the page must show, also while the database cannot be opened.
// Safe from any thread: the plugin's thread writes, Orthanc's HTTP threads read copies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/configuration.h"

namespace radfm::plugin {

struct Notices {
  std::filesystem::path configuration_file;  // empty when Orthanc's configuration names none
  std::vector<std::string> mistakes;         // in it, for which it was refused: what was read before stays in force
  std::vector<std::string> advice;           // about Orthanc's own settings
  std::vector<std::string> delayed_studies;  // put off or left behind: Orthanc does not show their index
  std::string trouble;                       // why the plugin waits now; empty when all is well
  std::string trouble_code;                  // of the same: the error's
  std::optional<DatabaseSettings> database;  // of the last configuration without a mistake
  QueueSettings queue;
  AccessSettings access;                     // of the same; before there is one nothing can be seen that needs a role
  std::set<std::string> orthanc_users;       // names of RegisteredUsers
  bool passwords_asked = false;              // by Orthanc
  std::vector<std::string> role_advice;      // about access and these
  std::shared_ptr<const std::vector<Rule>> rules;  // of that configuration; before there is one no new study is looked at
  std::int64_t rules_read_wall_ms = 0;             // since when they are in force
  AlertSettings alerts;                      // of the last configuration without a mistake
  std::vector<std::string> alert_failures;   // who cannot be told of alerts now, and why
  struct Taken {
    std::int64_t studies = 0, jobs = 0;
  } taken;  // over by the plugin since Orthanc's start: looked at, and made of them
  struct Told {
    std::int64_t sent = 0, failed = 0;
  } alerts_by_webhook, alerts_by_mail;  // since Orthanc's start

  std::vector<std::string> all_advice() const;
  // One sentence: which rules go on although the file was changed, and since when they are in force. Empty when nothing was refused,
  // or nothing is in force.
  std::string refusal() const;
  // All of it in one text, the most pressing first, as the queue keeps it for radfmctl; empty when there is
  // nothing.
  std::string summary() const;
};

class NoticeBoard {
 public:
  Notices read() const;
  void update(const std::function<void(Notices&)>& change);

 private:
  mutable std::mutex mutex_;
  Notices notices_;  // guarded by mutex_
};

}  // namespace radfm::plugin
