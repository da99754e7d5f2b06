// SPDX-License-Identifier: Apache-2.0
#include "worker/destination.h"

namespace radfm::worker {

FindDestination destinations(const Configuration& configuration, Orthanc& orthanc) {
  return [&configuration, &orthanc](const std::string& name) -> std::unique_ptr<Destination> {
    if (name == orthanc_destination) {
      return std::make_unique<OrthancDestination>(orthanc, configuration.orthanc.timeout_ms);
    }
    return nullptr;
  };
}

}  // namespace radfm::worker
