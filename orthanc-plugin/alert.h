// SPDX-License-Identifier: GPL-3.0-or-later
// What is told to an administrator who does not look, and in which words. Jobs are named by their numbers; no study, no patient.
// Values and pure functions; safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/configuration.h"
#include "db/queue_types.h"

namespace radfm::plugin {

inline constexpr std::size_t alert_jobs_shown_max = 20;  // by name, of those that died together
inline constexpr std::size_t alert_codes_max = 20;       // told apart; further ones are "other"

struct DeadJob {
  db::JobId job = 0;
  std::string code, rule;
  std::int64_t since_wall_ms = 0;
};

enum class AlertEvent { job_dead, worker_silent, worker_back, queue_trouble, queue_back };
std::string_view to_string(AlertEvent event);

struct Alert {
  AlertEvent event = AlertEvent::job_dead;
  // job_dead:
  std::int64_t count = 0;
  std::vector<DeadJob> jobs;                   // the first of them
  std::map<std::string, std::int64_t> by_code;  // all of them
  // The others: since when ("never": no worker was ever heard), and of the queue the error's code.
  std::string since, code;

  void add(DeadJob job);
};

// Who tells it and when.
struct AlertFrame {
  std::string node;
  std::int64_t wall_ms = 0;
};
std::string own_host_name();

// The body of the webhook: {"event", "node", "time", ...}; of one dead job also "job", "code", "rule", "since", of one or several
// "count", "by_code" and "jobs".
std::string webhook_body(const Alert& alert, const AlertFrame& frame);
// "sha256=" and the HMAC in hexadecimal digits.
std::string webhook_signature(const std::string& secret, const std::string& body);

// The whole mail with its head (RFC 5322), in ASCII; lines end in CR LF.
std::string mail_text(const Alert& alert, const AlertFrame& frame, const AlertSettings& settings);

}  // namespace radfm::plugin
