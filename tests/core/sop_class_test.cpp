// SPDX-License-Identifier: Apache-2.0
#include "core/sop_class.h"

#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace radfm {
namespace {

TEST(SopClass, RolesOfTheClassesThatDecide) {
  // Aim: what counts for the digest, what is a report, what is neither.
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.1"), SopRole::radiograph);        // CR
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.1.1"), SopRole::radiograph);      // DX
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.1.2"), SopRole::radiograph);      // MG
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.2"), SopRole::slice);             // CT
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.4"), SopRole::slice);             // MR
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.128"), SopRole::slice);           // PT
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.20"), SopRole::slice);            // NM
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.2.1"), SopRole::other_image);     // enhanced CT
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.6.1"), SopRole::other_image);     // US
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.13.1.3"), SopRole::other_image);  // breast tomosynthesis
  EXPECT_EQ(sop_role(basic_text_sr_uid), SopRole::report);
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.88.34"), SopRole::report);
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.104.1"), SopRole::report);  // PDF
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.104.2"), SopRole::report);  // CDA
  EXPECT_EQ(sop_role("1.2.840.10008.5.1.4.1.1.88.67"), SopRole::ignored);  // dose report
}

TEST(SopClass, ClassesOfARoleAreThoseThatHaveIt) {
  // Aim: what is asked of an archive is what the table calls by that role, and nothing twice.
  std::set<std::string> seen;
  for (const SopRole role : {SopRole::radiograph, SopRole::slice, SopRole::other_image, SopRole::report}) {
    for (const std::string& uid : sop_classes_of(role)) {
      EXPECT_EQ(sop_role(uid), role) << uid;
      EXPECT_TRUE(seen.insert(uid).second) << uid;
    }
  }
  EXPECT_TRUE(seen.contains("1.2.840.10008.5.1.4.1.1.2"));
  EXPECT_TRUE(seen.contains("1.2.840.10008.5.1.4.1.1.104.2"));
  EXPECT_FALSE(seen.contains("1.2.840.10008.5.1.4.1.1.88.67"));
}

TEST(SopClass, OwnAndDerivedObjectsNeverCount) {
  // Aim: the digest must not change when a report, a capture or a marking is added to a study.
  for (const char* uid : {"1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.7.4",
                          "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.5.1.4.1.1.66.4",
                          "1.2.840.10008.5.1.4.1.1.481.3", "1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.840.10008.5.1.4.1.1.104.1"}) {
    EXPECT_FALSE(counts_for_digest(uid)) << uid;
  }
  EXPECT_TRUE(counts_for_digest("1.2.840.10008.5.1.4.1.1.2"));
}

TEST(SopClass, DraftsHaveOneOfFourClasses) {
  // Aim: name and UID of each SR class lead to it and back; each is a report, and none counts as an image.
  const std::pair<const char*, const char*> known[] = {{"basic_text", "1.2.840.10008.5.1.4.1.1.88.11"},
                                                       {"enhanced", "1.2.840.10008.5.1.4.1.1.88.22"},
                                                       {"comprehensive", "1.2.840.10008.5.1.4.1.1.88.33"},
                                                       {"comprehensive_3d", "1.2.840.10008.5.1.4.1.1.88.34"}};
  ASSERT_EQ(std::size(known), sr_classes.size());
  for (std::size_t i = 0; i < sr_classes.size(); ++i) {
    const auto& [name, uid] = known[i];
    EXPECT_EQ(to_string(sr_classes[i]), name);
    EXPECT_EQ(sop_class_uid_of(sr_classes[i]), uid);
    EXPECT_EQ(parse_sr_class(name), sr_classes[i]);
    EXPECT_EQ(sr_class_of(uid), sr_classes[i]);
    EXPECT_EQ(sop_role(uid), SopRole::report) << uid;
    EXPECT_FALSE(counts_for_digest(uid)) << uid;
    EXPECT_NE(sop_class_name(uid), uid);
  }
  EXPECT_EQ(sop_class_uid_of(SrClass::basic_text), basic_text_sr_uid);
  for (const char* other : {"", "BASIC_TEXT", "basic", "extensible"}) EXPECT_FALSE(parse_sr_class(other)) << other;
  for (const char* other : {"", "1.2.840.10008.5.1.4.1.1.88.35", "1.2.840.10008.5.1.4.1.1.88.1", "1.2.840.10008.5.1.4.1.1.104.1"}) {
    EXPECT_FALSE(sr_class_of(other)) << other;
  }
}

TEST(SopClass, UnknownClassesAreIgnoredAndKeepTheirUid) {
  // Aim: a class of the future, a prefix of a known one and an empty text are no images.
  for (const char* uid : {"", "1.2.840.10008.5.1.4.1.1.", "1.2.840.10008.5.1.4.1.1.9999", "1.2.840.10008.5.1.4.1.1.2.99", "1.2"}) {
    EXPECT_EQ(sop_role(uid), SopRole::ignored) << uid;
    EXPECT_EQ(sop_class_name(uid), uid);
  }
  EXPECT_EQ(sop_class_name("1.2.840.10008.5.1.4.1.1.2"), "CT Image Storage");
}

}  // namespace
}  // namespace radfm
