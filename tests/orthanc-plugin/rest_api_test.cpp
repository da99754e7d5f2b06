// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rest_api.h"

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "core/base64.h"
#include "core/digest.h"
#include "db/job_json.h"
#include "orthanc-plugin/page_files.h"
#include "tests/orthanc-plugin/rest_fixture.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

using RestApiTest = RestFixture;

TEST_F(RestApiTest, PageWithAndWithoutSlash) {
  // Aim: /radfm and /radfm/ are the page, its files lie beside it and are its own.
  for (const char* path : {"/radfm", "/radfm/"}) {
    const RestResponse page = get(path);
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_NE(page.body.find("/radfm/page/begin.js"), std::string::npos);
  }
  EXPECT_EQ(get("/radfm/page/look.css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(get("/radfm/page/icon.svg").content_type, "image/svg+xml; charset=utf-8");
  EXPECT_NE(get("/radfm/page/node_client.js").body.find("X-RadFM"), std::string::npos);
  for (const char* other : {"/radfm/page", "/radfm/page/index.html", "/radfm/page/explorer.js", "/radfm/page/page.js.map"})
    EXPECT_EQ(get(other).status, 404) << other;
}

TEST_F(RestApiTest, ThePageAsksForAllItsModulesAtOnce) {
  // Aim: what page.js imports, and what that imports, is named in the page itself: a browser that finds out by reading one after
  // the other shows the queue several answers later.
  static const std::regex imported(R"re(from "\./([a-z_]+[.]js)")re"), preloaded(R"re(rel="modulepreload" href="/radfm/page/([a-z_]+[.]js)")re");
  const auto names = [](const std::string& text, const std::regex& pattern) {
    std::set<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) found.insert((*at)[1]);
    return found;
  };
  std::set<std::string> reached = {"page.js"};
  std::vector<std::string> unread = {"page.js"};
  while (!unread.empty()) {
    const std::string text = get("/radfm/page/" + unread.back()).body;
    unread.pop_back();
    for (const std::string& name : names(text, imported))
      if (reached.insert(name).second) unread.push_back(name);
  }
  EXPECT_GT(reached.size(), 10U);
  EXPECT_EQ(names(get("/radfm/").body, preloaded), reached);
}

TEST_F(RestApiTest, ThePageBringsItsLookAlong) {
  // Aim: nothing but the page itself is waited for before the first paint, and of styles in a page only this one is allowed.
  const std::string page = get("/radfm/").body;
  const std::size_t begin = page.find("<style>") + 7, end = page.find("</style>");
  ASSERT_LT(begin, end);
  const std::string look = page.substr(begin, end - begin);
  EXPECT_EQ(look, get("/radfm/page/look.css").body);
  EXPECT_EQ(page.find("<link rel=\"stylesheet\""), std::string::npos);
  EXPECT_NE(security_headers().at("Content-Security-Policy").find("style-src 'self' 'sha256-" + base64(sha256(look)) + "';"), std::string::npos);
  // The modules wait for begin.js, which waits for the paint.
  EXPECT_LT(page.find("<template id=\"modules\">"), page.find("modulepreload"));
  EXPECT_GT(page.find("</template>"), page.rfind("modulepreload"));
}

TEST_F(RestApiTest, WhatThePageLoadsIsThere) {
  // Aim: each file that the page or one of its scripts names is served, as what it is.
  static const std::regex named(R"re((?:/radfm/page|from "\.)/([a-z_]+[.](?:css|js|svg)))re");
  std::set<std::string> wanted;
  std::string texts = get("/radfm/").body + get("/radfm/study/1.2.3").body;
  for (const PageFile& file : page_files()) texts += file.text;
  for (std::sregex_iterator at(texts.begin(), texts.end(), named), end; at != end; ++at) wanted.insert((*at)[1]);
  EXPECT_GT(wanted.size(), 15u);
  for (const std::string& name : wanted) {
    const RestResponse file = get("/radfm/page/" + name);
    EXPECT_EQ(file.status, 200) << name;
    EXPECT_EQ(file.content_type.starts_with("text/javascript"), name.ends_with(".js")) << name;
  }
}

TEST_F(RestApiTest, PageLoadsNothingFromOutside) {
  // Aim: no address of another host in what is served, and a policy that would forbid it.
  EXPECT_EQ(get("/radfm/").body.find("://"), std::string::npos);
  for (const PageFile& file : page_files()) {
    std::string text(file.text);
    if (file.name.ends_with(".svg")) text.erase(text.find("http://www.w3.org/2000/svg"), 7);  // a name that nobody loads
    EXPECT_EQ(text.find("://"), std::string::npos) << file.name;
  }
  EXPECT_NE(security_headers().at("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(security_headers().at("Content-Security-Policy").find("unsafe"), std::string::npos);
}

TEST_F(RestApiTest, UnknownAddressesAndMethods) {
  // Aim: 404 and 405 are told apart, and 405 names what is allowed.
  for (const char* path : {"/radfm/x", "/radfm/api", "/radfm/api/v1", "/radfm/api/v2/jobs",
                           "/radfm/api/v1/jobs/1/explode", "/other"})
    EXPECT_EQ(get(path).status, 404) << path;
  EXPECT_EQ(post("/radfm/api/v1/jobs").status, 405);
  EXPECT_EQ(post("/radfm/api/v1/jobs").allow, "GET");
  EXPECT_EQ(get("/radfm/api/v1/pause").status, 405);
  EXPECT_EQ(get("/radfm/api/v1/pause").allow, "POST");
  EXPECT_EQ(rest.answer({"DELETE", "/radfm/api/v1/jobs/1/retry", {}, {}}).status, 405);
}

TEST_F(RestApiTest, ParametersAreChecked) {
  // Aim: each parameter at its limit and one past it, and what is no parameter at all.
  const auto with = [&](const char* name, const std::string& value) {
    return get("/radfm/api/v1/jobs", {{name, value}}).status;
  };
  EXPECT_EQ(with("limit", std::to_string(jobs_per_answer_max)), 200);
  EXPECT_EQ(with("limit", std::to_string(jobs_per_answer_max + 1)), 400);
  for (const char* bad : {"0", "-1", "x", "", "1x", "99999999999999999999"}) {
    EXPECT_EQ(with("limit", bad), 400) << bad;
    EXPECT_EQ(with("before", bad), 400) << bad;
    EXPECT_EQ(get("/radfm/api/v1/jobs/" + std::string(bad) + "x").status, 400) << bad;
  }
  EXPECT_EQ(with("state", "dead"), 200);
  EXPECT_EQ(with("state", "deaf"), 400);
  EXPECT_EQ(with("study", "1.2.3"), 200);
  EXPECT_EQ(with("study", "1.2.3' OR 1=1"), 400);
  EXPECT_EQ(with("stat", "dead"), 400);
}

TEST_F(RestApiTest, JobsAsList) {
  // Aim: the list's fields are those of queue list --json, newest first, and filters hold.
  const db::JobId first = add_job("1.2.1"), second = add_job("1.2.2");
  const json all = json::parse(get("/radfm/api/v1/jobs").body);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("id"), second);
  for (const char* field : {"id", "state", "outcome", "study", "stage", "attempts", "error", "progress",
                            "rule", "created", "updated", "due", "revision", "overdue", "lane"})
    EXPECT_TRUE(all[0].contains(field)) << field;
  EXPECT_TRUE(all[0].at("error").is_null());
  const json of_study = json::parse(get("/radfm/api/v1/jobs", {{"study", "1.2.1"}}).body);
  ASSERT_EQ(of_study.size(), 1U);
  EXPECT_EQ(of_study[0].at("id"), first);
  EXPECT_EQ(json::parse(get("/radfm/api/v1/jobs", {{"before", std::to_string(second)}}).body).size(), 1U);
  EXPECT_EQ(json::parse(get("/radfm/api/v1/jobs", {{"limit", "1"}}).body).size(), 1U);
  EXPECT_TRUE(json::parse(get("/radfm/api/v1/jobs", {{"state", "dead"}}).body).empty());
}

TEST_F(RestApiTest, OneJobWithItsWay) {
  // Aim: one job shows events, attempts and the text; one that does not exist is 404.
  const db::JobId id = add_job("1.2.1");
  store_draft("FINDINGS: none.");
  const json job = json::parse(get("/radfm/api/v1/jobs/" + std::to_string(id)).body);
  EXPECT_EQ(job.at("state"), "delivering");
  EXPECT_EQ(job.at("report_text"), "FINDINGS: none.");
  EXPECT_EQ(job.at("attempt_log").size(), 1U);
  EXPECT_FALSE(job.at("events").empty());
  EXPECT_EQ(error_code(get("/radfm/api/v1/jobs/4711")), "no_such_job");
  EXPECT_EQ(get("/radfm/api/v1/jobs/4711").status, 404);
}

TEST_F(RestApiTest, TheMontageIsServedAsItWasStored) {
  // Aim: byte for byte, as image/png; before there is one, for another job and for no number: an error.
  const std::string address = "/radfm/api/v1/jobs/" + std::to_string(add_job("1.2.1"));
  EXPECT_EQ(error_code(get(address + "/montage.png")), "not_found");
  EXPECT_EQ(json::parse(get(address).body).at("montage"), false);
  const auto open = queue();
  const auto claimed = open->claim(db::this_holder(clock)).value();
  ASSERT_TRUE(claimed.has_value());
  ASSERT_TRUE(open->set_montage(claimed->second, {0x89, 'P', 'N', 'G', 0, '<'}).ok());
  const RestResponse answer = get(address + "/montage.png");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "image/png");
  EXPECT_EQ(answer.body, std::string("\x89PNG\0<", 6));
  EXPECT_EQ(json::parse(get(address).body).at("montage"), true);
  EXPECT_EQ(get("/radfm/api/v1/jobs/4711/montage.png").status, 404);
  EXPECT_EQ(get("/radfm/api/v1/jobs/x/montage.png").status, 400);
  EXPECT_EQ(post(address + "/montage.png", {{"x-radfm", "1"}}).status, 405);
}

TEST_F(RestApiTest, AHeldTextIsShownAndReleased) {
  // Aim: what was held back is read with the job, and sent by a POST that names who wanted it; a job without one says so.
  const std::string address = "/radfm/api/v1/jobs/" + std::to_string(add_job("1.2.1"));
  const auto open = queue();
  const auto claimed = open->claim(db::this_holder(clock)).value();
  ASSERT_TRUE(claimed.has_value());
  EXPECT_TRUE(json::parse(get(address).body).at("held_text").is_null());
  EXPECT_EQ(post(address + "/release", {{"x-radfm", "1"}}).status, 409);
  ASSERT_TRUE(open->hold_text(claimed->second, "No.").ok());
  ASSERT_TRUE(open->fail(claimed->second, permanent_error("held_for_review", "x")).ok());
  EXPECT_EQ(json::parse(get(address).body).at("held_text"), "No.");
  EXPECT_EQ(post(address + "/release", {{"x-radfm", "1"}}).status, 200);
  const json job = json::parse(get(address).body);
  EXPECT_EQ(job.at("state"), "queued");
  EXPECT_FALSE(job.at("held_released_by").get<std::string>().empty());
}

TEST_F(RestApiTest, AStudyShowsItsDrafts) {
  // Aim: jobs newest first, written drafts with their address; a study without a job is no error, no UID is one.
  EXPECT_NE(get("/radfm/study/1.2.1").body.find("has done nothing with this study"), std::string::npos);
  EXPECT_EQ(get("/radfm/study/1.2.1").status, 200);
  const db::JobId id = add_job("1.2.1");
  EXPECT_EQ(get("/radfm/study/1.2.1").body.find("/radfm/report/"), std::string::npos);
  store_draft("FINDINGS: none.");
  const std::string page = get("/radfm/study/1.2.1").body;
  const std::string uid = json::parse(get("/radfm/api/v1/jobs/" + std::to_string(id)).body).at("sop_instance_uid");
  EXPECT_NE(page.find("/radfm/report/" + uid), std::string::npos) << page;
  EXPECT_EQ(get("/radfm/study/1.2.2").body.find(uid), std::string::npos);
  EXPECT_EQ(get("/radfm/study/1..2").status, 400);
  EXPECT_EQ(post("/radfm/study/1.2.1").status, 405);
}

TEST_F(RestApiTest, NoByteBreaksTheJson) {
  // Aim: a text that is no UTF-8 and a detail that is no JSON are shown as far as can be.
  const db::JobId id = add_job("1.2.1");
  const auto open = queue();
  const auto claimed = open->claim(db::this_holder(clock)).value();
  ASSERT_TRUE(claimed.has_value());
  ASSERT_TRUE(open->set_detail(claimed->second, "no json", "").ok());
  ASSERT_TRUE(open->set_stage(claimed->second, JobStage::generating, 1, 2, "M\xfc\xdf").ok());
  const json job = json::parse(get("/radfm/api/v1/jobs/" + std::to_string(id)).body);
  EXPECT_EQ(job.at("report_text"), "M\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(job.at("detail"), "no json");
  EXPECT_EQ(job.at("progress"), (json{{"done", 1}, {"of", 2}}));
  // What is still being written is no draft to be read.
  EXPECT_EQ(get("/radfm/report/" + job.at("sop_instance_uid").get<std::string>()).status, 404);
}

TEST_F(RestApiTest, ForeignPostIsRefused) {
  // Aim: what another site's form or script can send without a preflight changes nothing.
  EXPECT_EQ(post("/radfm/api/v1/pause", {}).status, 403);
  EXPECT_EQ(post("/radfm/api/v1/pause", {{"content-type", "text/plain"}}).status, 403);
  EXPECT_FALSE(queue()->status().value().paused);
  EXPECT_EQ(post("/radfm/api/v1/pause", {{"content-type", "application/json; charset=utf-8"}}).status, 200);
  EXPECT_TRUE(queue()->status().value().paused);
}

TEST_F(RestApiTest, PauseNamesTheUser) {
  // Aim: the user of the Basic login is who did it; a name without its password is not taken over.
  EXPECT_EQ(
      post("/radfm/api/v1/pause", {{"x-radfm", "1"}, {"authorization", "Basic YW5uYTpzZWNyZXQ="}}).status,
      200);
  EXPECT_EQ(queue()->status().value().paused_by, "administrator:anna");
  EXPECT_EQ(post("/radfm/api/v1/resume").status, 200);
  EXPECT_FALSE(queue()->status().value().paused);
  EXPECT_EQ(post("/radfm/api/v1/pause", {{"x-radfm", "1"}, {"authorization", "Basic YW5uYTpndWVzcw=="}}).status, 200);
  EXPECT_EQ(queue()->status().value().paused_by, "administrator");  // anna:guess
}

TEST_F(RestApiTest, ActionsOnJobs) {
  // Aim: cancel, retry, rush and rerun do what they say; in a wrong state they answer 409 and change nothing.
  const std::string job = "/radfm/api/v1/jobs/" + std::to_string(add_job("1.2.1")) + "/";
  EXPECT_EQ(post(job + "retry").status, 409);
  EXPECT_EQ(post(job + "rush").status, 200);
  EXPECT_EQ(jobs().front().lane, Lane::stat);
  EXPECT_EQ(post(job + "cancel").status, 200);
  EXPECT_EQ(jobs().front().state, JobState::cancelled);
  EXPECT_EQ(post(job + "retry").status, 200);
  EXPECT_EQ(jobs().front().state, JobState::queued);
  deliver(store_draft("text"));
  const RestResponse rerun = post(job + "rerun");
  EXPECT_EQ(rerun.status, 200);
  EXPECT_EQ(json::parse(rerun.body).at("id"), jobs().front().id);
  EXPECT_EQ(jobs().front().identity.run, 1);
  EXPECT_EQ(post("/radfm/api/v1/jobs/4711/cancel").status, 404);
}

TEST_F(RestApiTest, StatusWithAQueue) {
  // Aim: counts, worker, pending studies and what the plugin has to say.
  add_job("1.2.1");
  clock.advance(2'000);
  orthanc.receive("a", "s", "1.9.1");
  work();
  EXPECT_TRUE(queue()->worker_alive("ready").ok());
  json status = json::parse(get("/radfm/api/v1/status").body);
  EXPECT_EQ(status.at("queue").at("counts").at("queued"), 1);
  EXPECT_EQ(status.at("queue").at("worker").at("alive"), true);
  EXPECT_EQ(status.at("queue").at("worker").at("note"), "ready");
  EXPECT_EQ(status.at("queue").at("worker").at("state"), "ready");
  EXPECT_EQ(status.at("queue").at("worker").at("takes_jobs"), true);
  EXPECT_TRUE(queue()->worker_alive("degraded: orthanc_away: refused").ok());
  status = json::parse(get("/radfm/api/v1/status").body);
  EXPECT_EQ(status.at("queue").at("worker").at("state"), "degraded");
  EXPECT_EQ(status.at("queue").at("worker").at("takes_jobs"), false);
  EXPECT_EQ(status.at("queue").at("worker").at("reasons"), json::array({json{{"code", "orthanc_away"}, {"text", "refused"}}}));
  EXPECT_EQ(status.at("pending_studies"), 1);
  EXPECT_TRUE(status.at("plugin").at("configuration_mistakes").empty());
  clock.advance(db::worker_silence_max_ms + 1);
  status = json::parse(get("/radfm/api/v1/status").body);
  EXPECT_EQ(status.at("queue").at("worker").at("alive"), false);
}

TEST_F(RestApiTest, StatusWithoutAQueue) {
  // Aim: with a bad configuration from the start the page still says what is wrong; jobs answer 503.
  NoticeBoard blind;
  blind.update([](Notices& notices) {
    notices.mistakes = {"radfm-node.json: queue.lease_sm: unknown key"};
    notices.trouble = "mistakes";
  });
  ConfigurationInForce nothing(blind, clock);
  const RestApi api(blind, users, gate, clock, orthanc, nothing);
  const json status = json::parse(api.answer({"GET", "/radfm/api/v1/status", {}, {}}).body);
  EXPECT_TRUE(status.at("queue").is_null());
  EXPECT_EQ(status.at("plugin").at("configuration_mistakes").size(), 1U);
  EXPECT_EQ(api.answer({"GET", "/radfm/api/v1/jobs", {}, {}}).status, 503);
  EXPECT_EQ(api.answer({"POST", "/radfm/api/v1/pause", {}, {{"x-radfm", "1"}}}).status, 503);
}

TEST_F(RestApiTest, DraftPageIsMarkedAndEscaped) {
  // Aim: the draft is shown under its mark, and no byte of its text becomes markup.
  add_job("1.2.1");
  const db::Job job = store_draft("<script>alert('x')</script> & \"quoted\"");
  const RestResponse page = get("/radfm/report/" + job.uids.sr_sop_instance_uid);
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find(">DRAFT</p>"), std::string::npos);
  EXPECT_NE(page.body.find("Not verified by a physician"), std::string::npos);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
  EXPECT_NE(page.body.find("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quoted&quot;"),
            std::string::npos);
  EXPECT_EQ(page.body.find("A later draft"), std::string::npos);
}

TEST_F(RestApiTest, OldDraftPointsToTheNewOne) {
  // Aim: a reader of a replaced draft is told so and led to the later one.
  const db::JobId id = add_job("1.2.1");
  const db::Job first = store_draft("first");
  deliver(first);
  EXPECT_EQ(post("/radfm/api/v1/jobs/" + std::to_string(id) + "/rerun").status, 200);
  const db::Job second = store_draft("second");
  ASSERT_GT(second.revision, first.revision);
  const RestResponse old_page = get("/radfm/report/" + first.uids.sr_sop_instance_uid);
  EXPECT_NE(old_page.body.find("A later draft"), std::string::npos);
  EXPECT_NE(old_page.body.find("/radfm/report/" + second.uids.sr_sop_instance_uid), std::string::npos);
  EXPECT_EQ(get("/radfm/report/" + second.uids.sr_sop_instance_uid).body.find("A later draft"),
            std::string::npos);
}

TEST_F(RestApiTest, DraftsThatAreNotThere) {
  // Aim: a wrong UID and an unknown one are pages, too, and repeat nothing of the address.
  EXPECT_EQ(get("/radfm/report/<b>").status, 400);
  EXPECT_EQ(get("/radfm/report/<b>").body.find("<b>"), std::string::npos);
  EXPECT_EQ(get("/radfm/report/2.25.99").status, 404);
}

TEST_F(RestApiTest, Metrics) {
  // Aim: each state is a sample, and a paused queue is seen.
  add_job("1.2.1");
  post("/radfm/api/v1/pause");
  const RestResponse metrics = get("/radfm/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_NE(metrics.body.find("radfm_jobs{state=\"queued\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.body.find("radfm_paused 1\n"), std::string::npos);
}

}  // namespace
}  // namespace radfm::plugin
