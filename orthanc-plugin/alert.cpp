// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/alert.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "core/dicom_time.h"
#include "core/digest.h"
#include "core/hmac.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

constexpr const char* other_codes = "other";
constexpr const char* line_end = "\r\n";

json job_json(const DeadJob& dead) {
  return {{"job", dead.job}, {"code", dead.code}, {"rule", dead.rule}, {"since", format_iso_utc(dead.since_wall_ms)}};
}

// "2 jobs are dead", "no worker is heard": without the node, which stands before it.
std::string headline(const Alert& alert) {
  switch (alert.event) {
    case AlertEvent::job_dead:
      return alert.count == 1 ? "job " + std::to_string(alert.jobs.front().job) + " is dead" : std::to_string(alert.count) + " jobs are dead";
    case AlertEvent::worker_silent: return "no worker is heard";
    case AlertEvent::worker_back: return "a worker is heard again";
    case AlertEvent::queue_trouble: return "the queue cannot be used";
    case AlertEvent::queue_back: break;
  }
  return "the queue can be used again";
}

std::vector<std::string> dead_job_lines(const Alert& alert) {
  std::vector<std::string> lines{"Each waits for you, and its study has no report of this node:", ""};
  for (const DeadJob& dead : alert.jobs) {
    lines.push_back("  job " + std::to_string(dead.job) + ": " + dead.code + ", since " + format_iso_utc(dead.since_wall_ms) +
                    (dead.rule.empty() ? "" : ", rule " + dead.rule));
  }
  if (const auto shown = static_cast<std::int64_t>(alert.jobs.size()); alert.count > shown) {
    lines.push_back("  and " + std::to_string(alert.count - shown) + " more; all of them by code:");
    for (const auto& [code, count] : alert.by_code) lines.push_back("    " + code + ": " + std::to_string(count));
  }
  lines.insert(lines.end(), {"", "radfmctl queue show ID says why. After the cause is mended: radfmctl queue retry ID"});
  return lines;
}

std::vector<std::string> lines_of(const Alert& alert) {
  const std::string since = alert.since == "never" ? "none was ever heard" : "the last word was heard at " + alert.since;
  switch (alert.event) {
    case AlertEvent::job_dead: return dead_job_lines(alert);
    case AlertEvent::worker_silent:
      return {"Studies are queued and none is reported; " + since + ".", "", "systemctl status radfm-worker says whether it runs, and its journal why not."};
    case AlertEvent::worker_back: return {"It was silent: " + since + "."};
    case AlertEvent::queue_trouble:
      return {"Its error is " + alert.code + ", since " + alert.since + ".", "", "The node's page and Orthanc's log say more. Orthanc goes on storing."};
    case AlertEvent::queue_back: break;
  }
  return {"It could not be used since " + alert.since + "."};
}

// RFC 5322 3.3; the names of days and months do not depend on the locale.
std::string mail_date(std::int64_t wall_ms) {
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = wall_ms / 1'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> clock{};
  std::strftime(clock.data(), clock.size(), "%H:%M:%S +0000", &parts);
  return std::string(days.at(static_cast<std::size_t>(parts.tm_wday))) + ", " + std::to_string(parts.tm_mday) + " " +
         months.at(static_cast<std::size_t>(parts.tm_mon)) + " " + std::to_string(parts.tm_year + 1'900) + " " + clock.data();
}

// What a name from the configuration may hold and a line of a plain mail may not.
std::string plain(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return text;
}

}  // namespace

std::string_view to_string(AlertEvent event) {
  switch (event) {
    case AlertEvent::job_dead: return "job_dead";
    case AlertEvent::worker_silent: return "worker_silent";
    case AlertEvent::worker_back: return "worker_back";
    case AlertEvent::queue_trouble: return "queue_trouble";
    case AlertEvent::queue_back: break;
  }
  return "queue_back";
}

void Alert::add(DeadJob dead) {
  ++count;
  ++by_code[by_code.size() < alert_codes_max || by_code.contains(dead.code) ? dead.code : other_codes];
  if (jobs.size() < alert_jobs_shown_max) jobs.push_back(std::move(dead));
}

std::string own_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return plain(name.data());
}

std::string webhook_body(const Alert& alert, const AlertFrame& frame) {
  json body = {{"event", to_string(alert.event)},
               {"node", frame.node},
               {"time", format_iso_utc(frame.wall_ms)},
               {"text", "radfm-node on " + frame.node + ": " + headline(alert)}};
  if (alert.event == AlertEvent::job_dead) {
    if (alert.count == 1) body.update(job_json(alert.jobs.front()));
    body["count"] = alert.count;
    body["by_code"] = alert.by_code;
    body["jobs"] = json::array();
    for (const DeadJob& dead : alert.jobs) body["jobs"].push_back(job_json(dead));
  } else {
    body["since"] = alert.since == "never" ? json() : json(alert.since);
    if (!alert.code.empty()) body["code"] = alert.code;
  }
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string webhook_signature(const std::string& secret, const std::string& body) { return "sha256=" + hmac_sha256_hex(secret, body); }

std::string mail_text(const Alert& alert, const AlertFrame& frame, const AlertSettings& settings) {
  std::string recipients;
  for (const std::string& to : settings.mail_to) recipients += (recipients.empty() ? "" : ",\r\n ") + to;
  const std::string subject = plain("radfm-node on " + frame.node + ": " + headline(alert));
  std::string text = "Date: " + mail_date(frame.wall_ms) + line_end + "From: radfm-node <" + settings.mail_from + ">" + line_end +
                     "To: " + recipients + line_end + "Subject: " + subject + line_end;
  std::string body;
  for (const std::string& line : lines_of(alert)) body += plain(line) + line_end;
  // The same mail has the same identifier, also when it is sent again because the server's answer was lost.
  text += "Message-ID: <" + sha256_hex(subject + body).substr(0, 32) + "@" + frame.node + ">" + line_end;
  text += std::string("Auto-Submitted: auto-generated") + line_end + "MIME-Version: 1.0" + line_end +
          "Content-Type: text/plain; charset=us-ascii" + line_end + line_end;
  return text + body;
}

}  // namespace radfm::plugin
