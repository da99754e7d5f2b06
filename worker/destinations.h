// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/configuration.h"
#include "worker/destination.h"

namespace radfm::worker {

using orthanc::Orthanc;

// The destinations of this node: "orthanc" and the configuration's `pacs`. Both references must outlive what is returned.
FindDestination destinations(const Configuration& configuration, Orthanc& orthanc, int wake_fd);

}  // namespace radfm::worker
