// SPDX-License-Identifier: Apache-2.0
#include "worker/study_fetch.h"

#include <gtest/gtest.h>

#include "tests/worker/fakes.h"

namespace radfm::worker {
namespace {

StudyIndex current() {
  StudyIndex study;
  study.study_instance_uid = "1.1";
  study.study_date = "20240601";
  study.study_time = "120000";
  return study;
}

PatientStudy candidate(const std::string& uid, const std::string& date, const std::string& time = "") {
  return {.orthanc_id = uid, .study_instance_uid = uid, .study_date = date, .study_time = time, .patient_id = "P"};
}

std::vector<std::string> chosen(const std::vector<PatientStudy>& studies) {
  std::vector<std::string> uids;
  for (const PatientStudy& study : choose_prior_candidates(studies, current(), PriorSettings())) {
    uids.push_back(study.study_instance_uid);
  }
  return uids;
}

// Most recent first; the study itself, later ones, undated ones and those beyond the window are no priors.
TEST(ChoosePriorCandidates, AreEarlierStudiesWithinTheWindow) {
  EXPECT_EQ(chosen({candidate("1.1", "20240601", "120000"), candidate("2", "20230101"), candidate("3", "20240530"),
                    candidate("4", "20240602"), candidate("5", ""), candidate("6", "20190601"), candidate("7", "nonsense"),
                    candidate("8", "20190602"), candidate("9", "20240601", "110000"), candidate("10", "20240601")}),
            (std::vector<std::string>{"9", "3", "2", "8"}));
}

// All nameless patients are one patient to Orthanc: without a PatientID there are no priors.
TEST(ChoosePriorCandidates, NeedAPatientId) {
  std::vector<PatientStudy> studies{candidate("2", "20230101")};
  studies[0].patient_id = " ";
  EXPECT_TRUE(chosen(studies).empty());
}

// At the limit all are taken, one more is left.
TEST(ChoosePriorCandidates, AreLimited) {
  std::vector<PatientStudy> studies;
  for (int i = 0; i < prior_candidates_max; ++i) studies.push_back(candidate(std::to_string(i), "20230101"));
  EXPECT_EQ(chosen(studies).size(), std::size_t(prior_candidates_max));
  studies.push_back(candidate("one more", "20220101"));
  EXPECT_EQ(chosen(studies).size(), std::size_t(prior_candidates_max));
}

class FetchPriorsTest : public testing::Test {
 protected:
  void add(const std::string& id, const std::string& date) {
    orthanc_.patient.push_back(candidate(id, date));
    StudyIndex& study = orthanc_.studies[id];
    study.study_instance_uid = id;
    study.series.emplace_back();
    for (const char* sop_class : {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.7"}) {
      const std::string uid = id + "/" + sop_class;
      study.series.front().instances.push_back({.orthanc_id = uid,
                                                .sop_instance_uid = uid,
                                                .sop_class_uid = sop_class,
                                                .transfer_syntax_uid = "",
                                                .remote_aet = "",
                                                .called_aet = ""});
    }
  }
  Result<PriorFetch> fetch() { return fetch_priors(orthanc_, current(), PriorSettings(), 64, [](int, int) {}); }
  test::FakeOrthanc orthanc_;
};

// The newest bring images and reports, older ones their reports only, none its secondary captures.
TEST_F(FetchPriorsTest, OlderOnesBringOnlyReports) {
  for (int year = 2020; year < 2024; ++year) add("p" + std::to_string(year), std::to_string(year) + "0701");
  Result<PriorFetch> priors = fetch();
  ASSERT_TRUE(priors.ok());
  ASSERT_EQ(priors->candidates.size(), 4u);
  EXPECT_EQ(priors->candidates[0].files.size(), 2u);
  EXPECT_EQ(priors->candidates[2].files.size(), 2u);
  EXPECT_EQ(priors->candidates[3].files.size(), 1u);
}

// A prior that cannot be read costs a sentence, not the report.
TEST_F(FetchPriorsTest, ALostPriorIsSaid) {
  add("p2023", "20230701");
  orthanc_.studies.clear();
  Result<PriorFetch> priors = fetch();
  ASSERT_TRUE(priors.ok());
  EXPECT_TRUE(priors->candidates.empty());
  ASSERT_EQ(priors->not_fetched.size(), 1u);
  EXPECT_NE(priors->not_fetched[0].find("20230701"), std::string::npos);
}

// Orthanc going away is no missing prior: the job waits.
TEST_F(FetchPriorsTest, AnAbsentOrthancIsAnError) {
  orthanc_.down = true;
  EXPECT_FALSE(fetch().ok());
}

}  // namespace
}  // namespace radfm::worker
