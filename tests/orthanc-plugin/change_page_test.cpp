// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/change_page.h"

#include <gtest/gtest.h>

namespace radfm::plugin {
namespace {

constexpr const char* some_id = "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd";

TEST(ChangePageTest, ReadsOrthancsAnswer) {
  // Aim: an answer as 1.10.1 sends it; what is no news about images is left out, the cursor counts it all the
  // same.
  const auto page = parse_change_page(R"({"Changes": [
    {"ChangeType": "NewInstance", "Date": "20260921T100000", "ID": "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd",
     "Path": "/instances/x", "ResourceType": "Instance", "Seq": 7},
    {"ChangeType": "NewPatient", "ID": "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd", "Seq": 8},
    {"ChangeType": "StableStudy", "ID": "../etc", "Seq": 9}], "Done": false, "Last": 9})");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->last, 9);
  EXPECT_FALSE(page->done);
  ASSERT_EQ(page->changes.size(), 1U);
  EXPECT_EQ(page->changes[0].kind, ChangeKind::instance_arrived);
  EXPECT_EQ(page->changes[0].sequence, 7);
  EXPECT_EQ(page->changes[0].logged_ms, 1'789'984'800'000);
  EXPECT_EQ(page->first, 7);
  const auto left_out = parse_change_page(R"({"Changes": [{"ChangeType": "NewPatient", "Seq": 4}], "Done": true, "Last": 4})");
  EXPECT_EQ(left_out->first, 4);
  EXPECT_EQ(parse_change_page(R"({"Changes": [], "Done": true, "Last": 4})")->first, 0);
}

TEST(ChangePageTest, ReadsStudiesOfABulk) {
  // Aim: the answer of /tools/bulk-content on level Study; one entry that is none makes the whole answer strange.
  const std::string id = some_id;
  const std::string one = R"({"ID": ")" + id + R"(", "IsStable": true, "LastUpdate": "20260921T100000", "Series": []})";
  const auto states = parse_study_states("[" + one + "]");
  ASSERT_TRUE(states.ok());
  ASSERT_EQ(states->size(), 1U);
  EXPECT_EQ(states->front().orthanc_id, id);
  EXPECT_TRUE(states->front().is_stable);
  EXPECT_EQ(states->front().last_update_ms, 1'789'984'800'000);
  EXPECT_TRUE(parse_study_states("[]")->empty());
  for (const std::string& text : {std::string("{}"), std::string(), "[" + one + ", 1]", std::string(R"([{"ID": "x"}])")})
    EXPECT_FALSE(parse_study_states(text).ok()) << text;
}

TEST(ChangePageTest, StrangeAnswersAreTransient) {
  // Aim: nothing that is not a page moves the cursor.
  for (const char* text :
       {"", "null", "[]", "{}", R"({"Changes": [], "Done": true})",
        R"({"Changes": 1, "Done": true, "Last": 1})", R"({"Changes": [1], "Done": true, "Last": 1})",
        R"({"Changes": [], "Done": 1, "Last": 1})"}) {
    const auto page = parse_change_page(text);
    ASSERT_FALSE(page.ok()) << text;
    EXPECT_EQ(page.error().error_class, ErrorClass::transient);
  }
  EXPECT_FALSE(parse_study_state("{}").ok());
  EXPECT_FALSE(parse_id_list("{}").ok());
}

TEST(ChangePageTest, OnlyOrthancsIdentifiersPass) {
  // Aim: an identifier of another form never becomes part of a request.
  EXPECT_TRUE(is_orthanc_id(some_id));
  for (const char* bad :
       {"", "0123abcd", "0123ABCD-0123abcd-0123abcd-0123abcd-0123abcd",
        "0123abcd/0123abcd-0123abcd-0123abcd-0123abcd", "0123abcd-0123abcd-0123abcd-0123abcd-0123abcde",
        "0123abcd-0123abcd-0123abcd-0123abcd-0123abc"})
    EXPECT_FALSE(is_orthanc_id(bad)) << bad;
}

}  // namespace
}  // namespace radfm::plugin
