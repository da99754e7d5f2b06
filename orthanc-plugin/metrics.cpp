// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/metrics.h"

#include <algorithm>
#include <utility>

namespace radfm::plugin {
namespace {

std::string gauge(const std::string& name, const std::string& help, std::int64_t value) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n" + name + " " +
         std::to_string(value) + "\n";
}

std::int64_t seconds_since(std::int64_t then_ms, std::int64_t now_ms) {
  return std::max<std::int64_t>(0, now_ms - then_ms) / 1000;
}

}  // namespace

std::string metrics_text(const db::QueueStatus& status, std::int64_t now_wall_ms, bool configuration_wrong) {
  std::string text = "# HELP radfm_jobs Jobs in the queue by state.\n# TYPE radfm_jobs gauge\n";
  for (const auto& [state, count] :
       {std::pair("queued", status.queued), std::pair("leased", status.leased),
        std::pair("delivering", status.delivering), std::pair("done", status.done),
        std::pair("dead", status.dead), std::pair("cancelled", status.cancelled)})
    text += std::string("radfm_jobs{state=\"") + state + "\"} " + std::to_string(count) + "\n";
  text += gauge("radfm_paused", "1 while an administrator paused the queue.", status.paused ? 1 : 0);
  text += gauge("radfm_configuration_wrong", "1 while the configuration file has mistakes and is refused.",
                configuration_wrong ? 1 : 0);
  if (status.oldest_open_wall_ms > 0)
    text += gauge("radfm_oldest_open_job_age_seconds", "Age of the oldest job that is not finished.",
                  seconds_since(status.oldest_open_wall_ms, now_wall_ms));
  if (status.worker_seen_wall_ms > 0)
    text += gauge("radfm_worker_silence_seconds", "Time since a worker was heard.",
                  seconds_since(status.worker_seen_wall_ms, now_wall_ms));
  if (status.last_delivered_wall_ms > 0)
    text += gauge("radfm_last_delivery_age_seconds", "Time since a draft was delivered.",
                  seconds_since(status.last_delivered_wall_ms, now_wall_ms));
  return text;
}

}  // namespace radfm::plugin
