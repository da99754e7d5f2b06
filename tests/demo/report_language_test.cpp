// SPDX-License-Identifier: Apache-2.0
#include "demo/report_language.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "demo/phantom_case.h"
#include "demo/report_judgement.h"
#include "demo/report_parser.h"

namespace radfm::demo {
namespace {

using phantom::Change;
using phantom::Kind;
using phantom::Modality;
using phantom::Side;
using phantom::Size;
using phantom::Zone;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t truths = 20'000;

// A truth of the mix that models are trained on, priors of all kinds among them.
Told told_of(std::uint64_t seed) {
  const Modality now = seed % 2 ? Modality::ct : Modality::radiograph, before = seed % 7 == 0 ? Modality::ct : now;
  const phantom::Pair pair = phantom::draw_pair(seed, before, now);
  Told told{pair.current.truth, static_cast<PriorSeen>(seed % 4 == 3 ? 2 : seed % 4), {}};
  if (told.prior_seen == PriorSeen::image) told.prior = pair.prior.truth;
  if (seed % 41 == 0) told.current.diagnostic = false, told.prior_seen = PriorSeen::none;
  return told;
}

TEST(ReportLanguage, EveryTruthComesBack) {
  // Aim: 20,000 truths, written with whatever phrasing chance takes, are read back whole: nothing unread, no contradiction,
  // every attribute that is asked of them right.
  for (std::uint64_t seed = 0; seed < truths; ++seed) {
    const Told told = told_of(seed);
    phantom::Random random(seed);
    const std::string text = write_report(told, random);
    const ParsedReport report = parse_report(text);
    ASSERT_THAT(report.unread, IsEmpty()) << text;
    ASSERT_THAT(contradictions(report), IsEmpty()) << text;
    for (const Verdict& verdict : judge(report, told)) ASSERT_TRUE(verdict.right) << verdict.attribute << ": " << text;
    if (told.current.diagnostic && told.current.lesion.kind != Kind::none) { ASSERT_EQ(report.lesion, told.current.lesion) << text; }
    if (told.prior_seen == PriorSeen::image) { ASSERT_EQ(report.prior_lesion, told.prior.lesion) << text; }
  }
}

TEST(ReportLanguage, AnotherTruthIsNotRight) {
  // Aim: a report judged by another patient's truth is wrong wherever the two truths differ.
  int differing = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const Told written = told_of(seed), truth = told_of(seed + 1);
    if (!written.current.diagnostic || !truth.current.diagnostic) continue;
    phantom::Random random(seed);
    for (const Verdict& verdict : judge(parse_report(write_report(written, random)), truth)) {
      if (verdict.attribute == "kind") { EXPECT_EQ(verdict.right, written.current.lesion.kind == truth.current.lesion.kind); }
      if (verdict.attribute == "heart") { EXPECT_EQ(verdict.right, written.current.heart_enlarged == truth.current.heart_enlarged); }
      if (verdict.attribute == "modality") { EXPECT_EQ(verdict.right, written.current.modality == truth.current.modality); }
      differing += !verdict.right;
    }
  }
  EXPECT_GT(differing, 4000);
}

TEST(ReportLanguage, ReadsAsItShould) {
  // Aim: the sentences that the documents show, word for word.
  Told told;
  told.current.lesion = {Kind::nodule, Side::right, Zone::lower, Size::moderate};
  told.prior.lesion = {Kind::nodule, Side::right, Zone::lower, Size::small};
  told.prior_seen = PriorSeen::image;
  const auto may_write = [](const Told& truth, const std::string& text) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
      phantom::Random random(seed);
      if (write_report(truth, random) == text) return true;
    }
    return false;
  };
  EXPECT_TRUE(may_write(told, "Findings: Chest radiograph. There is a 24 mm nodule in the right lower zone. The prior study showed a "
                              "16 mm nodule in the right lower zone. That was the same kind of finding on the same side in the same "
                              "zone. The nodule is larger. The heart is normal and was normal on the prior study. Impression: Larger right lower zone nodule."));
  told.prior.lesion.side = Side::left;
  EXPECT_TRUE(may_write(told, "Findings: Chest radiograph. There is a 24 mm nodule in the right lower zone. The prior study showed a "
                              "16 mm nodule in the left lower zone. That was the same kind of finding on the other side in the same "
                              "zone. The nodule is new. The previous nodule has resolved. The heart is "
                              "normal and was normal on the prior study. Impression: New right lower zone nodule, resolved left lower "
                              "zone nodule."));
  told.prior_seen = PriorSeen::report_only;
  told.current.heart_enlarged = true;
  told.current.modality = Modality::ct;
  EXPECT_TRUE(may_write(told, "Finding: CT of the chest. There is a 24 mm nodule in the right lower zone. The heart is enlarged. Of the "
                              "prior study only the report was available. Impression: Right lower zone nodule, cardiomegaly."));
}

TEST(ReportLanguage, RivalsHaveTheSameNumberOfPhrasingsAndFirstWords) {
  // Aim: greedy decoding, undecided between verdicts, must not be drawn to the one with fewer phrasings.
  const phantom::Lesion small{Kind::consolidation, Side::left, Zone::upper, Size::small};
  const auto larger = verdict_sentences(Change::larger, small, small);
  for (const Change change : {Change::smaller, Change::unchanged, Change::new_lesion, Change::replaced}) {
    const auto rival = verdict_sentences(change, small, small);
    ASSERT_EQ(rival.size(), larger.size());
    for (std::size_t i = 0; i < rival.size(); ++i) EXPECT_EQ(rival[i].substr(0, rival[i].rfind(' ')), larger[i].substr(0, larger[i].rfind(' ')));
  }
}

TEST(ReportParser, SaysWhatItDoesNotUnderstand) {
  // Aim: other words, other sizes, repeats and a wrong order are unread, each by itself; the rest is read.
  const auto unread = [](const std::string& findings) {
    return parse_report("Findings: " + findings + " Impression: Normal chest.").unread;
  };
  EXPECT_THAT(unread("Chest CT. The lungs are clear. The heart is normal."), IsEmpty());
  EXPECT_THAT(unread("Chest CT. There is a 17 mm nodule in the left upper zone. The heart is normal."),
              ::testing::ElementsAre("There is a 17 mm nodule in the left upper zone."));
  EXPECT_EQ(unread("Chest CT. Chest CT. The heart is normal.").size(), 1u);
  EXPECT_EQ(unread("The heart is normal. Chest CT.").size(), 1u);
  EXPECT_EQ(unread("Chest CT. There is a large nodule in the left upper zone.").size(), 1u);
  EXPECT_EQ(unread("Chest CT. The lungs are clear. The prior study showed no focal lung lesion. The nodule is larger.").size(), 1u);
  EXPECT_EQ(unread("Chest CT. The lungs are clear. That was another kind of finding on the same side.").size(), 1u);
  EXPECT_EQ(unread("Chest CT. There is a small pleural effusion at the left base. The prior study showed a small pleural effusion at the "
                   "left base. That was the same kind of finding on the same side in the same zone.").size(), 1u);
  EXPECT_EQ(parse_report("").unread.size(), 2u);
  EXPECT_EQ(parse_report("Findings: Chest CT. Impression: Normal chest, normal chest.").unread.size(), 1u);
  EXPECT_EQ(parse_report("Findings: Chest CT. Impression: Normal chest").unread.size(), 1u);
}

TEST(ReportParser, FindsContradictions) {
  // Aim: an impression against its findings, and a verdict that the two sizes do not support, are named.
  const std::string prior = " The prior study showed a 16 mm nodule in the right lower zone. That was the same kind "
                            "of finding on the same side in the same zone.", heart = " The heart is normal.";
  const auto of = [](const std::string& text) { return contradictions(parse_report("Findings: Chest radiograph. " + text)); };
  EXPECT_THAT(of("There is a 24 mm nodule in the right lower zone." + heart + " Impression: Left lower zone nodule."),
              ::testing::ElementsAre(HasSubstr("another lesion")));
  EXPECT_THAT(of("The lungs are clear." + heart + " Impression: Cardiomegaly."), ::testing::ElementsAre(HasSubstr("heart")));
  EXPECT_THAT(of("There is a 24 mm nodule in the right lower zone." + prior + " The nodule is smaller." + heart +
                 " Impression: Smaller right lower zone nodule."),
              ::testing::ElementsAre(HasSubstr("does not follow")));
  EXPECT_THAT(of("There is a 24 mm nodule in the right lower zone." + prior + " The nodule is larger." + heart +
                 " Impression: New right lower zone nodule."),
              ::testing::ElementsAre(HasSubstr("the change")));
  EXPECT_THAT(of("There is a 24 mm nodule in the right lower zone." + prior + " The nodule is larger." + heart +
                 " Impression: Larger right lower zone nodule."),
              IsEmpty());
  const std::string left = "There is a 24 mm nodule in the left lower zone.", gone = " The previous nodule has resolved.";
  EXPECT_THAT(of(left + prior + " The nodule is new." + gone + heart + " Impression: New left lower zone nodule, resolved right lower zone nodule."),
              ::testing::ElementsAre(HasSubstr("the same finding")));
}

}  // namespace
}  // namespace radfm::demo
