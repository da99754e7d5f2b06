// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prior_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;

// Reads the study that a candidate's only label numbers, and notes how.
struct Archive {
  std::vector<Result<StudyReading>> studies;
  std::vector<std::string> reads;

  ReadStudy reader() {
    return [this](const std::vector<imaging::StudyFile>& files, const auto&, bool pixels) -> Result<StudyReading> {
      reads.push_back(files[0].label + (pixels ? " pixels" : " header"));
      Result<StudyReading> study = studies[std::stoul(files[0].label)];
      if (study && pixels) study->pixels.resize(study->volumes.size(), imaging::PixelBlock{std::vector<std::uint8_t>{0}, {}});
      if (study && !pixels) study->volumes.clear();
      return study;
    };
  }
  std::vector<PriorCandidate> candidates() const {
    std::vector<PriorCandidate> list;
    for (std::size_t i = 0; i < studies.size(); ++i) {
      PriorCandidate candidate;
      candidate.files.push_back({process::FileDescriptor(), std::to_string(i)});
      list.push_back(std::move(candidate));
    }
    return list;
  }
};

StudyReading current() {
  StudyReading study = test::study("1.2.9", "20240311");
  test::add_radiograph(study, "1");
  return study;
}
StudyReading prior(const std::string& uid, const std::string& date, bool report = false) {
  StudyReading study = test::study(uid, date);
  test::add_radiograph(study, "1");
  if (report) study.reports = {test::verified_report(uid + ".77", "Report " + date)};
  return study;
}

Result<PriorReadings> read(Archive& archive, const PriorSettings& settings = {}, std::size_t room = 7) {
  const StudyReading now = current();
  const auto candidates = archive.candidates();
  return read_priors(now, now.volumes[0], room, candidates, settings, archive.reader(), nullptr);
}

std::vector<std::string> dates(const PriorReadings& readings) {
  std::vector<std::string> list;
  for (const UsedPrior& prior : readings.used) {
    list.push_back(attribute_value(prior.reading.header, tag::study_date) + (prior.volume ? " image" : "") + (prior.report ? " report" : ""));
  }
  return list;
}

TEST(ReadPriors, TheMostRecentImageAndSomeReports) {
  // One image prior, up to three reports, most recent first; what is over the limits is refused with a reason.
  Archive archive{{prior("1.2.1", "20200101", true), prior("1.2.2", "20230101"), prior("1.2.3", "20220101", true),
                   prior("1.2.4", "20210101", true), prior("1.2.5", "20190601", true)},
                  {}};
  auto readings = read(archive);
  ASSERT_TRUE(readings);
  EXPECT_EQ(dates(*readings), (std::vector<std::string>{"20230101 image", "20220101 report", "20210101 report", "20200101 report"}));
  ASSERT_EQ(readings->refused.size(), 1u);
  EXPECT_EQ(readings->refused[0].study_date, "20190601");
}

TEST(ReadPriors, NoPixelOfARefusedStudyIsDecoded) {
  // Headers are read of all, pixels only of the one that is shown.
  StudyReading other = prior("1.2.2", "20230601");
  test::set(other, tag::birth_date, "19500101");
  Archive archive{{prior("1.2.1", "20230101"), other, prior("1.2.3", "20220101")}, {}};
  ASSERT_TRUE(read(archive));
  EXPECT_EQ(archive.reads, (std::vector<std::string>{"0 header", "1 header", "2 header", "0 pixels"}));
}

TEST(ReadPriors, OnlyComparableImagesAreShown) {
  // A more recent CT is passed over for the radiograph.
  StudyReading ct = test::study("1.2.2", "20240101");
  test::add_ct(ct, "1", 2, 2);
  Archive archive{{ct, prior("1.2.1", "20230101")}, {}};
  auto readings = read(archive);
  EXPECT_EQ(dates(*readings), std::vector<std::string>{"20230101 image"});
  ASSERT_EQ(readings->refused.size(), 1u);
  EXPECT_EQ(readings->refused[0].reason, "it has no comparable images and no verified report");
}

TEST(ReadPriors, RelevanceComesBeforeRecency) {
  // An older radiograph of the region before a recent CT report; a knee is not used at all; the list stays most recent first.
  StudyReading ct = test::study("1.2.2", "20240101");
  test::add_ct(ct, "1", 2, 2);
  ct.reports = {test::verified_report("1.2.2.77", "Report CT")};
  StudyReading knee = test::study("1.2.3", "20240201");
  test::add_radiograph(knee, "1");
  test::set(knee, tag::study_description, "Knee");
  knee.instances[0].body_part = knee.volumes[0].body_part = knee.instances[0].series_description = "KNEE";
  Archive archive{{ct, knee, prior("1.2.1", "20230101", true)}, {}};
  PriorSettings one;
  one.reports_max = 1;
  auto readings = read(archive, one);
  EXPECT_EQ(dates(*readings), std::vector<std::string>{"20230101 image report"});
  ASSERT_EQ(readings->refused.size(), 2u);
  EXPECT_THAT(readings->refused[0].reason, testing::HasSubstr("no rule of priors.rules lets it be compared"));
  EXPECT_THAT(readings->refused[1].reason, testing::HasSubstr("more relevant or more recent studies were used"));
  one.reports_max = 2;
  EXPECT_EQ(dates(*read(archive, one)), (std::vector<std::string>{"20240101 report", "20230101 image report"}));
}

TEST(ReadPriors, ARulesOwnWindowAndWhatItLetsBeUsed) {
  // Images of two years, reports of any; in the second rule no images.
  PriorSettings settings;
  settings.images_max = 4;
  settings.rules = {{"recent", PriorRule::Modality::same_group, PriorRule::Region::same, true, false, 2},
                    {"older", PriorRule::Modality::same_group, PriorRule::Region::same, false, true, std::nullopt}};
  Archive archive{{prior("1.2.1", "20230101", true), prior("1.2.2", "20210101", true)}, {}};
  EXPECT_EQ(dates(*read(archive, settings)), (std::vector<std::string>{"20230101 image", "20210101 report"}));
}

TEST(ReadPriors, TextsAreReadOnce) {
  // The second reader is asked for pixels; what the first read of the reports stays.
  Archive archive{{prior("1.2.1", "20230101", true)}, {}};
  const ReadStudy whole = archive.reader();
  const ReadStudy forgetful = [&](const auto& files, const auto& thinned, bool pixels) {
    Result<StudyReading> study = whole(files, thinned, pixels);
    if (pixels) study->reports.clear();
    return study;
  };
  const StudyReading now = current();
  const auto candidates = archive.candidates();
  auto readings = read_priors(now, now.volumes[0], 7, candidates, {}, forgetful, nullptr);
  EXPECT_EQ(dates(*readings), std::vector<std::string>{"20230101 image report"});
  EXPECT_EQ(readings->used[0].reading.reports.at(0).text, "Report 20230101");
}

TEST(ReadPriors, AReportThatCouldNotBeReadIsSaid) {
  // A scan has no text: its study is named with the reason.
  StudyReading scanned = test::study("1.2.1", "20230101");
  scanned.reports = {test::verified_report("1.2.1.7", "")};
  scanned.reports[0].text_missing = "its PDF has no text layer, it may be a scan";
  Archive archive{{scanned}, {}};
  EXPECT_EQ(read(archive)->refused.at(0).reason, "it has no comparable images and no verified report (its PDF has no text layer, it may be a scan)");
}

TEST(ReadPriors, SettingsAndRoomLimitTheImages) {
  // images_max 2 shows two; no room in the prompt shows none; images_max 0 and reports_max 0 use nothing.
  PriorSettings two;
  two.images_max = 2;
  Archive archive{{prior("1.2.1", "20230101"), prior("1.2.2", "20220101"), prior("1.2.3", "20210101")}, {}};
  EXPECT_EQ(dates(*read(archive, two)), (std::vector<std::string>{"20230101 image", "20220101 image"}));
  EXPECT_TRUE(read(archive, two, 0)->used.empty());
  PriorSettings none;
  none.images_max = none.reports_max = 0;
  EXPECT_EQ(read(archive, none)->refused.size(), 3u);
}

TEST(ReadPriors, AHostilePriorCostsOnlyItself) {
  // A reader that died of a prior refuses it; a passing fault or a cancellation stops the job instead.
  Archive archive{{poison_error("reader_crashed", "x"), prior("1.2.1", "20230101")}, {}};
  auto readings = read(archive);
  ASSERT_TRUE(readings);
  EXPECT_EQ(dates(*readings), std::vector<std::string>{"20230101 image"});
  EXPECT_EQ(readings->refused.at(0).reason, "its files could not be read (reader_crashed)");
  for (const Error& error : {cancelled_error("woken", ""), transient_error("no_shared_memory", ""), vanished_error("reader_killed", "")}) {
    Archive broken{{error}, {}};
    auto failed = read(broken);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, error.code);
  }
}

TEST(ReadPriors, CandidatesAreBounded) {
  // At the limit all are looked at, one more is only counted; the same study twice is used once.
  Archive archive;
  for (std::size_t i = 0; i < prior_candidates_max; ++i) archive.studies.emplace_back(prior("1.2.1", "20230101"));
  auto readings = read(archive);
  EXPECT_EQ(readings->not_looked_at, 0);
  EXPECT_EQ(readings->used.size(), 1u);
  archive.studies.emplace_back(prior("1.2.2", "20230102"));
  EXPECT_EQ(read(archive)->not_looked_at, 1);
}

}  // namespace
}  // namespace radfm::draft
