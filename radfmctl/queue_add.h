// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/clock.h"
#include "core/configuration.h"
#include "db/queue.h"

namespace radfm::ctl {

// Puts a study that is in Orthanc into the queue by hand: the rules choose the action, the study's age does not matter.
int queue_add(const Configuration& configuration, db::Queue& queue, const std::string& study, const std::string& actor,
              const Clock& clock);

}  // namespace radfm::ctl
