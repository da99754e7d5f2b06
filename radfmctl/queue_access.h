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

// How the file that plugin and worker share is opened; never makes one.
db::OpenQueue nodes_queue_file(const Configuration& configuration);
// The queue that plugin and worker use; never makes one. `clock` must outlive it.
Result<std::unique_ptr<db::Queue>> open_nodes_queue(const Configuration& configuration, const Clock& clock);

// A person had a job with its report shown: into the audit trail. Where the file cannot be written it is shown all the same.
void note_view(const Configuration& configuration, db::JobId job, const Clock& clock);

// "administrator:NAME", by this process's user.
std::string actor();

std::optional<db::JobId> parse_job_id(const std::string& text);

}  // namespace radfm::ctl
