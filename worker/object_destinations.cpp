// SPDX-License-Identifier: Apache-2.0
#include "worker/object_destinations.h"

#include <algorithm>
#include <iterator>

#include "pipeline/draft/companions.h"
#include "worker/destination.h"

namespace radfm::worker {
namespace {

bool takes(const std::string& destination, const std::string& companion, const Configuration& configuration) {
  const auto node = std::ranges::find(configuration.pacs, destination, &PacsNode::name);
  return destination == orthanc_destination || node == configuration.pacs.end() || !node->companions || node->companions->contains(companion);
}

}  // namespace

std::vector<std::string> destinations_of(const RuleAction& action) {
  std::vector<std::string> destinations{orthanc_destination};
  for (const std::string& name : action.destinations) {
    if (std::ranges::find(destinations, name) == destinations.end()) destinations.push_back(name);
  }
  return destinations;
}

void choose_destinations(std::vector<db::OutboxObject>& objects, const std::vector<std::string>& destinations,
                         const Configuration& configuration) {
  for (db::OutboxObject& object : objects) {
    const std::string companion = draft::companion_of_role(object.role);
    if (companion.empty()) continue;
    std::ranges::copy_if(destinations, std::back_inserter(object.destinations),
                         [&](const std::string& destination) { return takes(destination, companion, configuration); });
  }
}

}  // namespace radfm::worker
