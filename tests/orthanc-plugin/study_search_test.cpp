// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/study_search.h"

#include <gmock/gmock.h>

#include "tests/orthanc-plugin/fake_orthanc.h"

namespace radfm::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class StudySearchTest : public ::testing::Test {
 protected:
  void receive(const std::string& study, const std::string& tag, const std::string& value) {
    orthanc.receive(study, "s", study + ".1");
    orthanc.tell(study, tag, value);
  }
  std::vector<std::string> found(const std::string& text) {
    const auto studies = search_studies(orthanc, clock, text);
    EXPECT_TRUE(studies.ok());
    return studies ? *studies : std::vector<std::string>();
  }
  FakeClock clock;
  FakeOrthanc orthanc{clock};
};

TEST_F(StudySearchTest, ByEachOfThree) {
  // Aim: a part of the name, of the identifier or of the accession number, whatever its case; and what fits nothing.
  receive("a", "PatientName", "Mustermann^Erika");  // 1.2.3.1
  receive("b", "PatientID", "XMUST7");              // 1.2.3.2
  receive("c", "AccessionNumber", "7-MUSTER-1");    // 1.2.3.3
  EXPECT_THAT(found("must"), UnorderedElementsAre("1.2.3.1", "1.2.3.2", "1.2.3.3"));
  EXPECT_THAT(found("^ERIKA"), ElementsAre("1.2.3.1"));
  EXPECT_THAT(found("Must*Erika"), ElementsAre("1.2.3.1"));
  EXPECT_THAT(found("Meier"), IsEmpty());
}

TEST_F(StudySearchTest, AUidIsItself) {
  // Aim: jobs outlive their study in Orthanc; what fits the same text otherwise is found, too.
  receive("a", "AccessionNumber", "1.2.840.1");
  EXPECT_THAT(found("1.2.840.1"), UnorderedElementsAre("1.2.840.1", "1.2.3.1"));
  EXPECT_THAT(found("1.2.840.2"), ElementsAre("1.2.840.2"));
}

TEST_F(StudySearchTest, StudiesAtTheirLimitAndOnePastIt) {
  // Aim: all are found, or it is said that there are more; of several attributes together, too.
  for (std::size_t i = 1; i < db::filter_studies_max; ++i) receive("a" + std::to_string(i), "PatientID", "P" + std::to_string(i));
  receive("b", "PatientName", "P^B");
  EXPECT_EQ(found("P").size(), db::filter_studies_max);
  receive("c", "AccessionNumber", "P9");
  const auto wide = search_studies(orthanc, clock, "P");
  ASSERT_FALSE(wide.ok());
  EXPECT_EQ(wide.error().code, "search_too_wide");
}

TEST_F(StudySearchTest, ATroubleIsAnError) {
  // Aim: each of the questions can fail, and what failed is not taken for nothing; nothing repeats what was looked for.
  for (const char* attribute : {"PatientID", "PatientName", "AccessionNumber"}) {
    orthanc.fail(attribute, 1);
    const auto failed = search_studies(orthanc, clock, "Mustermann");
    ASSERT_FALSE(failed.ok()) << attribute;
    EXPECT_EQ(failed.error().code, "orthanc_unavailable");
    EXPECT_EQ(failed.error().message.find("Mustermann"), std::string::npos);
  }
}

TEST_F(StudySearchTest, TimeAtItsLimitAndOnePastIt) {
  // Aim: a question is asked up to that time, and none after it.
  std::int64_t first_takes_ms = search_ms_max;
  orthanc.before = [&](const std::string& request) {
    if (request.find("PatientID") != std::string::npos) clock.advance(first_takes_ms);
  };
  EXPECT_TRUE(search_studies(orthanc, clock, "x").ok());
  EXPECT_EQ(orthanc.requests.size(), 3U);
  first_takes_ms = search_ms_max + 1;
  EXPECT_EQ(search_studies(orthanc, clock, "x").error().code, "orthanc_slow");
  EXPECT_EQ(orthanc.requests.size(), 4U);
}

TEST_F(StudySearchTest, OddAnswersAreErrors) {
  // Aim: no list, or one of something else, is not taken for nobody; a study without a usable UID has no job.
  class Odd final : public OrthancApi {
   public:
    Result<std::string> get(const std::string&) override { return permanent_error(not_found_code, "x"); }
    Result<std::string> post(const std::string&, const std::string&) override { return answer; }
    Result<std::string> kept_text() override { return std::string(); }
    Status keep_text(const std::string&) override { return {}; }
    std::string answer;
  } odd;
  for (const char* answer : {"", "{", "{}", "[1]", R"(["id"])", R"([{"MainDicomTags": 7}])"}) {
    odd.answer = answer;
    EXPECT_EQ(search_studies(odd, clock, "x").error().code, "orthanc_answer_unreadable") << answer;
  }
  odd.answer = R"([{"ID": "x"}, {"MainDicomTags": {"StudyInstanceUID": 7}}, {"MainDicomTags": {"StudyInstanceUID": "1..2"}}])";
  EXPECT_THAT(search_studies(odd, clock, "x").value(), IsEmpty());
}

}  // namespace
}  // namespace radfm::plugin
