// SPDX-License-Identifier: Apache-2.0
// How an administrator's commands come to the queue, and as whom.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/configuration.h"
#include "core/result.h"
#include "db/queue.h"

namespace radfm::ctl {

// The queue that plugin and worker use; never makes one. `clock` must outlive it.
Result<std::unique_ptr<db::Queue>> open_nodes_queue(const Configuration& configuration, const Clock& clock);

// "administrator:NAME", by this process's user.
std::string actor();

std::optional<db::JobId> parse_job_id(const std::string& text);

}  // namespace radfm::ctl
