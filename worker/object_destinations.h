// SPDX-License-Identifier: Apache-2.0
// Where the objects of a draft go: the report to all destinations, a companion to those that take it (pacs[].companions).
#pragma once

#include <string>
#include <vector>

#include "core/configuration.h"
#include "db/queue_types.h"

namespace radfm::worker {

// The Orthanc beside us and the rule's, each once.
std::vector<std::string> destinations_of(const RuleAction& action);

// Fills OutboxObject::destinations of companions, of these destinations. Orthanc takes all that are made, and so does an entry of
// pacs that does not say which.
void choose_destinations(std::vector<db::OutboxObject>& objects, const std::vector<std::string>& destinations,
                         const Configuration& configuration);

}  // namespace radfm::worker
