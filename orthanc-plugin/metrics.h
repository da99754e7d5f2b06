// SPDX-License-Identifier: GPL-3.0-or-later
// The node's state and its work for Prometheus. Labels are words of ours and names from the configuration; no study, no patient.
// docs/monitoring.md explains each metric; its file of alert rules and its dashboard ask for no other.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "db/queue_numbers.h"
#include "db/queue_types.h"
#include "orthanc-plugin/notice_board.h"

namespace radfm::plugin {

struct MetricsInput {
  db::QueueStatus status;
  db::QueueNumbers numbers;
  std::vector<db::Tally> tallies;
  Notices notices;
  std::int64_t now_wall_ms = 0;
};
std::string metrics_text(const MetricsInput& input);

}  // namespace radfm::plugin
