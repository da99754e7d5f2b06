// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/study_patients.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/orthanc-plugin/fake_orthanc.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

class StudyPatientsTest : public ::testing::Test {
 protected:
  std::string receive(const std::string& study) {
    orthanc.receive(study, "s", study + ".1");
    return FakeOrthanc::id(study);
  }
  FakeClock clock;
  FakeOrthanc orthanc{clock};
  StudyPatients patients{orthanc, clock};
};

TEST_F(StudyPatientsTest, WhatTheIndexSays) {
  // Aim: each value in its place, dates as people sort them, the modalities of all series.
  const std::string id = receive("a");
  orthanc.receive("a", "sr", "1.9.2", sr_class);
  orthanc.tell("a", "PatientName", "Mustermann^Erika");
  orthanc.tell("a", "PatientID", "P1");
  orthanc.tell("a", "AccessionNumber", "A1");
  orthanc.tell("a", "StudyDate", "20260920");
  orthanc.tell("a", "StudyDescription", "CT Thorax");
  EXPECT_EQ(to_json(patients.of({id}).at(id)),
            (json{{"name", "Mustermann^Erika"}, {"id", "P1"}, {"birth_date", "1960-01-01"}, {"accession", "A1"}, {"study_date", "2026-09-20"},
                  {"description", "CT Thorax"}, {"modalities", {"CT", "SR"}}}));
}

TEST_F(StudyPatientsTest, ADateThatIsNoneIsNull) {
  // Aim: what an illegal date may have meant is not guessed.
  const std::string id = receive("a");
  orthanc.tell("a", "StudyDate", "20260931");
  orthanc.tell("a", "PatientBirthDate", "");
  const json patient = to_json(patients.of({id}).at(id));
  EXPECT_TRUE(patient.at("study_date").is_null());
  EXPECT_TRUE(patient.at("birth_date").is_null());
}

TEST_F(StudyPatientsTest, AValueAtItsLimitAndOnePastIt) {
  // Aim: a value of any length costs an answer no more than that.
  const std::string id = receive("a");
  orthanc.tell("a", "PatientName", std::string(patient_text_bytes_max, 'x'));
  EXPECT_EQ(patients.of({id}).at(id).name.size(), patient_text_bytes_max);
  orthanc.tell("a", "PatientName", std::string(patient_text_bytes_max + 1, 'x'));
  EXPECT_EQ(patients.of({id}).at(id).name.size(), patient_text_bytes_max);
}

TEST_F(StudyPatientsTest, WhoIsGoneIsNotThere) {
  // Aim: a study that was deleted, and one that never was, leave the others as they are.
  const std::string kept = receive("a"), gone = receive("b");
  orthanc.remove("b");
  const auto found = patients.of({kept, gone, FakeOrthanc::id("c")});
  EXPECT_EQ(found.size(), 1U);
  EXPECT_TRUE(found.contains(kept));
}

TEST_F(StudyPatientsTest, AListThatIsAskedForAgainIsOneQuestion) {
  // Aim: however many studies, two questions at first, one from then on; a series that has come is asked about.
  std::set<std::string> ids;
  for (const char* study : {"a", "b", "c"}) ids.insert(receive(study));
  patients.of(ids);
  EXPECT_EQ(orthanc.requests.size(), 2U);
  orthanc.requests.clear();
  EXPECT_EQ(patients.of(ids).at(FakeOrthanc::id("a")).modalities, std::set<std::string>{"CT"});
  EXPECT_EQ(orthanc.requests.size(), 1U);
  orthanc.receive("a", "sr", "1.9.2", sr_class);
  EXPECT_EQ(patients.of(ids).at(FakeOrthanc::id("a")).modalities, (std::set<std::string>{"CT", "SR"}));
  orthanc.requests.clear();
  EXPECT_TRUE(patients.of({}).empty());
  EXPECT_TRUE(orthanc.requests.empty());
}

TEST_F(StudyPatientsTest, SeriesAtTheirLimitAndOnePastIt) {
  // Aim: one answer asks about so many series; the modality of one more comes with the next.
  std::set<std::string> ids{receive("a")};
  for (std::size_t i = 1; i < series_asked_max; ++i) orthanc.receive("a", "s" + std::to_string(i), "1.8." + std::to_string(i));
  const auto series_asked = [&] {
    std::size_t asked = 0;
    orthanc.before = [&](const std::string& request) {
      if (request.find("\"Series\"") != std::string::npos) asked = json::parse(request.substr(request.find('{'))).at("Resources").size();
    };
    patients.of(ids);
    return asked;
  };
  EXPECT_EQ(series_asked(), series_asked_max);
  EXPECT_EQ(series_asked(), 0U);
  for (std::size_t i = 0; i <= series_asked_max; ++i) orthanc.receive("b", "s" + std::to_string(i), "1.7." + std::to_string(i));
  ids.insert(FakeOrthanc::id("b"));
  EXPECT_EQ(series_asked(), series_asked_max);
  EXPECT_EQ(series_asked(), 1U);
  EXPECT_EQ(series_asked(), 0U);
}

TEST_F(StudyPatientsTest, ATroubleLeavesThemOut) {
  // Aim: an error of Orthanc and an answer that is none: nobody is known, and the next time all is well; without modalities a patient is
  // known all the same.
  const std::string id = receive("a");
  orthanc.fail("\"Study\"", 1);
  EXPECT_TRUE(patients.of({id}).empty());
  orthanc.fail("\"Series\"", 1);
  EXPECT_TRUE(patients.of({id}).at(id).modalities.empty());
  EXPECT_EQ(patients.of({id}).at(id).modalities.size(), 1U);
}

TEST_F(StudyPatientsTest, ASlowOrthancIsLeftAlone) {
  // Aim: a question at the limit is no trouble; after one past it none is asked for a while, and then one is again.
  const std::string id = receive("a");
  std::int64_t takes_ms = patients_slow_ms;
  orthanc.before = [&](const std::string&) { clock.advance(takes_ms); };
  EXPECT_EQ(patients.of({id}).size(), 1U);
  takes_ms = patients_slow_ms + 1;
  EXPECT_EQ(patients.of({id}).size(), 1U);  // it has come, late as it is
  takes_ms = 0;
  clock.advance(patients_rest_ms - 1);
  EXPECT_TRUE(patients.of({id}).empty());
  clock.advance(1);
  EXPECT_EQ(patients.of({id}).size(), 1U);
}

TEST_F(StudyPatientsTest, NoAnswerBreaksIt) {
  // Aim: whatever another Orthanc, or a plugin before it, answers: what is of another form is left out.
  class Odd final : public OrthancApi {
   public:
    Result<std::string> get(const std::string&) override { return permanent_error(not_found_code, "x"); }
    Result<std::string> post(const std::string&, const std::string&) override { return answer; }
    Result<std::string> kept_text() override { return std::string(); }
    Status keep_text(const std::string&) override { return {}; }
    std::string answer;
  } odd;
  StudyPatients of_odd(odd, clock);
  for (const char* answer : {"", "{", "{}", "null", "[null]", "[1]", "[[]]", R"([{"ID": 7}])", "\xff"}) {
    odd.answer = answer;
    EXPECT_TRUE(of_odd.of({"x"}).empty()) << answer;
  }
  odd.answer = R"([{"ID": "x", "MainDicomTags": [], "PatientMainDicomTags": {"PatientName": 7}, "Series": [1, "s"]}, null])";
  EXPECT_EQ(of_odd.of({"x"}).at("x").name, "");
}

}  // namespace
}  // namespace radfm::plugin
