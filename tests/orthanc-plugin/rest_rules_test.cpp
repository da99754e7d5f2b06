// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "core/dicom_time.h"
#include "orthanc-plugin/audit_desk.h"
#include "orthanc-plugin/index_reading.h"
#include "tests/orthanc-plugin/rest_fixture.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* rules_path = "/radfm/api/v1/rules";
constexpr const char* test_path = "/radfm/api/v1/rules/test";
constexpr const char* reload_path = "/radfm/api/v1/rules/reload";

class RestRulesTest : public RestFixture {
 protected:
  void configure_rules(const json& rules) {
    configure(json{{"orthanc", {{"url", "http://127.0.0.1:8042"}}}, {"rules", rules}}.dump());
  }
  RestResponse ask(const std::string& study) { return post(test_path, {{"x-radfm", "1"}}, json{{"study", study}}.dump()); }
  static json body(const RestResponse& response) { return json::parse(response.body); }
  json status_of_rules() { return body(get("/radfm/api/v1/status")).at("rules"); }
  void receive(const std::string& study, const std::string& sop_class = ct_class, const std::string& from = "MODALITY") {
    orthanc.receive(study, "s", "1.9." + std::to_string(++uids_), sop_class, from);
    orthanc.stable(study);
  }

 private:
  int uids_ = 0;
};

TEST_F(RestRulesTest, TellsWhatIsInForce) {
  // Aim: each rule as the configuration would say it, with every default; the file's name without its folder; since when.
  configure_rules({{{"name", "emergency"}, {"match", {{"calling_aets", {"*_ER"}}, {"age_min_years", 18}}}, {"action", {{"lane", "stat"}}}},
                   {{"name", "rest"}, {"max_study_age_days", nullptr}}});
  clock.advance(5'000);
  work();
  const json told = body(get(rules_path));
  EXPECT_EQ(told.at("file"), "radfm-node.json");
  EXPECT_EQ(told.at("read_at"), format_iso_utc(clock.wall));
  EXPECT_EQ(told.at("refused"), json::array());
  ASSERT_EQ(told.at("rules").size(), 2U);
  EXPECT_EQ(told.at("rules")[0].at("match"), (json{{"calling_aets", {"*_ER"}}, {"age_min_years", 18}}));
  EXPECT_EQ(told.at("rules")[0].at("action").at("lane"), "stat");
  EXPECT_EQ(told.at("rules")[0].at("max_study_age_days"), 7);
  EXPECT_EQ(told.at("rules")[1].at("match"), json::object());
  EXPECT_TRUE(told.at("rules")[1].at("max_study_age_days").is_null());
  EXPECT_EQ(status_of_rules(), (json{{"in_force", 2}, {"read_at", format_iso_utc(clock.wall)}, {"refused", json::array()}}));
}

TEST_F(RestRulesTest, ReloadsAtOnce) {
  // Aim: what is answered is in force for the next study, without a look of the plugin's thread in between.
  clock.advance(5'000);
  configure_rules({{{"name", "new"}}});
  const RestResponse answer = post(reload_path);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(body(answer), (json{{"rules", 1}, {"read_at", format_iso_utc(clock.wall)}}));
  EXPECT_EQ(body(get(rules_path)).at("rules")[0].at("name"), "new");
  clock.advance(2'000);
  receive("a");
  work();
  EXPECT_EQ(jobs().front().rule_name, "new");
}

TEST_F(RestRulesTest, RefusesAFileWithMistakes) {
  // Aim: each mistake is told, what was in force stays, studies are settled by it, and status says both until the file is good.
  configure_rules({{{"name", "old"}}});
  work();
  const std::string since = format_iso_utc(clock.wall);
  clock.advance(5'000);
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": [{"name": "new", "match": {"modalites": ["CT"]}}], "queue": {"lease_sm": 1}})");
  const RestResponse answer = post(reload_path);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(error_code(answer), "configuration_refused");
  const json mistakes = body(answer).at("error").at("mistakes");
  ASSERT_EQ(mistakes.size(), 2U);
  EXPECT_THAT(mistakes.dump(), HasSubstr("modalites"));
  EXPECT_THAT(mistakes.dump(), HasSubstr("lease_sm"));
  EXPECT_THAT(body(answer).at("error").at("message").get<std::string>(), HasSubstr("what was read at " + since + " stays in force (1 rules)"));
  EXPECT_EQ(status_of_rules(), (json{{"in_force", 1}, {"read_at", since}, {"refused", mistakes}}));
  EXPECT_EQ(body(get(rules_path)).at("refused"), mistakes);
  receive("a");
  work();
  EXPECT_EQ(jobs().front().rule_name, "old");
  configure_rules({{{"name", "new"}}});
  EXPECT_EQ(post(reload_path).status, 200);
  EXPECT_EQ(status_of_rules().at("refused"), json::array());
}

TEST_F(RestRulesTest, WithoutRulesInForce) {
  // Aim: a node that started with a wrong file has none, says so, shows no study to anybody, and takes the good file when it is told to.
  configure("{ this is no JSON");
  start();
  node->step();
  EXPECT_EQ(status_of_rules().at("in_force"), 0);
  EXPECT_TRUE(status_of_rules().at("read_at").is_null());
  EXPECT_EQ(status_of_rules().at("refused").size(), 1U);
  receive("a");
  EXPECT_EQ(ask(FakeOrthanc::id("a")).status, 503);
  EXPECT_EQ(error_code(ask(FakeOrthanc::id("a"))), "no_rules");
  const RestResponse refused = post(reload_path);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(body(refused).at("error").at("message").get<std::string>(), HasSubstr("nothing is in force"));
  configure_rules({{{"name", "first"}}});
  EXPECT_EQ(post(reload_path).status, 200);
  EXPECT_EQ(body(ask(FakeOrthanc::id("a"))).at("rule"), "first");
}

TEST_F(RestRulesTest, TheQueuesSettingsAreReloadedToo) {
  // Aim: all of the file, not the rules alone: a limit of revisions holds from the next study on.
  clock.advance(2'000);
  receive("a");
  work();
  store_draft("text");
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"automatic_revisions_max": 0}})");
  EXPECT_EQ(post(reload_path).status, 200);
  clock.advance(2'000);
  receive("a");
  work();
  EXPECT_EQ(jobs().front().outcome, "skipped: revision_limit");
}

TEST_F(RestRulesTest, TheTestersAnswerIsWhatHappens) {
  // Aim: for each study, what was answered before it was settled is what its job says then: rule, skip, reasons and action.
  configure_rules({{{"name", "no emergencies"}, {"match", {{"calling_aets", {"ER*"}}}}, {"action", {{"off", true}}}},
                   {{"name", "children"}, {"match", {{"age_max_years", 17}}}},
                   {{"name", "old ones"}, {"match", {{"calling_aets", {"OLD"}}}}, {"max_study_age_days", 3}},
                   {{"name", "CT"}, {"match", {{"modalities", {"CT"}}, {"calling_aets", {"CT?", "OTHER"}}}}, {"action", {{"lane", "stat"}, {"max_new_tokens", 17}}}}});
  work();
  clock.advance(2'000);
  receive("by CT", ct_class, "CT1");
  receive("emergency", ct_class, "ER_CT");
  receive("nobody's", ct_class, "MODALITY");
  receive("no image", sr_class, "CT1");
  receive("child", ct_class, "CT1");
  orthanc.tell("child", "PatientBirthDate", "20200101");
  receive("years old", ct_class, "OLD");
  orthanc.tell("years old", "StudyDate", "20200101");
  receive("mixed", ct_class, "ZZ");
  orthanc.receive("mixed", "t", "1.8.1", ct_class, "OTHER");
  std::map<std::string, json> answers;
  for (const char* study : {"by CT", "emergency", "nobody's", "no image", "child", "years old", "mixed"}) {
    const RestResponse answer = ask(FakeOrthanc::id(study));
    ASSERT_EQ(answer.status, 200) << answer.body;
    answers[FakeOrthanc::id(study)] = body(answer);
  }
  orthanc.stable("mixed");
  clock.advance(2 * stable_age_ms);
  work();
  const std::vector<db::Job> made = jobs();
  ASSERT_EQ(made.size(), answers.size());
  std::set<std::string> rules, skips;
  for (const db::Job& job : made) {
    const json& told = answers.at(job.orthanc_study_id);
    EXPECT_EQ(told.at("study"), job.identity.study_instance_uid);
    EXPECT_EQ(told.at("rule").is_null() ? "" : told.at("rule").get<std::string>(), job.rule_name);
    EXPECT_EQ(job.outcome, told.at("skip") == "" ? "" : "skipped: " + told.at("skip").get<std::string>());
    if (!told.at("action").is_null()) {
      EXPECT_EQ(told.at("action"), to_json(job.action));
    }
    rules.insert(job.rule_name);
    skips.insert(told.at("skip").get<std::string>());
  }
  EXPECT_EQ(rules, (std::set<std::string>{"", "no emergencies", "children", "old ones", "CT"}));
  EXPECT_EQ(skips, (std::set<std::string>{"", "off", "no_rule", "no_image", "old"}));
  const json why = answers.at(FakeOrthanc::id("nobody's")).at("trials");
  ASSERT_EQ(why.size(), 4U);
  EXPECT_EQ(why[3], (json{{"rule", "CT"}, {"fits", false}, {"why", "calling AE title MODALITY is none of CT?, OTHER"}}));
}

TEST_F(RestRulesTest, AStudyByEachOfItsNames) {
  // Aim: Orthanc's identifier, Study Instance UID and accession number lead to the same study, with its patient for whoever asks.
  receive("a");
  orthanc.tell("a", "AccessionNumber", "ACC-7");
  orthanc.tell("a", "PatientName", "ROE^RICHARD");
  const json by_id = body(ask(FakeOrthanc::id("a")));
  EXPECT_EQ(by_id.at("study"), "1.2.3.1");
  EXPECT_EQ(by_id.at("patient").at("name"), "ROE^RICHARD");
  EXPECT_EQ(by_id.at("patient").at("accession"), "ACC-7");
  EXPECT_EQ(by_id.at("patient").at("modalities"), json{"CT"});
  EXPECT_EQ(body(ask("1.2.3.1")), by_id);
  EXPECT_EQ(body(ask("ACC-7")), by_id);
}

TEST_F(RestRulesTest, AStudyThatIsNotThereOrNotTheOnlyOne) {
  // Aim: unknown by each kind of name, an accession number of two studies, a number that is one study's UID and another's accession number.
  receive("a");
  receive("b");
  for (const std::string& name : {FakeOrthanc::id("c"), std::string("1.2.3.99"), std::string("ACC-8")}) {
    EXPECT_EQ(ask(name).status, 404) << name;
    EXPECT_EQ(error_code(ask(name)), "study_unknown");
  }
  orthanc.tell("a", "AccessionNumber", "ACC-7");
  orthanc.tell("b", "AccessionNumber", "ACC-7");
  EXPECT_EQ(ask("ACC-7").status, 409);
  EXPECT_EQ(error_code(ask("ACC-7")), "study_ambiguous");
  orthanc.tell("a", "AccessionNumber", "1.2.3.2");
  EXPECT_EQ(body(ask("1.2.3.2")).at("study"), "1.2.3.2");
}

TEST_F(RestRulesTest, WhatIsNoQuestion) {
  // Aim: other bodies and names that Orthanc would take for patterns are refused without asking it; at the limit of a name, and one past it.
  for (const char* text : {"", "[]", "{}", R"({"study": 7})", R"({"study": "1.2", "x": 1})", R"({"studie": "1.2"})", "{\"study\": \"\xff\"}", "1.2.3"}) {
    const RestResponse answer = post(test_path, {{"x-radfm", "1"}}, text);
    EXPECT_EQ(answer.status, 400) << text;
    EXPECT_EQ(error_code(answer), "bad_request");
  }
  orthanc.requests.clear();
  for (const char* name : {"", "*", "ACC?", "A\\B", "A\nB", "A\x7f"}) EXPECT_EQ(ask(name).status, 400) << name;
  EXPECT_EQ(ask(std::string(study_name_bytes_max + 1, '7')).status, 400);
  EXPECT_TRUE(orthanc.requests.empty());
  EXPECT_EQ(ask(std::string(study_name_bytes_max, '7')).status, 404);
}

TEST_F(RestRulesTest, TroubleWithOrthancIsTold) {
  // Aim: an Orthanc that does not answer is 503, a study that is deleted meanwhile 404, one that is too large 409 by name.
  receive("a");
  orthanc.fail("/tools/find", 1);
  EXPECT_EQ(ask("1.2.3.1").status, 503);
  orthanc.fail("/series", 1);
  EXPECT_EQ(error_code(ask("1.2.3.1")), "orthanc_unavailable");
  for (std::size_t i = 0; i <= study_instances_max; ++i) orthanc.receive("large", "s", "1.7." + std::to_string(i));
  EXPECT_EQ(ask(FakeOrthanc::id("large")).status, 409);
  EXPECT_EQ(error_code(ask(FakeOrthanc::id("large"))), "study_too_large");
  orthanc.before = [&, removed = false](const std::string& request) mutable {
    if (removed || request.find("bulk-content") == std::string::npos) return;
    removed = true;
    orthanc.remove("a");
  };
  EXPECT_THAT(ask("1.2.3.1").status, ::testing::AnyOf(404, 503));
}

TEST_F(RestRulesTest, OneStudyIsReadAtATime) {
  // Aim: while the index of one is read for a person, another is told to come again, and then answered.
  receive("a");
  bool asked = false;
  int inside = 0;
  orthanc.before = [&](const std::string&) {
    if (asked) return;
    asked = true;
    std::thread other([&] {
      const RestResponse answer = ask("1.2.3.1");
      inside = answer.status;
      EXPECT_EQ(error_code(answer), "too_busy");
      EXPECT_GE(answer.retry_after_s, 1);
    });
    other.join();
  };
  EXPECT_EQ(ask("1.2.3.1").status, 200);
  EXPECT_EQ(inside, 503);
  EXPECT_EQ(ask("1.2.3.1").status, 200);
}

TEST_F(RestRulesTest, TestsOfOneUserAreCounted) {
  // Aim: the burst passes, the next test is told when to come again; a change is counted apart.
  for (int i = 0; i < index_rate.burst; ++i) ASSERT_EQ(ask("1.2.99").status, 404) << i;
  EXPECT_EQ(ask("1.2.99").status, 429);
  EXPECT_EQ(post(reload_path).status, 200);
}

TEST_F(RestRulesTest, AnotherSitesPageTestsNothing) {
  // Aim: a POST that changes nothing is guarded like one that does: its answer costs Orthanc work.
  EXPECT_EQ(error_code(post(test_path, {}, R"({"study": "1.2.3.1"})")), "foreign_request");
  EXPECT_EQ(post(test_path, {{"content-type", "application/json"}}, R"({"study": "1.2.3.1"})").status, 404);
}

TEST_F(RestRulesTest, ActsStandInTheTrail) {
  // Aim: who had the rules read, what came of it, and whose study was shown; nothing for a test that found none.
  receive("a");
  const auto noted = [&](const char* path, const RestResponse& answer) {
    const auto note = note_of({"POST", path, {}, {}}, answer, "administrator:carl");
    return note ? note->kind + ": " + note->detail + " by " + note->actor : "nothing";
  };
  EXPECT_EQ(noted(test_path, ask(FakeOrthanc::id("a"))), "viewed: study 1.2.3.1 by administrator:carl");
  EXPECT_EQ(noted(test_path, ask("1.2.99")), "nothing");
  EXPECT_EQ(noted(reload_path, post(reload_path)), "rules_reloaded: 1 rules, read at " + format_iso_utc(clock.wall) + " by administrator:carl");
  configure("{");
  EXPECT_EQ(noted(reload_path, post(reload_path)), "rules_refused: the configuration has mistakes by administrator:carl");
}

}  // namespace
}  // namespace radfm::plugin
