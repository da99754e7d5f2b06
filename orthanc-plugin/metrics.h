// SPDX-License-Identifier: GPL-3.0-or-later
// The queue's state for Prometheus (text exposition format 0.0.4).
#pragma once

#include <cstdint>
#include <string>

#include "db/queue_types.h"

namespace radfm::plugin {

// `configuration_wrong`: whether new studies wait for an administrator.
std::string metrics_text(const db::QueueStatus& status, std::int64_t now_wall_ms, bool configuration_wrong);

}  // namespace radfm::plugin
