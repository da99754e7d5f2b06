// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/page/page_text.h"

#include <gtest/gtest.h>

#include <string>

namespace radfm::report {
namespace {

using namespace std::string_literals;

TEST(PageText, KeepsTextAndTakesOutWhatTurnsOrHidesIt) {
  // Aim: letters of any script stay as they are; controls, directions and marks without end do not reach the page.
  EXPECT_EQ(printable_text("Müßig, 王 小东, Щербаков"), "Müßig, 王 小东, Щербаков");
  EXPECT_EQ(printable_text("<b>no markup</b> &amp; %s \\n"), "<b>no markup</b> &amp; %s \\n");
  EXPECT_EQ(printable_text("a\r\nb\rc\nd\u2028e"), "a\nb\nc\nd\ne");
  EXPECT_EQ(printable_text("a\tb\0c\x1b[31md\x7f"s), "a bc[31md");
  EXPECT_EQ(printable_text("no \u202enoitcerid\u202c \u2066x\u2069 \u200ey"), "no noitcerid x y");
  EXPECT_EQ(printable_text("\xff\xfe ok \xc3"), "\xEF\xBF\xBD\xEF\xBF\xBD ok \xEF\xBF\xBD");
  EXPECT_EQ(printable_text("  \n outer \n "), "outer");
  EXPECT_EQ(printable_text(""), "");
}

TEST(PageText, MarksInARowHaveALimit) {
  // Aim: the limit itself passes, one past it does not; the next letter may have marks again.
  std::string at_limit = "a", over = "a";
  for (int i = 0; i < marks_in_a_row_max; ++i) at_limit += "\u0301";
  for (int i = 0; i < marks_in_a_row_max + 1; ++i) over += "\u0301";
  EXPECT_EQ(printable_text(at_limit), at_limit);
  EXPECT_EQ(printable_text(over), at_limit);
  EXPECT_EQ(printable_text(over + at_limit), at_limit + at_limit);
}

TEST(PageText, ALineHasALimitOfCharacters) {
  // Aim: characters are counted, not bytes; what is cut ends in an ellipsis and is told.
  bool shortened = false;
  EXPECT_EQ(printable_line("山田\n太郎", 5, &shortened), "山田 太郎");
  EXPECT_FALSE(shortened);
  EXPECT_EQ(printable_line("山田\n太郎郎", 5, &shortened), "山田 太…");
  EXPECT_TRUE(shortened);
  shortened = false;
  EXPECT_EQ(printable_line(std::string(100'000, 'x'), 3, &shortened), "xx…");
  EXPECT_TRUE(shortened);
}

TEST(PageText, CutsAtWholeCharacters) {
  // Aim: no half of a character is left.
  EXPECT_EQ(whole_characters("ab山", 5), "ab山");
  EXPECT_EQ(whole_characters("ab山", 4), "ab");
  EXPECT_EQ(whole_characters("ab山", 2), "ab");
}

}  // namespace
}  // namespace radfm::report
