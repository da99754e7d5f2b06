// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "orthanc-plugin/rest_api.h"
#include "tests/orthanc-plugin/rest_fixture.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class RestAccessTest : public RestFixture {
 protected:
  void SetUp() override {
    RestFixture::SetUp();
    configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "access": {"read": ["anna"], "operate": ["bert"], "administer": ["carl"]}})");
    work();
  }
  RestResponse ask(const RestRoute& route, const std::string& authorization, const std::string& part = "1") {
    std::string path = route.path;
    for (const char* open : {"{id}", "{uid}"}) {
      if (const std::size_t at = path.find(open); at != std::string::npos) path.replace(at, std::string(open).size(), part);
    }
    if (const std::size_t at = path.find("{name}"); at != std::string::npos) path.replace(at, path.size(), "page.js");
    std::map<std::string, std::string> headers = {{"x-radfm", "1"}};
    if (!authorization.empty()) headers["authorization"] = authorization;
    return rest.answer({route.method, path, {}, headers});
  }
  static bool is_refused(const RestResponse& response) { return response.status == 403 && response.body.find("role_needed") != std::string::npos; }
};

TEST_F(RestAccessTest, EachRouteAsksForItsRole) {
  // Aim: every line of the table by every kind of caller: who has the role is answered (if only that there is no such job), who has not is refused.
  const std::pair<std::string, Role> callers[] = {{"", Role::anybody},          {"Basic ZG9yYTpzZWNyZXQ=", Role::anybody},  // dora, whom nobody knows
                                                  {"Basic Y2FybDpndWVzcw==", Role::anybody},                                // carl:guess
                                                  {as_anna, Role::read},        {as_bert, Role::operate},
                                                  {as_carl, Role::administer}};
  for (const RestRoute& route : rest_routes) {
    for (const auto& [authorization, role] : callers) {
      const RestResponse answer = ask(route, authorization);
      EXPECT_EQ(is_refused(answer), role < route.role) << route.method << " " << route.path << " by " << authorization;
      if (role >= route.role) continue;
      EXPECT_THAT(answer.body, HasSubstr("role " + std::string(to_string(route.role))));
    }
  }
}

TEST_F(RestAccessTest, ARefusalSaysNothingOfWhatIsThere) {
  // Aim: a job that is there and one that is not, a written draft and an invented one, look the same to whoever may not see them.
  add_job("1.2.1");
  const db::Job job = store_draft("FINDINGS: none.");
  for (const RestRoute& route : rest_routes) {
    if (route.role == Role::anybody) continue;
    const RestResponse there = ask(route, "", route.endpoint == Endpoint::report ? job.uids.sr_sop_instance_uid : std::to_string(job.id));
    const RestResponse not_there = ask(route, "", "4711");
    EXPECT_EQ(there.body, not_there.body) << route.path;
    EXPECT_EQ(there.status, not_there.status);
    EXPECT_THAT(there.body, Not(HasSubstr("FINDINGS")));
    EXPECT_THAT(there.body, Not(HasSubstr("1.2.1")));
  }
  EXPECT_EQ(queue()->status().value().paused, false);
}

TEST_F(RestAccessTest, OpenAddressesNameNoStudy) {
  // Aim: what anybody may ask for holds numbers and states, whatever is in the queue.
  add_job("1.2.777.1");
  store_draft("FINDINGS: none.");
  EXPECT_TRUE(queue()->worker_alive("ready").ok());
  for (const RestRoute& route : rest_routes) {
    if (route.role != Role::anybody) continue;
    const RestResponse answer = ask(route, "");
    EXPECT_EQ(answer.status, 200) << route.path;
    EXPECT_THAT(answer.body, Not(HasSubstr("1.2.777.1")));
    EXPECT_THAT(answer.body, Not(HasSubstr("FINDINGS: none.")));
  }
}

TEST_F(RestAccessTest, HealthNamesThePartsThatAreNotWell) {
  // Aim: no worker, a worker that fell silent, a configuration with a mistake, no queue at all: each in one word, with 503.
  EXPECT_EQ(json::parse(get("/radfm/health").body), (json{{"well", false}, {"troubles", {"worker"}}}));
  EXPECT_TRUE(queue()->worker_alive("ready").ok());
  EXPECT_EQ(get("/radfm/health").status, 200);
  EXPECT_EQ(json::parse(get("/radfm/health").body), (json{{"well", true}, {"troubles", json::array()}}));
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "queue": {"lease_sm": 1}})");
  node->step();
  EXPECT_EQ(get("/radfm/health").status, 503);
  EXPECT_EQ(json::parse(get("/radfm/health").body).at("troubles"), json{"configuration"});
  NoticeBoard blind;
  ConfigurationInForce nothing(blind, clock);
  const RestApi api(blind, users, gate, clock, orthanc, nothing);
  EXPECT_EQ(json::parse(api.answer({"GET", "/radfm/health", {}, {}}).body).at("troubles"), json{"queue"});
}

TEST_F(RestAccessTest, AMistakeLaterOpensNothing) {
  // Aim: while the configuration is wrong, the lists of the last good one hold.
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "access": {"read": 3}})");
  node->step();
  EXPECT_EQ(get("/radfm/api/v1/status").status, 403);
  EXPECT_EQ(rest.answer({"GET", "/radfm/api/v1/status", {}, {{"authorization", as_anna}}}).status, 200);
}

TEST_F(RestAccessTest, TheStatusTellsWhatOneMayDo) {
  // Aim: the page shows the buttons that its user may press.
  const auto you = [&](const char* authorization) {
    return json::parse(rest.answer({"GET", "/radfm/api/v1/status", {}, {{"authorization", authorization}}}).body).at("you");
  };
  EXPECT_EQ(you(as_anna), (json{{"user", "anna"}, {"roles", {"read"}}}));
  EXPECT_EQ(you(as_carl), (json{{"user", "carl"}, {"roles", {"read", "operate", "administer"}}}));
}

TEST_F(RestAccessTest, ListsThatCannotWorkAreTold) {
  // Aim: an Orthanc that asks for no password, and users that it does not have, are among the notes.
  const json status = json::parse(rest.answer({"GET", "/radfm/api/v1/status", {}, {{"authorization", as_anna}}}).body);
  EXPECT_THAT(status.at("plugin").at("advice").dump(), HasSubstr("AuthenticationEnabled"));
  EXPECT_THAT(status.at("plugin").at("advice").dump(), HasSubstr("access.read names anna"));  // the board knows no user of Orthanc here
}

TEST_F(RestAccessTest, ReadsOfAnotherSiteAreRefused) {
  // Aim: an image of another page is not answered, nor counted, whoever's password the browser adds.
  const RestResponse answer = rest.answer(
      {"GET", "/radfm/api/v1/jobs", {}, {{"authorization", as_anna}, {"sec-fetch-site", "cross-site"}, {"sec-fetch-dest", "image"}}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(error_code(answer), "foreign_request");
}

TEST_F(RestAccessTest, TooManyChangesOfOneUser) {
  // Aim: the burst passes, the next is told when to come again and changes nothing; another user goes on.
  const auto pause = [&](const char* authorization) { return post("/radfm/api/v1/pause", {{"x-radfm", "1"}, {"authorization", authorization}}); };
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}})");
  work();
  for (int i = 0; i < change_rate.burst; ++i) ASSERT_EQ(pause(as_anna).status, 200) << i;
  EXPECT_TRUE(queue()->resume("test").ok());
  const RestResponse refused = pause(as_anna);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(error_code(refused), "too_many_requests");
  EXPECT_GE(refused.retry_after_s, 1);
  EXPECT_FALSE(queue()->status().value().paused);
  EXPECT_EQ(pause(as_bert).status, 200);
  clock.advance(1'000 * refused.retry_after_s);
  EXPECT_EQ(pause(as_anna).status, 200);
}

TEST_F(RestAccessTest, TooManyLists) {
  // Aim: lists have a limit of their own; what a refused caller asks for does not count against him.
  const auto list = [&](const char* authorization) {
    return rest.answer({"GET", "/radfm/api/v1/jobs", {{"limit", "1"}}, {{"authorization", authorization}}}).status;
  };
  for (int i = 0; i < list_rate.burst; ++i) ASSERT_EQ(list(as_anna), 200) << i;
  EXPECT_EQ(list(as_anna), 429);
  EXPECT_EQ(list("Basic YW5uYTpndWVzcw=="), 403);
  EXPECT_EQ(list(as_bert), 200);
  EXPECT_EQ(rest.answer({"GET", "/radfm/api/v1/status", {}, {{"authorization", as_anna}}}).status, 200);
}

TEST_F(RestAccessTest, AFullHouseIsToldAtOnce) {
  // Aim: when as many are inside as may be, one more waits for nothing.
  gate.limit_inside(1);
  {
    const auto place = gate.enter();
    const RestResponse refused = get("/radfm/");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(error_code(refused), "too_busy");
    EXPECT_GE(refused.retry_after_s, 1);
  }
  EXPECT_EQ(get("/radfm/").status, 200);
}

TEST_F(RestAccessTest, RequestsBeyondTheirSizeAreRefusedFirst) {
  // Aim: the limits hold at the interface, before roles and queue.
  EXPECT_EQ(get("/radfm/" + std::string(request_path_bytes_max, 'x')).status, 414);
  EXPECT_EQ(post("/radfm/api/v1/pause", {{"x-radfm", "1"}}, std::string(request_body_bytes_max + 1, 'x')).status, 413);
  EXPECT_EQ(get("/radfm/", {{"x", std::string(request_parameter_bytes_max, 'x')}}).status, 400);
  EXPECT_EQ(rest.answer({"GET", "/radfm/", {}, {{"x", std::string(request_headers_bytes_max, 'x')}}}).status, 431);
}

}  // namespace
}  // namespace radfm::plugin
