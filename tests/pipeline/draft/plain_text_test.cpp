// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/plain_text.h"

#include <gtest/gtest.h>

namespace radfm::draft {
namespace {

TEST(OneLine, WhiteSpaceAndControlsBecomeOneBlank) {
  // Line ends, tabs, NUL, escape and C1 controls of a report make no structure in a prompt.
  EXPECT_EQ(one_line("  a\r\n\tb\x1b c\x7f", 100), "a b c");
  EXPECT_EQ(one_line(std::string_view("a\0b", 3), 100), "a b");
  EXPECT_EQ(one_line("a\xC2\x85g\xC2\xA0h", 100), "a g h");
  EXPECT_EQ(one_line("", 100), "");
  EXPECT_EQ(one_line(" \n ", 100), "");
}

TEST(OneLine, IsAlwaysUtf8) {
  // Lone, overlong, surrogate and truncated sequences become the replacement character.
  EXPECT_EQ(one_line("caf\xC3\xA9", 100), "caf\xC3\xA9");
  EXPECT_EQ(one_line("a\xFFz", 100), "a\xEF\xBF\xBDz");
  EXPECT_EQ(one_line("\xC0\xAF", 100), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(one_line("\xED\xA0\x80", 100).substr(0, 3), "\xEF\xBF\xBD");
  EXPECT_EQ(one_line("a\xE2\x82", 100), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(OneLine, CutsAtAWordElseAtACharacter) {
  // At the limit nothing is cut; one byte less cuts the last word; a single long word is cut between characters.
  bool shortened = true;
  EXPECT_EQ(one_line("one two three", 13, &shortened), "one two three");
  EXPECT_FALSE(shortened);
  EXPECT_EQ(one_line("one two three", 12, &shortened), "one two");
  EXPECT_TRUE(shortened);
  EXPECT_EQ(one_line("one two three", 7, &shortened), "one two");
  EXPECT_EQ(one_line("\xC3\xA9\xC3\xA9\xC3\xA9", 5), "\xC3\xA9\xC3\xA9");
  EXPECT_EQ(one_line("abc", 0), "");
}

TEST(Sentence, EndsOnce) {
  // A stop is added only where none is.
  EXPECT_EQ(sentence("a"), "a.");
  EXPECT_EQ(sentence("a."), "a.");
  EXPECT_EQ(sentence("a?"), "a?");
  EXPECT_EQ(sentence(""), "");
}

TEST(IsoDate, IsReadableOrSaysUnknown) {
  // Illegal dates are never repeated.
  EXPECT_EQ(iso_date("20240311"), "2024-03-11");
  EXPECT_EQ(iso_date("20240399"), "unknown date");
  EXPECT_EQ(iso_date(""), "unknown date");
}

}  // namespace
}  // namespace radfm::draft
