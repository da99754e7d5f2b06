// SPDX-License-Identifier: Apache-2.0
#include "worker/prior_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/worker/fake_archive.h"

namespace radfm::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

StudyIndex current() {
  StudyIndex study;
  study.study_instance_uid = "1.1";
  study.study_date = "20240601";
  study.study_time = "120000";
  study.study_description = "Chest";
  study.last_update = "20240601T130000";
  study.series.push_back({});
  study.series.front().modality = "CT";
  study.series.front().instances.push_back({.orthanc_id = "i", .sop_instance_uid = "1.1.1", .sop_class_uid = std::string(test::ct_class),
                                            .transfer_syntax_uid = "", .remote_aet = "", .called_aet = ""});
  return study;
}

PatientStudy candidate(const std::string& uid, const std::string& date, const std::string& time = "") {
  return {.orthanc_id = uid, .study_instance_uid = uid, .study_date = date, .study_time = time, .patient_id = "P-1"};
}

std::vector<std::string> chosen(const std::vector<PatientStudy>& studies) {
  std::vector<std::string> uids;
  for (const PatientStudy& study : earlier_studies(studies, current(), PriorSettings())) {
    uids.push_back(study.study_instance_uid);
  }
  return uids;
}

// Most recent first; the study itself, later ones, undated ones and those beyond the window are no priors.
TEST(EarlierStudies, AreEarlierStudiesWithinTheWindow) {
  EXPECT_EQ(chosen({candidate("1.1", "20240601", "120000"), candidate("2", "20230101"), candidate("3", "20240530"),
                    candidate("4", "20240602"), candidate("5", ""), candidate("6", "20190531"), candidate("7", "nonsense"),
                    candidate("8", "20190601"), candidate("9", "20240601", "110000"), candidate("10", "20240601")}),
            (std::vector<std::string>{"9", "3", "2", "8"}));
}

// All nameless patients are one patient to Orthanc: without a PatientID there are no priors.
TEST(EarlierStudies, NeedAPatientId) {
  std::vector<PatientStudy> studies{candidate("2", "20230101")};
  studies[0].patient_id = " ";
  EXPECT_TRUE(chosen(studies).empty());
}

class PriorSearchTest : public testing::Test {
 protected:
  PriorSearchTest() { orthanc_.patient.push_back(candidate("1.1", "20240601", "120000")); }

  // A study of the patient in Orthanc: an image, a report and a secondary capture.
  void add(const std::string& id, const std::string& date, const std::string& modality = "CT") {
    orthanc_.patient.push_back(candidate(id, date));
    StudyIndex& study = orthanc_.studies[id];
    study.study_instance_uid = id;
    study.study_description = "Chest";
    study.is_stable = true;
    study.series.emplace_back();
    study.series.front().modality = modality;
    for (const char* sop_class : {test::ct_class, "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.7"}) {
      const std::string uid = id + "/" + sop_class;
      study.series.front().instances.push_back({.orthanc_id = uid,
                                                .sop_instance_uid = uid,
                                                .sop_class_uid = sop_class,
                                                .transfer_syntax_uid = "",
                                                .remote_aet = "",
                                                .called_aet = ""});
    }
  }
  test::FakeArchive& archive(const std::string& name) {
    test::FakeArchive& made = *fakes_.emplace_back(std::make_unique<test::FakeArchive>(name, clock_));
    archives_.push_back(made.entry());
    return made;
  }
  Result<PriorFetch> fetch() {
    return fetch_priors({orthanc_, archives_, settings_, clock_, "/tmp", -1}, current(), 64, [](int, int) {});
  }
  // Ways of the candidates in their order; "" is Orthanc.
  std::vector<std::string> ways() {
    Result<PriorFetch> fetched = fetch();
    EXPECT_TRUE(fetched.ok());
    std::vector<std::string> found;
    for (const auto& candidate : fetched->candidates) found.push_back(candidate.way);
    remarks_ = fetched->not_fetched;
    return found;
  }

  test::ManualClock clock_;
  test::FakeOrthanc orthanc_;
  PriorSettings settings_;
  std::vector<std::unique_ptr<test::FakeArchive>> fakes_;
  std::vector<PriorArchive> archives_;
  std::vector<std::string> remarks_;
};

// The newest bring images and reports, older ones their reports only, none its secondary captures.
TEST_F(PriorSearchTest, OlderOnesBringOnlyReports) {
  for (int year = 2020; year < 2024; ++year) add("p" + std::to_string(year), std::to_string(year) + "0701");
  Result<PriorFetch> priors = fetch();
  ASSERT_TRUE(priors.ok());
  ASSERT_EQ(priors->candidates.size(), 4u);
  EXPECT_EQ(priors->candidates[0].files.size(), 2u);
  EXPECT_EQ(priors->candidates[2].files.size(), 2u);
  EXPECT_EQ(priors->candidates[3].files.size(), 1u);
}

// At the limit all are fetched, one more is not; one of a later rule comes behind all others, however recent.
TEST_F(PriorSearchTest, TheMostRelevantAreFetchedUpToALimit) {
  add("another modality", "20240530", "MR");
  for (int i = 0; i + 1 < prior_candidates_max; ++i) add("p" + std::to_string(i), "202301" + std::to_string(10 + i));
  EXPECT_EQ(ways().size(), std::size_t(prior_candidates_max));
  EXPECT_EQ(orthanc_.fetched.front().substr(0, 2), "p6");
  EXPECT_THAT(orthanc_.fetched.back(), HasSubstr("another modality"));
  orthanc_.fetched.clear();
  add("one more", "20220101");
  EXPECT_EQ(ways().size(), std::size_t(prior_candidates_max));
  EXPECT_THAT(orthanc_.fetched, ::testing::Not(::testing::Contains(HasSubstr("another modality"))));
}

// A prior that cannot be read costs a sentence, not the report.
TEST_F(PriorSearchTest, ALostPriorIsSaid) {
  add("p2023", "20230701");
  orthanc_.studies.clear();
  EXPECT_THAT(ways(), IsEmpty());
  EXPECT_THAT(remarks_, ElementsAre(HasSubstr("20230701")));
}

// What is still arriving is half a study: nothing is compared with it, and that is said. What came before the current study was
// complete is used, and a report that came since (our own draft, it may be) makes no difference.
TEST_F(PriorSearchTest, AStudyThatArrivesIsNotUsed) {
  add("p2023", "20230701");
  StudyIndex& prior = orthanc_.studies["p2023"];
  std::vector<IndexedInstance>& instances = prior.series.front().instances;
  instances[0].received = "20240601T130001";
  EXPECT_THAT(ways(), ElementsAre("")) << "stable";
  prior.is_stable = false;
  EXPECT_THAT(ways(), IsEmpty());
  EXPECT_THAT(remarks_, ElementsAre(HasSubstr("still arriving")));
  instances[0].received = "20240601T130000";
  instances[1].received = "20240601T130001";
  EXPECT_THAT(ways(), ElementsAre("")) << "only a report came since";
}

// Orthanc going away is no missing prior: the job waits.
TEST_F(PriorSearchTest, AnAbsentOrthancIsAnError) {
  orthanc_.down = true;
  EXPECT_FALSE(fetch().ok());
}

// What Orthanc has is taken from there; the rest from the first archive that has it; all in one order of relevance.
TEST_F(PriorSearchTest, EachStudyComesFromTheFirstThatHasIt) {
  add("1.2.3", "20230101");
  archive("A").add("1.2.3", "20230101").add("1.2.4", "20240101");
  archive("B").add("1.2.4", "20240101").add("1.2.5", "20220101");
  EXPECT_THAT(ways(), ElementsAre("fake from A", "", "fake from B"));
  EXPECT_THAT(remarks_, IsEmpty());
  EXPECT_THAT(fakes_[0]->retrieved, ElementsAre("1.2.4"));
  EXPECT_EQ(fakes_[0]->query.patient_id, "P-1");
  EXPECT_EQ(fakes_[0]->query.date_from, "20190601");
  EXPECT_EQ(fakes_[0]->query.date_to, "20240601");
}

// Of an archive's answers another patient's study, the study itself, later ones and those of no rule are not asked for.
TEST_F(PriorSearchTest, WhatIsNoPriorIsNotAskedFor) {
  auto& fake = archive("A");
  fake.add("1.1", "20240601").add("1.2.1", "20240602").add("1.2.2", "20180101").add("1.2.3", "20230101").add("1.2.4", "20230101");
  fake.found[3].description = "Knee";
  fake.add("1.2.5", "20230102");
  fake.found.back().patient_id = "Q";
  EXPECT_THAT(ways(), ElementsAre("fake from A"));
  EXPECT_THAT(fake.retrieved, ElementsAre("1.2.4"));
}

// A Patient ID that is nobody's or everybody's is sent to no archive.
TEST_F(PriorSearchTest, ASharedPatientIdIsNotAskedFor) {
  auto& fake = archive("A").add("1.2.4", "20230101");
  for (const char* id : {"", " ", "UNKNOWN", "P*", "0000"}) {
    orthanc_.patient.front().patient_id = id;
    EXPECT_THAT(ways(), IsEmpty()) << id;
  }
  EXPECT_EQ(fake.searches, 0);
}

// An archive that fails costs a sentence without dates; the next one is asked all the same.
TEST_F(PriorSearchTest, AFailingArchiveCostsOnlyItself) {
  archive("A").search_error = transient_error("peer_timeout", "");
  archive("B").add("1.2.4", "20230101").retrieve_error = transient_error("peer_unreachable", "");
  archive("C").add("1.2.5", "20230101");
  EXPECT_THAT(ways(), ElementsAre("fake from C"));
  EXPECT_THAT(remarks_, ElementsAre("A could not be searched for earlier studies (peer_timeout).",
                                    "1 earlier study at B was not fetched (peer_unreachable)."));
}

// Images of which some are missing are not shown; the study's report, fetched by itself, is still read.
TEST_F(PriorSearchTest, HalfTheImagesAreNoImages) {
  auto& fake = archive("A").add("1.2.4", "20230101");
  fake.lacks_images = 1;
  const Result<PriorFetch> priors = fetch();
  ASSERT_TRUE(priors.ok());
  ASSERT_EQ(priors->candidates.size(), 1u);
  EXPECT_EQ(priors->candidates[0].files.size(), 1u) << "the report";
  EXPECT_THAT(priors->not_fetched, ElementsAre(HasSubstr("did not come whole, and what is missing was not used (archive_sends_not_all)")));
}

// Of a study of which something came that nobody asked for, nothing is used.
TEST_F(PriorSearchTest, WhatNobodyAskedForSpoilsTheStudy) {
  archive("A").add("1.2.4", "20230101").refused = 1;
  EXPECT_THAT(ways(), IsEmpty());
  EXPECT_THAT(remarks_, ElementsAre("1 earlier study at A was not fetched (object_not_asked_for)."));
}

// One budget of time for all archives: what comes too late is not begun, and that is said; each call gets what is left.
TEST_F(PriorSearchTest, TheSearchHasOneBudgetOfTime) {
  settings_.search_timeout_ms = 50'000;
  auto& slow = archive("A").add("1.2.4", "20230101");
  slow.call_takes_ms = 20'000;
  archive("B").add("1.2.5", "20230101").call_takes_ms = 20'000;
  EXPECT_THAT(ways(), IsEmpty());
  EXPECT_THAT(slow.timeouts_ms, ElementsAre(50'000, 30'000));
  EXPECT_THAT(fakes_[1]->timeouts_ms, ElementsAre(10'000));
  EXPECT_THAT(remarks_, ElementsAre("B could not be searched for earlier studies (search_timeout).",
                                    "1 earlier study at A was not fetched (search_timeout)."));
}

// And one of bytes: at the limit all is taken, one byte past it the study is left.
TEST_F(PriorSearchTest, TheSearchHasOneBudgetOfBytes) {
  settings_.retrieved_mb_max = 1;
  auto& fake = archive("A").add("1.2.4", "20230101");
  fake.object_bytes = (1u << 20) / 3;
  fake.images_of_each = 2;  // and a report
  EXPECT_THAT(ways(), ElementsAre("fake from A"));
  fake.object_bytes = (1u << 20) / 2 + 1;
  EXPECT_THAT(ways(), IsEmpty());
  EXPECT_THAT(remarks_, ElementsAre(HasSubstr("(retrieval_too_large)")));
}

// An interruption and a full disk are the job's own end.
TEST_F(PriorSearchTest, AnInterruptionEndsTheSearch) {
  auto& fake = archive("A").add("1.2.4", "20230101");
  fake.retrieve_error = cancelled_error("woken", "");
  EXPECT_EQ(fetch().error().code, "woken");
  fake.retrieve_error = transient_error("disk_full", "");
  EXPECT_EQ(fetch().error().code, "disk_full");
}

}  // namespace
}  // namespace radfm::worker
