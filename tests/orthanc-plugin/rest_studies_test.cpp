// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/orthanc-plugin/rest_fixture.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

class RestStudiesTest : public RestFixture {
 protected:
  RestResponse ask(const std::string& uid, const std::string& body = "", const char* authorization = "") {
    return post("/radfm/api/v1/studies/" + uid + "/report", {{"x-radfm", "1"}, {"authorization", authorization}}, body);
  }
  // With one image, before the plugin has looked at it.
  void receive(const std::string& study) { orthanc.receive(study, "s", "1.9." + study); }
};

TEST_F(RestStudiesTest, AStudyIsQueuedOnce) {
  // Aim: the job is there at once, by its number, under its rule and in the person's name; asked again, it is the same one.
  receive("1");
  const json first = json::parse(ask("1.2.3.1", "", as_anna).body);
  ASSERT_EQ(job_count(), 1U);
  const db::Job job = jobs().front();
  EXPECT_EQ(first, (json{{"id", job.id}, {"result", "queued"}, {"rule", "all"}}));
  EXPECT_EQ(job.identity.study_instance_uid, "1.2.3.1");
  EXPECT_EQ(job.instances, std::vector<std::string>{"1.9.1"});
  EXPECT_EQ(queue()->events(job.id).value().front().actor, "administrator:anna");
  EXPECT_EQ(json::parse(ask("1.2.3.1", "{}").body), (json{{"id", job.id}, {"result", "existed"}, {"rule", "all"}}));
  EXPECT_EQ(job_count(), 1U);
}

TEST_F(RestStudiesTest, AnOldStudyIsDueForWhoAsks) {
  // Aim: the plugin leaves it alone; a person gets his report, whether or not the plugin has looked at it before.
  for (const std::string study : {"1", "2"}) {
    receive(study);
    orthanc.tell(study, "StudyDate", "20200101");
    if (study == "2") {
      clock.advance(stable_age_ms + stable_word_late_ms + 1);
      work();
      ASSERT_EQ(jobs().front().outcome, "skipped: old");
    }
    EXPECT_EQ(json::parse(ask("1.2.3." + study).body).at("result"), "queued");
    EXPECT_EQ(jobs().front().state, JobState::queued);
    EXPECT_EQ(json::parse(ask("1.2.3." + study).body).at("result"), "existed");
  }
}

TEST_F(RestStudiesTest, AStudyThatIsNotDueIsToldWhy) {
  // Aim: what each rule has against it, in the text and as data; nothing is queued, and no description is repeated.
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": [{"name": "magnets", "match": {"modalities": ["MR"]}},
                {"name": "skulls", "match": {"study_descriptions": ["skull*"]}}]})");
  work();
  receive("1");
  orthanc.tell("1", "StudyDescription", "Mustermann");
  const RestResponse answer = ask("1.2.3.1");
  EXPECT_EQ(answer.status, 409);
  const json error = json::parse(answer.body).at("error");
  EXPECT_EQ(error.at("code"), "not_due");
  EXPECT_NE(error.at("message").get<std::string>().find("magnets: modality CT is none of MR"), std::string::npos) << error;
  ASSERT_EQ(error.at("trials").size(), 2U);
  EXPECT_EQ(error.at("trials")[0], (json{{"rule", "magnets"}, {"fits", false}, {"why", "modality CT is none of MR"}}));
  EXPECT_EQ(answer.body.find("Mustermann"), std::string::npos);
  orthanc.receive("2", "s", "1.9.2", sr_class);
  EXPECT_NE(ask("1.2.3.2").body.find("no_image"), std::string::npos);
  EXPECT_EQ(job_count(), 0U);
}

TEST_F(RestStudiesTest, StudiesThatAreNotThere) {
  // Aim: never there, gone, and an accession number that looks like a UID: 404; no UID at all: 400.
  receive("1");
  orthanc.tell("1", "AccessionNumber", "1.2.99");
  for (const char* unknown : {"1.2.3.7", "1.2.99"}) {
    EXPECT_EQ(ask(unknown).status, 404) << unknown;
    EXPECT_EQ(error_code(ask(unknown)), "study_unknown");
  }
  orthanc.remove("1");
  EXPECT_EQ(ask("1.2.3.1").status, 404);
  EXPECT_EQ(ask("1..2").status, 400);
  EXPECT_EQ(ask(std::string(65, '1')).status, 400);
}

TEST_F(RestStudiesTest, AStudyThatGoesMeanwhileIsUnknown) {
  // Aim: deleted between two of our questions.
  receive("1");
  orthanc.before = [&](const std::string& request) {
    if (request.ends_with("/series")) orthanc.remove("1");
  };
  EXPECT_EQ(error_code(ask("1.2.3.1")), "study_unknown");
}

TEST_F(RestStudiesTest, TheBodyAsksForNothingElse) {
  // Aim: what may mean something in a later version is not taken for nothing.
  receive("1");
  for (const char* bad : {"[]", "1", "{", "{\"lane\": \"stat\"}", "x"}) {
    EXPECT_EQ(ask("1.2.3.1", bad).status, 400) << bad;
    EXPECT_EQ(error_code(ask("1.2.3.1", bad)), "bad_request");
  }
  EXPECT_EQ(job_count(), 0U);
  EXPECT_EQ(ask("1.2.3.1", " {} ").status, 200);
}

TEST_F(RestStudiesTest, TroublesAreSaid) {
  // Aim: Orthanc at each question, and a node without a configuration: 503 with what is wrong; nothing is queued.
  receive("1");
  for (const char* question : {"/tools/find", "/studies/", "/series", "/tools/bulk-content"}) {
    orthanc.fail(question, 1);
    const RestResponse answer = ask("1.2.3.1");
    EXPECT_EQ(answer.status, 503) << question;
    EXPECT_EQ(error_code(answer), "orthanc_unavailable");
  }
  NoticeBoard blind;
  ConfigurationInForce nothing(blind, clock);
  const RestApi api(blind, users, gate, clock, orthanc, nothing);
  const RestResponse answer = api.answer({"POST", "/radfm/api/v1/studies/1.2.3.1/report", {}, {{"x-radfm", "1"}}});
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(error_code(answer), "no_rules");
  EXPECT_EQ(job_count(), 0U);
}

}  // namespace
}  // namespace radfm::plugin
