// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/configuration.h"
#include "worker/commitment_destination.h"
#include "worker/destination.h"
#include "worker/destination_rests.h"

namespace radfm::worker {

using orthanc::Orthanc;

// What the destinations of all job threads have in common.
struct SharedByDestinations {
  OpenCommitments& commitments;
  DestinationRests& rests;
};

// The destinations of this node: "orthanc" and the configuration's `pacs`. All references must outlive what is returned.
FindDestination destinations(const Configuration& configuration, Orthanc& orthanc, SharedByDestinations shared, int wake_fd);

}  // namespace radfm::worker
