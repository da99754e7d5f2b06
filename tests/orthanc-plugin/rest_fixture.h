// SPDX-License-Identifier: GPL-3.0-or-later
// The REST interface over a real queue, whose jobs the test writes and delivers as a worker would.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/study_index.h"
#include "orthanc-plugin/rest_api.h"
#include "tests/orthanc-plugin/plugin_fixture.h"

namespace radfm::plugin {

class RestFixture : public PluginFixture {
 protected:
  void SetUp() override {
    PluginFixture::SetUp();
    work();
  }
  RestResponse get(const std::string& path, const std::map<std::string, std::string>& query = {}) {
    return rest.answer({"GET", path, query, {}});
  }
  RestResponse post(const std::string& path, std::map<std::string, std::string> headers = {{"x-radfm", "1"}},
                    std::string body = "") {
    return rest.answer({"POST", path, {}, std::move(headers), std::move(body)});
  }
  static std::string error_code(const RestResponse& response) {
    return nlohmann::json::parse(response.body).at("error").at("code").get<std::string>();
  }
  // A job of a study of one image.
  db::JobId add_job(const std::string& study_uid) {
    db::NewJob job;
    job.instances = {study_uid + ".1"};
    job.identity = {study_uid, image_digest(job.instances), 0};
    job.orthanc_study_id = FakeOrthanc::id(study_uid);
    job.rule_name = "all";
    job.actor = "administrator";
    EXPECT_TRUE(queue()->add(job).ok());
    return jobs().front().id;
  }
  // Claims the due job and stores `text` as its draft; the job is delivering then.
  db::Job store_draft(const std::string& text) {
    const auto open = queue();
    const auto claimed = open->claim(db::this_holder(clock)).value();
    EXPECT_TRUE(claimed.has_value());
    const auto& [job, lease] = *claimed;
    const auto revision = open->next_revision(lease).value();
    EXPECT_TRUE(open->fill_outbox(lease, revision,
                                  {{"sr", sr_class, job.uids.sr_sop_instance_uid, {1, 2, 3}}}, {"orthanc"},
                                  text)
                    .ok());
    return open->job(job.id).value().value();
  }
  void deliver(const db::Job& job) {
    const auto open = queue();
    const auto attempts = open->attempts(job.id).value();
    const db::Lease lease{job.id, attempts.back().token};
    send(*open, lease, db::report_role);
    EXPECT_TRUE(open->finish(lease, "delivered").ok());
  }
  static void send(db::Queue& open, const db::Lease& lease, std::string_view role) {
    EXPECT_TRUE(open.begin_send(lease, std::string(role), "orthanc", send_timeout_ms).ok());
    EXPECT_TRUE(open.end_send(lease, std::string(role), "orthanc", true, "").ok());
  }

  static constexpr std::int64_t send_timeout_ms = 10'000;
  // "Basic " and the base64 of NAME:secret, for the users of the fixture.
  static constexpr const char* as_anna = "Basic YW5uYTpzZWNyZXQ=";
  static constexpr const char* as_bert = "Basic YmVydDpzZWNyZXQ=";
  static constexpr const char* as_carl = "Basic Y2FybDpzZWNyZXQ=";
  RegisteredUsers users{std::map<std::string, std::string>{{"anna", "secret"}, {"bert", "secret"}, {"carl", "secret"}}};
  RequestGate gate;
  RestApi rest{board, users, gate, clock, orthanc, *configuration};
};

}  // namespace radfm::plugin
