// SPDX-License-Identifier: Apache-2.0
#include "core/uid.h"

#include <gtest/gtest.h>

namespace radfm {
namespace {

TEST(Uid, AcceptsWhatTheStandardAllows) {
  // Aim: legal UIDs, with the padding of files and the leading zeros of the field.
  EXPECT_EQ(Uid::parse("1.2.840.10008.1.1")->str(), "1.2.840.10008.1.1");
  EXPECT_EQ(Uid::parse(std::string_view("1.2.3\0", 6))->str(), "1.2.3");
  EXPECT_EQ(Uid::parse("1.2.3 ")->str(), "1.2.3");
  EXPECT_TRUE(Uid::parse("1.2.003"));
  EXPECT_TRUE(Uid::parse("1"));
  // Hashes of de-identifiers: illegal, and in archives all the same.
  EXPECT_TRUE(Uid::parse("05fa52f0e599f17b8186ff18fcdf2b5570a52206a75c4d03afebf5c475dc8758"));
}

TEST(Uid, RefusesWhatCouldHarm) {
  // Aim: nothing that could be a path, an SQL text or two UIDs passes.
  for (const char* text : {"", ".", "1.", ".1", "1..2", "../../etc/cron.d/x", "1.2/3", "1.2\n3", " 1.2", "1.2*", "1.2?", "1.2\\1.3"}) {
    EXPECT_FALSE(Uid::parse(text)) << text;
  }
  EXPECT_FALSE(Uid::parse(std::string_view("1.2\0.3", 6)));
}

TEST(Uid, EndsAt64Characters) {
  // Aim: the limit of PS3.5 9.1, at it and one past it.
  EXPECT_TRUE(Uid::parse(std::string(uid_length_max, '1')));
  EXPECT_FALSE(Uid::parse(std::string(uid_length_max + 1, '1')));
}

TEST(AeTitle, CutsBlanksAndKeepsInnerOnes) {
  // Aim: padding is no part of a title (PS3.5 6.2).
  EXPECT_EQ(AeTitle::parse("  CT 01 ")->str(), "CT 01");
  EXPECT_FALSE(AeTitle::parse("    "));
  EXPECT_FALSE(AeTitle::parse("A\\B"));
  EXPECT_FALSE(AeTitle::parse("A\tB"));
  EXPECT_FALSE(AeTitle::parse("CT\xC3\xA4"));
}

TEST(AeTitle, EndsAt16Characters) {
  // Aim: the limit, at it and one past it, not counting padding.
  EXPECT_TRUE(AeTitle::parse(std::string(ae_title_length_max, 'A') + " "));
  EXPECT_FALSE(AeTitle::parse(std::string(ae_title_length_max + 1, 'A')));
}

}  // namespace
}  // namespace radfm
