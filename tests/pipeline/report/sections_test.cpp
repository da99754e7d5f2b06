// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sections.h"

#include <gtest/gtest.h>

namespace radfm::report {
namespace {

TEST(Sections, SplitsAtHeadingsAsTheWeightsWriteThem) {
  // Aim: both spellings, with and without a blank before the second heading.
  for (const char* text : {"Findings: Clear lungs. Impression: Normal chest.", "Finding: Clear lungs.Impression:Normal chest.",
                           "FINDINGS :\nClear lungs.\n\nImpressions: Normal chest.\n"}) {
    const ReportSections sections = split_sections(text);
    EXPECT_EQ(sections.findings, "Clear lungs.") << text;
    EXPECT_EQ(sections.impression, "Normal chest.") << text;
  }
}

TEST(Sections, TextBeforeAnyHeadingIsFindings) {
  // Aim: nothing that the model wrote is lost.
  const ReportSections sections = split_sections("Chest radiograph. Impression: Normal.");
  EXPECT_EQ(sections.findings, "Chest radiograph.");
  EXPECT_EQ(sections.impression, "Normal.");
}

TEST(Sections, InventsNothing) {
  // Aim: a section that the model left out stays empty.
  EXPECT_EQ(split_sections("Findings: Clear.").impression, "");
  EXPECT_EQ(split_sections("Impression: Normal.").findings, "");
  EXPECT_EQ(split_sections("").findings, "");
  EXPECT_EQ(split_sections("Findings: Impression:").findings, "");
}

TEST(Sections, AWordThatContainsAHeadingIsNoHeading) {
  // Aim: only whole words followed by a colon split the text.
  const ReportSections sections = split_sections("The finding is old. Postfinding: none. My impression remains.");
  EXPECT_EQ(sections.findings, "The finding is old. Postfinding: none. My impression remains.");
  EXPECT_EQ(sections.impression, "");
}

TEST(Sections, RepeatedHeadingsGoOn) {
  // Aim: a loop in the generated text keeps its order and its text.
  const ReportSections sections = split_sections("Findings: A. Impression: B. Findings: C.");
  EXPECT_EQ(sections.findings, "A.\nC.");
  EXPECT_EQ(sections.impression, "B.");
}

TEST(LegalText, LineEndsBecomeCrLf) {
  // Aim: PS3.3 C.17.3 knows CR LF only.
  EXPECT_EQ(legal_text("a\nb\rc\r\nd"), "a\r\nb\r\nc\r\nd");
  EXPECT_EQ(legal_text("\r\n  a \n\n"), "a");
}

TEST(LegalText, ControlCharactersBecomeBlanks) {
  // Aim: TAB, NUL, ESC, DEL and C1 controls are illegal in UT.
  EXPECT_EQ(legal_text(std::string_view("a\tb\0c\x1B" "d\x7F" "e\xC2\x85" "f", 12)), "a b c d e f");
}

TEST(LegalText, InvalidUtf8IsReplaced) {
  // Aim: overlong forms, surrogates, cut characters and stray bytes; valid neighbours survive.
  EXPECT_EQ(legal_text("x\xFFy"), "x\xEF\xBF\xBDy");
  EXPECT_FALSE(is_valid_utf8("\xC0\xAF"));
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(is_valid_utf8("\xE2\x82"));
  EXPECT_TRUE(is_valid_utf8("\xF0\x9F\xAB\x81 \xE7\x8E\x8B \xC3\xBC"));
  EXPECT_EQ(legal_text("\xE2\x82"), "\xEF\xBF\xBD");
  EXPECT_EQ(legal_text("\xF0\x9F\xAB\x81"), "\xF0\x9F\xAB\x81");
}

TEST(LegalString, CutsOnACharacterBoundary) {
  // Aim: the limit in bytes, and one character past it.
  EXPECT_EQ(legal_string("\xC3\xBC\xC3\xBC", 4), "\xC3\xBC\xC3\xBC");
  EXPECT_EQ(legal_string("\xC3\xBC\xC3\xBC", 3), "\xC3\xBC");
  EXPECT_EQ(legal_string("a\\b\nc", 64), "a/b c");
}

}  // namespace
}  // namespace radfm::report
