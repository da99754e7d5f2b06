// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/percent_encoding.h"

#include <gtest/gtest.h>

namespace radfm::plugin {
namespace {

TEST(PercentEncodingTest, WhatBrowsersEncode) {
  // Aim: both cases of hexadecimal digits, bytes of UTF-8, both blanks, at the end of the text too; decoded once.
  EXPECT_EQ(percent_decoded("M%C3%bcller%5EA%20B+C%2c"), "M\xc3\xbcller^A B C,");
  EXPECT_EQ(percent_decoded("%2541"), "%41");
  EXPECT_EQ(percent_decoded("%00"), std::string(1, '\0'));
}

TEST(PercentEncodingTest, WhatOnlyLooksLikeIt) {
  // Aim: it stays as it is.
  for (const char* none : {"", "%", "%4", "50%", "%4x", "%x4", "%%", "%%4"}) EXPECT_EQ(percent_decoded(none), none);
}

}  // namespace
}  // namespace radfm::plugin
