// SPDX-License-Identifier: Apache-2.0
#include "worker/object_destinations.h"

#include <gtest/gtest.h>

#include "core/sop_class.h"

namespace radfm::worker {
namespace {

using Names = std::vector<std::string>;

TEST(ObjectDestinations, OrthancComesFirstAndEachOnce) {
  // Aim: a rule that names one twice, or the Orthanc beside us, makes one delivery for each.
  RuleAction action;
  action.destinations = {"b", "orthanc", "a", "b"};
  EXPECT_EQ(destinations_of(action), (Names{"orthanc", "b", "a"}));
}

TEST(ObjectDestinations, CompanionsGoWhereTheyAreTaken) {
  // Aim: all, some and none of them; Orthanc has all; the report goes everywhere, and so does what goes to a name that is not known.
  Configuration configuration;
  configuration.pacs.resize(3);
  configuration.pacs[0].name = "all";
  configuration.pacs[1].name = "pdf";
  configuration.pacs[1].companions = {pdf_companion};
  configuration.pacs[2].name = "none";
  configuration.pacs[2].companions.emplace();
  std::vector<db::OutboxObject> objects;
  for (const char* role : {"sr", "pdf", "page_1", "page_12"}) objects.push_back({role, std::string(basic_text_sr_uid), "1.2", {}});
  choose_destinations(objects, {"orthanc", "all", "pdf", "none", "gone"}, configuration);
  EXPECT_EQ(objects[0].destinations, Names{});  // no choice: all
  EXPECT_EQ(objects[1].destinations, (Names{"orthanc", "all", "pdf", "gone"}));
  EXPECT_EQ(objects[2].destinations, (Names{"orthanc", "all", "gone"}));
  EXPECT_EQ(objects[3].destinations, objects[2].destinations);
}

}  // namespace
}  // namespace radfm::worker
