// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/orthanc-plugin/rest_fixture.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;
using Parameters = std::map<std::string, std::string>;

constexpr const char* list_path = "/radfm/api/v1/jobs";

class RestJobsTest : public RestFixture {
 protected:
  static std::string path_of(db::JobId id) { return std::string(list_path) + "/" + std::to_string(id); }
  // A study that is in Orthanc, and its job.
  db::JobId add_study(const std::string& patient_name) {
    const std::string uid = "1.2.3." + std::to_string(++studies_);  // the UID that the fake gives it
    orthanc.receive(uid, "s", uid + ".1");
    orthanc.tell(uid, "PatientName", patient_name);
    return add_job(uid);
  }
  std::vector<db::JobId> listed(const Parameters& query) {
    const RestResponse answer = get(list_path, query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::vector<db::JobId> ids;
    if (answer.status == 200)
      for (const json& row : json::parse(answer.body)) ids.push_back(row.at("id"));
    return ids;
  }
  json job_answer(db::JobId id) { return json::parse(get(path_of(id)).body); }
  RestResponse ask_again(const std::string& path, const std::string& etag, const Parameters& query = {}) {
    return rest.answer({"GET", path, query, {{"if-none-match", etag}}});
  }
  RestResponse act(db::JobId id, const std::string& action, const std::string& if_match, const std::string& body = "") {
    return post(path_of(id) + "/" + action, {{"x-radfm", "1"}, {"if-match", if_match}}, body);
  }
  static std::string version(const json& job) { return "\"v" + std::to_string(job.at("version").get<std::int64_t>()) + "\""; }

 private:
  int studies_ = 0;
};

TEST_F(RestJobsTest, FiltersNarrowTheList) {
  // Aim: several states at once, lane, rule and error, alone and together.
  const db::JobId first = add_job("1.2.1"), second = add_job("1.2.2"), third = add_job("1.2.3");
  EXPECT_TRUE(queue()->cancel(first, "test"));
  EXPECT_TRUE(queue()->rush(third, "test"));
  const auto open = queue();
  const auto claimed = open->claim(db::this_holder(clock)).value();
  ASSERT_EQ(claimed->first.id, third);
  ASSERT_TRUE(open->fail(claimed->second, permanent_error("no_geometry", "x")));
  EXPECT_EQ(listed({{"state", "queued"}}), std::vector{second});
  EXPECT_EQ(listed({{"state", "queued,cancelled"}}), (std::vector{second, first}));
  EXPECT_EQ(listed({{"state", "leased,delivering"}}), std::vector<db::JobId>());
  EXPECT_EQ(listed({{"lane", "stat"}}), std::vector{third});
  EXPECT_EQ(listed({{"error", "no_geometry"}}), std::vector{third});
  EXPECT_EQ(listed({{"error", "no_geometry"}, {"lane", "routine"}}), std::vector<db::JobId>());
  EXPECT_EQ(listed({{"rule", "all"}}), (std::vector{third, second, first}));
  EXPECT_EQ(listed({{"rule", "All"}}), std::vector<db::JobId>());
}

TEST_F(RestJobsTest, TheNumberOfAJobFindsIt) {
  // Aim: that job alone, whatever else the number fits; under the other filters none rather than another; a number that no job has is
  // searched for like any text.
  const db::JobId first = add_study("Mustermann^Erika"), second = add_study("Mustermann^Max");
  const std::string number = std::to_string(first);
  EXPECT_EQ(listed({{"find", number}}), std::vector{first});
  EXPECT_EQ(listed({{"find", number}, {"state", "queued"}}), std::vector{first});
  EXPECT_EQ(listed({{"find", number}, {"state", "dead"}}), std::vector<db::JobId>());
  EXPECT_EQ(listed({{"find", number}, {"before", std::to_string(second)}}), std::vector{first});
  EXPECT_EQ(listed({{"find", std::to_string(second)}, {"before", std::to_string(second)}}), std::vector<db::JobId>());
  EXPECT_TRUE(orthanc.requests.empty() || orthanc.requests.back() != "/tools/find");
  orthanc.tell("1.2.3.2", "AccessionNumber", "4711");
  EXPECT_EQ(listed({{"find", "4711"}}), std::vector{second});
  EXPECT_EQ(listed({{"find", "9223372036854775807"}}), std::vector<db::JobId>());
  EXPECT_EQ(listed({{"find", "99999999999999999999"}}), std::vector<db::JobId>());
  orthanc.tell("1.2.3.2", "AccessionNumber", "0" + number);
  EXPECT_EQ(listed({{"find", "0" + number}}), std::vector{second});  // as no job's number is written
}

TEST_F(RestJobsTest, WhatOrthancFindsIsListed) {
  // Aim: jobs of the studies that fit, under the other filters; nobody who fits is an empty list, not the whole one.
  const db::JobId erika = add_study("Mustermann^Erika"), max = add_study("Mustermann^Max");
  add_study("Meier^Anna");
  EXPECT_EQ(listed({{"find", "mustermann"}}), (std::vector{max, erika}));
  EXPECT_EQ(listed({{"find", "mustermann"}, {"limit", "1"}}), std::vector{max});
  EXPECT_EQ(listed({{"find", "mustermann"}, {"before", std::to_string(max)}}), std::vector{erika});
  EXPECT_EQ(listed({{"find", "1.2.3.1"}}), std::vector{erika});
  EXPECT_EQ(listed({{"find", "Schmidt"}}), std::vector<db::JobId>());
}

TEST_F(RestJobsTest, ASearchThatFailsIsSaid) {
  // Aim: 503 and no list, as if nobody fitted; too many is 400; neither repeats what was looked for.
  add_study("Mustermann^Erika");
  orthanc.fail("/tools/find", 1);
  const RestResponse failed = get(list_path, {{"find", "Mustermann"}});
  EXPECT_EQ(failed.status, 503);
  EXPECT_EQ(error_code(failed), "orthanc_unavailable");
  EXPECT_EQ(failed.body.find("Mustermann"), std::string::npos);
  for (std::size_t i = 0; i <= db::filter_studies_max; ++i) {
    orthanc.receive("x" + std::to_string(i), "s", "1.7." + std::to_string(i));
    orthanc.tell("x" + std::to_string(i), "PatientID", "Mustermann");
  }
  const RestResponse wide = get(list_path, {{"find", "Mustermann"}});
  EXPECT_EQ(wide.status, 400);
  EXPECT_EQ(error_code(wide), "search_too_wide");
  EXPECT_EQ(wide.body.find("Mustermann"), std::string::npos);
}

TEST_F(RestJobsTest, PatientsOnlyWhereTheyAreAskedFor) {
  // Aim: without the parameter Orthanc is asked nothing and nobody is named; with it each row says whose it is, or null.
  const db::JobId erika = add_study("Mustermann^Erika");
  add_job("1.2.840.9");  // of no study in Orthanc
  orthanc.requests.clear();
  EXPECT_EQ(get(list_path).body.find("patient"), std::string::npos);
  EXPECT_TRUE(orthanc.requests.empty());
  const json rows = json::parse(get(list_path, {{"patients", "1"}}).body);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0].at("patient").is_null());
  EXPECT_EQ(rows[1].at("patient").at("name"), "Mustermann^Erika");
  EXPECT_EQ(job_answer(erika).at("patient").at("name"), "Mustermann^Erika");
  EXPECT_TRUE(job_answer(erika + 1).at("patient").is_null());
}

TEST_F(RestJobsTest, ATroubleOfOrthancFailsNoList) {
  // Aim: list and job are there, without the patient.
  const db::JobId id = add_study("Mustermann^Erika");
  orthanc.fail("/tools/bulk-content", 2);
  const json rows = json::parse(get(list_path, {{"patients", "1"}}).body);
  EXPECT_EQ(rows.at(0).at("id"), id);
  EXPECT_TRUE(rows.at(0).at("patient").is_null());
  const RestResponse job = get(path_of(id));
  EXPECT_EQ(job.status, 200);
  EXPECT_TRUE(json::parse(job.body).at("patient").is_null());
}

TEST_F(RestJobsTest, WhatWaitsSaysForHowLong) {
  // Aim: jobs before it and in work, times what a report takes; unknown before the first report, while paused, without a worker.
  add_job("1.2.1");
  const db::JobId first = add_job("1.2.2"), second = add_job("1.2.3");
  const auto waits = [&](db::JobId id) { return job_answer(id).at("wait_seconds"); };
  ASSERT_TRUE(queue()->worker_alive("ready"));
  EXPECT_TRUE(waits(first).is_null());
  const auto open = queue();
  const auto done = open->claim(db::this_holder(clock)).value();
  clock.advance(30'000);  // that is how long a report takes
  const auto& [job, lease] = *done;
  const db::OutboxObject sr{"sr", sr_class, job.uids.sr_sop_instance_uid, {1}};
  ASSERT_TRUE(open->fill_outbox(lease, open->next_revision(lease).value(), {sr}, {"orthanc"}, "text"));
  deliver(job);
  EXPECT_EQ(waits(first), 0);
  EXPECT_EQ(waits(second), 30);
  const db::JobId in_work = open->claim(db::this_holder(clock)).value()->first.id;
  ASSERT_EQ(in_work, first);
  EXPECT_TRUE(waits(first).is_null());
  EXPECT_TRUE(job_answer(first).at("ahead").is_null());
  EXPECT_EQ(job_answer(second).at("ahead"), 0);
  EXPECT_EQ(waits(second), 30);
  const json rows = json::parse(get(list_path, {{"state", "queued"}}).body);
  EXPECT_EQ(rows.at(0).at("ahead"), 0);
  EXPECT_EQ(rows.at(0).at("wait_seconds"), 30);
  post("/radfm/api/v1/pause");
  EXPECT_TRUE(waits(second).is_null());
}

TEST_F(RestJobsTest, AJobSaysWhatIsDoneWithItAndWhereItWent) {
  // Aim: the copy of the rule's action, and each delivery with its end.
  const db::JobId id = add_job("1.2.1");
  EXPECT_EQ(job_answer(id).at("action"), to_json(RuleAction()));
  EXPECT_EQ(job_answer(id).at("deliveries"), json::array());
  deliver(store_draft("text"));
  const json there = {{"role", "sr"}, {"destination", "orthanc"}, {"delivered", true}, {"tries", 1}, {"error", nullptr}, {"predecessor_waits", false}};
  EXPECT_EQ(job_answer(id).at("deliveries"), json::array({there}));
}

TEST_F(RestJobsTest, WhoHasItAlreadyIsToldSo) {
  // Aim: list, job and status: 304 without a body and with the tag, until something changes.
  const db::JobId id = add_study("Mustermann^Erika");
  ASSERT_TRUE(queue()->worker_alive("ready"));
  const std::pair<std::string, Parameters> questions[] = {
      {list_path, {}}, {list_path, {{"patients", "1"}}}, {path_of(id), {}}, {"/radfm/api/v1/status", {}}};
  std::vector<std::string> etags;
  for (const auto& [path, query] : questions) {
    etags.push_back(get(path, query).etag);
    ASSERT_FALSE(etags.back().empty()) << path;
    clock.advance(1'500);  // the status tells the time, too
    const RestResponse again = ask_again(path, etags.back(), query);
    EXPECT_EQ(again.status, 304) << path;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(again.etag, etags.back());
    EXPECT_EQ(ask_again(path, "\"other\"", query).status, 200);
  }
  ASSERT_TRUE(queue()->cancel(id, "test"));
  for (std::size_t i = 0; i < etags.size(); ++i) {
    const auto& [path, query] = questions[i];
    const RestResponse changed = ask_again(path, etags[i], query);
    EXPECT_EQ(changed.status, 200) << path;
    EXPECT_NE(changed.etag, etags[i]);
  }
}

TEST_F(RestJobsTest, AnErrorIsNeverNotModified) {
  // Aim: `*` fits every answer, but an error is told.
  EXPECT_EQ(ask_again(path_of(4711), "*").status, 404);
  EXPECT_EQ(ask_again(list_path, "*", {{"state", "deaf"}}).status, 400);
  EXPECT_EQ(ask_again(list_path, "*").status, 304);
}

TEST_F(RestJobsTest, AnActOnWhatHasMovedOnIsRefused) {
  // Aim: each act by the version and by the whole tag: done on the job as it was seen, 412 and nothing done on any other.
  const db::JobId id = add_job("1.2.1");
  const std::string seen = version(job_answer(id)), tag = get(path_of(id)).etag;
  EXPECT_EQ(tag.substr(0, seen.size() - 1), seen.substr(0, seen.size() - 1));
  EXPECT_EQ(act(id, "rush", tag).status, 200);
  for (const char* action : {"rush", "cancel", "retry", "rerun", "release"}) {
    for (const std::string& old : {seen, tag}) {
      const RestResponse refused = act(id, action, old);
      EXPECT_EQ(refused.status, 412) << action << refused.body;
      EXPECT_EQ(error_code(refused), "changed_meanwhile");
    }
  }
  EXPECT_EQ(act(id, "withdraw", seen, R"({"reason": "quality", "why": "x"})").status, 412);
  EXPECT_EQ(jobs().front().state, JobState::queued);
  EXPECT_EQ(act(id, "cancel", version(job_answer(id))).status, 200);
  EXPECT_EQ(act(id, "retry", version(job_answer(id))).status, 200);
  deliver(store_draft("text"));
  EXPECT_EQ(act(id, "rerun", version(job_answer(id))).status, 200);
  EXPECT_EQ(act(id, "withdraw", version(job_answer(id)), R"({"reason": "quality", "why": "x"})").status, 200);
}

TEST_F(RestJobsTest, WithoutAVersionItIsDone) {
  // Aim: no header and `*` ask for no version; a malformed one is 400 and nothing is done.
  const db::JobId id = add_job("1.2.1");
  for (const char* bad : {"v1", "\"1\"", "\"v1\", \"v2\"", "x"}) {
    const RestResponse refused = act(id, "cancel", bad);
    EXPECT_EQ(refused.status, 400) << bad;
    EXPECT_EQ(error_code(refused), "bad_request");
    EXPECT_EQ(act(id, "withdraw", bad, R"({"reason": "quality", "why": "x"})").status, 400);
  }
  EXPECT_EQ(jobs().front().state, JobState::queued);
  EXPECT_EQ(act(id, "cancel", "*").status, 200);
  EXPECT_EQ(post(path_of(id) + "/retry").status, 200);
}

TEST_F(RestJobsTest, ProgressIsNoNewVersion) {
  // Aim: the tag changes with the picture, the version does not: who watches a draft being written can still cancel it.
  const db::JobId id = add_job("1.2.1");
  const auto open = queue();
  const auto claimed = open->claim(db::this_holder(clock)).value();
  const RestResponse before = get(path_of(id));
  ASSERT_TRUE(open->set_stage(claimed->second, JobStage::generating, 1, 2, "FIN"));
  const RestResponse after = get(path_of(id));
  EXPECT_NE(before.etag, after.etag);
  EXPECT_EQ(json::parse(before.body).at("version"), json::parse(after.body).at("version"));
  EXPECT_EQ(act(id, "cancel", before.etag).status, 200);
}

}  // namespace
}  // namespace radfm::plugin
