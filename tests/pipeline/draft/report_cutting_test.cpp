// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/report_cutting.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace radfm::draft {
namespace {

const std::string report =
    "Technique:\nAxial slices. No contrast.\n\nFindings:\nNo effusion. A nodule of 5 mm. Heart "
    "normal.\n\nImpression:\nNo pneumonia. Nodule.\n\n"
    "Recommendation:\nControl.\n";

TEST(FitReportText, WhatFitsIsWhole) {
  // At the limit nothing goes, one byte less and something does.
  bool shortened = true;
  const std::string whole = fit_report_text(report, 1'000, &shortened);
  EXPECT_FALSE(shortened);
  EXPECT_EQ(whole,
            "Technique: Axial slices. No contrast. Findings: No effusion. A nodule of 5 mm. Heart normal. "
            "Impression: No pneumonia. Nodule. "
            "Recommendation: Control.");
  EXPECT_EQ(fit_report_text(report, whole.size(), &shortened), whole);
  EXPECT_FALSE(shortened);
  fit_report_text(report, whole.size() - 1, &shortened);
  EXPECT_TRUE(shortened);
  EXPECT_EQ(fit_report_text("", 10), "");
}

TEST(FitReportText, OtherSectionsGoFirstThenTheOldestSentences) {
  // Technique, then recommendation, then the findings from their front; the impression stays longest.
  EXPECT_EQ(fit_report_text(report, 126),
            "Findings: No effusion. A nodule of 5 mm. Heart normal. Impression: No pneumonia. Nodule. "
            "Recommendation: Control.");
  EXPECT_EQ(fit_report_text(report, 100),
            "Findings: No effusion. A nodule of 5 mm. Heart normal. Impression: No pneumonia. Nodule.");
  EXPECT_EQ(fit_report_text(report, 80),
            "... A nodule of 5 mm. Heart normal. Impression: No pneumonia. Nodule.");
  EXPECT_EQ(fit_report_text(report, 60), "... Heart normal. Impression: No pneumonia. Nodule.");
  EXPECT_EQ(fit_report_text(report, 40), "... Impression: No pneumonia. Nodule.");
  EXPECT_EQ(fit_report_text(report, 15), "... Nodule.");
}

TEST(FitReportText, HeadingsAsPeopleWriteThem) {
  // In capitals with the text behind, alone on a line, in other languages.
  EXPECT_EQ(
      fit_report_text(
          "CLINICAL INFORMATION: cough\nHISTORY:\nlong history here\nFINDINGS: Clear.\nIMPRESSION: Normal.",
          40),
      "FINDINGS: Clear. IMPRESSION: Normal.");
  EXPECT_EQ(fit_report_text(
                "Fragestellung:\nHusten seit Wochen\nBefund\nUnauff\u00e4llig.\nBeurteilung\nNormal.", 45),
            "Befund Unauff\u00e4llig. Beurteilung Normal.");
}

TEST(FitReportText, WithoutHeadingsTheOldestSentencesGo) {
  EXPECT_EQ(fit_report_text("First line\nsecond one. Third sentence. No fourth.", 32),
            "... Third sentence. No fourth.");
}

TEST(FitReportText, ALastSentenceKeepsItsFront) {
  // Its "no" stands there.
  EXPECT_EQ(fit_report_text("No sign of any of the many diseases", 12), "No sign of");
}

TEST(FitReportText, NeverLongerAndNeverAPartOfASentenceThatFits) {
  // Random texts: the limit holds, and each kept sentence is one of the report's. The seed is printed.
  const unsigned seed = 20261128;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](unsigned n) { return random() % n; };
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (unsigned i = 0; i < 1 + below(12); ++i) {
      static const char* const pieces[] = {"Findings:\n",  "Impression: ",       "No sign of it. ", "Seen!\n",
                                           "Technique:\n", "A 3.5 cm mass.\n\n", "\xE2\x82\xAC. ",  "plain "};
      text += pieces[below(8)];
    }
    const std::size_t limit = 20 + below(80);
    const std::string fitted = fit_report_text(text, limit);
    EXPECT_LE(fitted.size(), limit) << text;
    EXPECT_EQ(fitted.find("sign of it"), fitted.find("No sign of it") == std::string::npos
                                             ? std::string::npos
                                             : fitted.find("No sign of it") + 3)
        << text;
  }
}

TEST(FitReportText, LongTextsTakeNoLongTime) {
  // A quarter of a MiB of short sentences, as the reader may hand over.
  std::string text = "Findings:\n";
  while (text.size() < 256u << 10) text += "No. ";
  const std::string fitted = fit_report_text(text + "\nImpression:\nEnd.", 2'000);
  EXPECT_LE(fitted.size(), 2'000u);
  EXPECT_GT(fitted.size(), 1'900u);
  EXPECT_TRUE(fitted.ends_with("Impression: End."));
}

}  // namespace
}  // namespace radfm::draft
