// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "orthanc-plugin/rest_api.h"
#include "tests/orthanc-plugin/rest_fixture.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* key_object_class = "1.2.840.10008.5.1.4.1.1.88.59";

class RestWithdrawalTest : public RestFixture {
 protected:
  static std::string address_of(db::JobId id) { return "/radfm/api/v1/jobs/" + std::to_string(id); }
  RestResponse withdraw(db::JobId id, const std::string& why = "Wrong side.") {
    return post(address_of(id) + "/withdraw", {{"x-radfm", "1"}, {"authorization", "Basic YW5uYTpzZWNyZXQ="}},
                json{{"reason", "patient_safety"}, {"why", why}}.dump());
  }
  db::Job delivered(const std::string& study_uid, const std::string& text) {
    add_job(study_uid);
    const db::Job job = store_draft(text);
    deliver(job);
    return job;
  }
  // What the worker does of a withdrawal.
  void tell_archives() {
    const auto open = queue();
    const auto claimed = open->claim(db::this_holder(clock)).value();
    ASSERT_TRUE(claimed.has_value());
    const db::Lease& lease = claimed->second;
    ASSERT_TRUE(open->fill_rejection(lease, {std::string(db::rejection_role), key_object_class, "2.25.4711", {1, 2}}).ok());
    send(*open, lease, db::rejection_role);
    ASSERT_TRUE(open->finish(lease, std::string(db::withdrawn_outcome)).ok());
  }
  std::string report_page(const db::Job& job) { return get("/radfm/report/" + job.uids.sr_sop_instance_uid).body; }
};

TEST_F(RestWithdrawalTest, ADeliveredDraftIsTakenBack) {
  // Aim: the job is on its way again with who, when and why; once the note is everywhere it is withdrawn, and stays so.
  const db::JobId id = delivered("1.2.1", "text").id;
  EXPECT_TRUE(json::parse(get(address_of(id)).body).at("withdrawal").is_null());
  const RestResponse answer = withdraw(id);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json::parse(answer.body), (json{{"id", id}, {"action", "withdraw"}}));
  json job = json::parse(get(address_of(id)).body);
  EXPECT_EQ(job.at("state"), "delivering");
  EXPECT_EQ(job.at("withdrawal"), (json{{"reason", "patient_safety"},
                                        {"why", "Wrong side."},
                                        {"actor", "administrator:anna"},
                                        {"wall_ms", clock.wall_ms()}}));
  EXPECT_EQ(withdraw(id).status, 409);
  tell_archives();
  job = json::parse(get(address_of(id)).body);
  EXPECT_EQ(job.at("outcome"), "withdrawn");
  EXPECT_FALSE(job.at("withdrawal").is_null());
  EXPECT_EQ(error_code(withdraw(id)), "wrong_state");
}

TEST_F(RestWithdrawalTest, WhatCannotBeWithdrawn) {
  // Aim: a draft that nobody was sent, a job that is not there, no number at all.
  EXPECT_EQ(withdraw(add_job("1.2.1")).status, 409);
  EXPECT_EQ(withdraw(4711).status, 404);
  EXPECT_EQ(post("/radfm/api/v1/jobs/x/withdraw").status, 400);
}

TEST_F(RestWithdrawalTest, BadRequestsChangeNothing) {
  // Aim: a body that is none, another site's POST and a GET are refused before the queue is asked.
  const db::JobId id = delivered("1.2.1", "text").id;
  const std::string address = address_of(id) + "/withdraw";
  const std::string good = R"({"reason": "quality", "why": "x"})";
  EXPECT_EQ(error_code(post(address)), "bad_request");
  EXPECT_EQ(post(address, {{"x-radfm", "1"}}, R"({"reason": "quality", "why": ""})").status, 400);
  EXPECT_EQ(post(address, {{"x-radfm", "1"}}, good + std::string(request_body_bytes_max - good.size() + 1, ' ')).status, 413);
  EXPECT_EQ(post(address, {}, good).status, 403);
  EXPECT_EQ(post(address, {{"content-type", "text/plain"}}, good).status, 403);
  EXPECT_EQ(get(address).status, 405);
  EXPECT_EQ(jobs().front().outcome, "delivered");
  EXPECT_EQ(post(address, {{"content-type", "application/json"}}, good).status, 200);
}

TEST_F(RestWithdrawalTest, TheDraftsPagesBearTheBanner) {
  // Aim: from the moment that it is withdrawn, and after all archives know; a hostile text is only ever text.
  const db::Job job = delivered("1.2.1", "FINDINGS: none.");
  EXPECT_THAT(report_page(job), Not(HasSubstr("WITHDRAWN")));
  ASSERT_EQ(withdraw(job.id, "</dd><script>alert('x')</script>").status, 200);
  for (const char* progress : {"still on its way", "was sent a note"}) {
    for (const std::string& page : {report_page(job), get("/radfm/study/1.2.1").body}) {
      EXPECT_THAT(page, HasSubstr(">WITHDRAWN</p>"));
      EXPECT_THAT(page, HasSubstr(progress));
      EXPECT_THAT(page, HasSubstr("administrator:anna"));
      EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)"));
      EXPECT_THAT(page, Not(HasSubstr("<script>")));
    }
    EXPECT_THAT(report_page(job), HasSubstr("FINDINGS: none."));
    if (json::parse(get(address_of(job.id)).body).at("state") == "delivering") tell_archives();
  }
}

TEST_F(RestWithdrawalTest, AWithdrawnDraftReplacesNone) {
  // Aim: a reader of the earlier draft is not led to one that was taken back; a still later one replaces both.
  const db::Job first = delivered("1.2.1", "first");
  ASSERT_EQ(post(address_of(first.id) + "/rerun").status, 200);
  const db::Job second = store_draft("second");
  deliver(second);
  EXPECT_THAT(report_page(first), HasSubstr("A later draft"));
  ASSERT_EQ(withdraw(second.id).status, 200);
  EXPECT_THAT(report_page(first), Not(HasSubstr("A later draft")));
  tell_archives();
  EXPECT_THAT(report_page(first), Not(HasSubstr("A later draft")));
  ASSERT_EQ(post(address_of(second.id) + "/rerun").status, 200);
  const db::Job third = store_draft("third");
  for (const db::Job& earlier : {first, second})
    EXPECT_THAT(report_page(earlier), HasSubstr("/radfm/report/" + third.uids.sr_sop_instance_uid));
}

TEST_F(RestWithdrawalTest, ThePagesFormHasTheQueuesLimitAndReasons) {
  // Aim: what the form lets through, the queue takes.
  EXPECT_THAT(get("/radfm/page/withdraw.js").body, HasSubstr("why_bytes_max = " + std::to_string(withdrawal_why_bytes_max) + ";"));
  const std::string page = get("/radfm/").body;
  for (const RejectionReason reason : rejection_reasons)
    EXPECT_THAT(page, HasSubstr("name=\"reason\" value=\"" + std::string(to_string(reason)) + "\""));
}

}  // namespace
}  // namespace radfm::plugin
