// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/entity_tag.h"

#include <gtest/gtest.h>

namespace radfm::plugin {
namespace {

// The version, -1 for none, -2 for malformed.
db::JobVersion seen(const std::string& if_match) {
  const auto version = seen_version(if_match);
  return version ? version->value_or(-1) : -2;
}

TEST(EntityTag, OneBodyHasOneTag) {
  // Aim: the same bytes, the same tag; another byte, another; and the forms that RFC 9110 knows.
  EXPECT_EQ(entity_tag("a"), entity_tag("a"));
  EXPECT_NE(entity_tag("a"), entity_tag("b"));
  EXPECT_EQ(entity_tag("a").size(), 18U);
  EXPECT_EQ(weak_entity_tag("a"), "W/" + entity_tag("a"));
  EXPECT_EQ(job_entity_tag(7, "a"), "\"v7-" + entity_tag("a").substr(1));
}

TEST(EntityTag, IfNoneMatchNamesIt) {
  // Aim: alone, in a list, weak on either side, or all; another one and half of one do not.
  const std::string tag = entity_tag("a"), other = entity_tag("b");
  EXPECT_TRUE(is_named(tag, tag));
  EXPECT_TRUE(is_named(" " + other + " ,\t" + tag, tag));
  EXPECT_TRUE(is_named("W/" + tag, tag));
  EXPECT_TRUE(is_named(tag, "W/" + tag));
  EXPECT_TRUE(is_named(" * ", tag));
  EXPECT_FALSE(is_named("", tag));
  EXPECT_FALSE(is_named(other, tag));
  EXPECT_FALSE(is_named(tag.substr(1), tag));
  EXPECT_FALSE(is_named(",,", tag));
}

TEST(EntityTag, IfMatchNamesAVersion) {
  // Aim: the short form, a job's whole tag, either made weak by a proxy; no header and `*` ask for none.
  EXPECT_EQ(seen("\"v5\""), 5);
  EXPECT_EQ(seen(job_entity_tag(5, "body")), 5);
  EXPECT_EQ(seen("W/" + job_entity_tag(5, "body")), 5);
  EXPECT_EQ(seen("  \"v5\" "), 5);
  EXPECT_EQ(seen("\"v9223372036854775807\""), INT64_MAX);
  EXPECT_EQ(seen(""), -1);
  EXPECT_EQ(seen("*"), -1);
}

TEST(EntityTag, WhatNamesNoVersionIsMalformed) {
  // Aim: no quotation marks, half of them, no number, one past the largest, a digest that is none, a list, a list's tag.
  for (const char* bad : {"v5", "\"v5", "v5\"", "\"", "\"\"", "\"v\"", "\"5\"", "\"v-5\"", "\"v5x\"", "\"v 5\"", "\"V5\"", "w/\"v5\"",
                          "\"v9223372036854775808\"", "\"v5-\"", "\"v5-0123456789abcde\"", "\"v5-0123456789abcdef0\"", "\"v5-0123456789ABCDEF\"",
                          "\"v5\", \"v6\"", "\"*\""})
    EXPECT_EQ(seen(bad), -2) << bad;
  EXPECT_EQ(seen(entity_tag("a")), -2);
  EXPECT_EQ(seen_version("v5").error().code, "bad_request");
}

}  // namespace
}  // namespace radfm::plugin
