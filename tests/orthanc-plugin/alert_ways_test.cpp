// SPDX-License-Identifier: GPL-3.0-or-later
// Aim: an alert arrives whole at a webhook and at a mail server that are not ours; a server that cannot prove who it is, refuses, is away or
// says nothing is told by name, and gets no password.
#include "orthanc-plugin/alert_ways.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>

#include "orthanc-plugin/curl_transfer.h"
#include "tests/scu-scp/test_peers.h"
#include "tests/support/certificates.h"

namespace radfm::plugin {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AlertWays : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string program = test::find_outside_program("openssl");
    if (program.empty() || test::find_outside_program("python3").empty()) return;
    folder_ = std::make_unique<test::TemporaryFolder>();
    made_ = std::make_unique<test::Certificates>(program, folder_->path());
    made_->authority("clinic");
    made_->authority("stranger");
    made_->host("server", "IP:127.0.0.1", "clinic");
    made_->host("elsewhere", "DNS:elsewhere.example", "clinic");
    made_->host("expired", "IP:127.0.0.1", "clinic", -1);
  }
  static void TearDownTestSuite() {
    made_.reset();
    folder_.reset();
  }
  void SetUp() override {
    if (!made_) GTEST_SKIP() << "openssl or python3 is not installed";
  }

  using Peer = std::unique_ptr<test::PythonPeer>;
  static Peer receiver(const std::string& kind, const std::string& security, const std::vector<std::string>& more = {}, const std::string& as = "server") {
    std::vector<std::string> command{test::find_outside_program("python3"), "tests/support/alert_receiver.py", kind, security,
                                     "--key", made_->key(as), "--certificate", made_->certificate(as)};
    command.insert(command.end(), more.begin(), more.end());
    return std::make_unique<test::PythonPeer>(command);
  }
  static AlertSettings webhook(const test::PythonPeer& peer, const std::string& scheme = "http") {
    AlertSettings settings;
    settings.webhook_url = scheme + "://127.0.0.1:" + std::to_string(peer.port()) + "/hooks/canary-of-a-path?sig=1";
    settings.trusted_certificates_file = made_->certificate("clinic");
    return settings;
  }
  static AlertSettings mail(const test::PythonPeer& peer, const std::string& scheme = "smtp") {
    AlertSettings settings;
    settings.mail_server = scheme + "://127.0.0.1:" + std::to_string(peer.port());
    settings.mail_from = "radfm@clinic.example";
    settings.mail_to = {"one@clinic.example", "two@clinic.example"};
    settings.trusted_certificates_file = made_->certificate("clinic");
    return settings;
  }
  static Alert death() {
    Alert alert;
    alert.add({7, "engine_crashed", "chest CT", 1'795'000'000'000});
    return alert;
  }
  Status post(const AlertSettings& settings) { return tell_by_webhook(settings, death(), {"node1", 1'795'000'060'000}, stop_); }
  Status send(const AlertSettings& settings) { return tell_by_mail(settings, death(), {"node1", 1'795'000'060'000}, stop_); }
  static nlohmann::json next(test::PythonPeer& peer) { return nlohmann::json::parse(peer.read_line()); }
  static void expect_not_sent(const Status& status, const std::string& why) {
    ASSERT_FALSE(status.ok()) << why;
    EXPECT_EQ(status.error().error_class, ErrorClass::transient);
    EXPECT_EQ(status.error().code, "alert_not_sent");
    EXPECT_THAT(status.error().message, AllOf(HasSubstr("127.0.0.1:"), HasSubstr(why), Not(HasSubstr("canary"))));
  }

  CurlLibrary curl_;
  std::atomic<bool> stop_{false};
  inline static std::unique_ptr<test::TemporaryFolder> folder_;
  inline static std::unique_ptr<test::Certificates> made_;
};

TEST_F(AlertWays, AWebhookGetsASignedBody) {
  // Aim: path, type and body as they are; the signature is the body's, and there is none without a secret.
  const Peer peer = receiver("http", "plain");
  AlertSettings settings = webhook(*peer);
  ASSERT_TRUE(post(settings).ok());
  nlohmann::json got = next(*peer);
  EXPECT_EQ(got["path"], "/hooks/canary-of-a-path?sig=1");
  EXPECT_EQ(got["headers"]["Content-Type"], "application/json");
  EXPECT_FALSE(got["headers"].contains("X-RadFM-Signature"));
  const auto body = nlohmann::json::parse(got["body"].get<std::string>());
  EXPECT_EQ(body["event"], "job_dead");
  EXPECT_EQ(body["job"], 7);
  settings.webhook_secret = "canary-of-a-secret";
  ASSERT_TRUE(post(settings).ok());
  got = next(*peer);
  EXPECT_EQ(got["headers"]["X-RadFM-Signature"], webhook_signature(settings.webhook_secret, got["body"].get<std::string>()));
}

TEST_F(AlertWays, WhatAWebhookAnswersCounts) {
  // Aim: a status that is not 2xx is a failure, and the same server takes it later.
  const Peer peer = receiver("http", "plain", {"--refuse", "1"});
  expect_not_sent(post(webhook(*peer)), "HTTP status 503");
  EXPECT_TRUE(post(webhook(*peer)).ok());
}

TEST_F(AlertWays, TlsIsVerified) {
  // Aim: of webhook and mail: our authority is believed; another's, the system's alone, another host's and an expired one are not.
  const Peer web = receiver("http", "tls"), smtps = receiver("smtp", "tls"), starttls = receiver("smtp", "starttls");
  EXPECT_TRUE(post(webhook(*web, "https")).ok());
  EXPECT_TRUE(send(mail(*smtps, "smtps")).ok());
  EXPECT_TRUE(next(*smtps)["secure"].get<bool>());
  EXPECT_TRUE(send(mail(*starttls)).ok());
  EXPECT_TRUE(next(*starttls)["secure"].get<bool>());
  for (const std::string& trusted : {made_->certificate("stranger"), std::string()}) {
    const auto with = [&](AlertSettings settings) {
      settings.trusted_certificates_file = trusted;
      return settings;
    };
    expect_not_sent(post(with(webhook(*web, "https"))), "certificate");
    expect_not_sent(send(with(mail(*smtps, "smtps"))), "certificate");
    expect_not_sent(send(with(mail(*starttls))), "certificate");
  }
  for (const char* name : {"elsewhere", "expired"}) {
    const Peer other = receiver("http", "tls", {}, name), post_office = receiver("smtp", "starttls", {}, name);
    expect_not_sent(post(webhook(*other, "https")), "certificate");
    expect_not_sent(send(mail(*post_office)), "certificate");
  }
}

TEST_F(AlertWays, AMailArrivesAtAllWhomTheServerTakes) {
  // Aim: envelope, head and text; one mailbox that is unknown keeps it from nobody else, and from all it is a failure.
  const Peer peer = receiver("smtp", "plain");
  AlertSettings settings = mail(*peer);
  settings.mail_to.push_back("nobody@clinic.example");
  ASSERT_TRUE(send(settings).ok());
  const nlohmann::json got = next(*peer);
  EXPECT_EQ(got["to"].size(), 2U);
  EXPECT_THAT(got["from"].get<std::string>(), HasSubstr("<radfm@clinic.example>"));
  EXPECT_THAT(got["text"].get<std::string>(), AllOf(HasSubstr("Subject: radfm-node on node1: job 7 is dead\n"), HasSubstr("engine_crashed")));
  settings.mail_to = {"nobody@clinic.example"};
  expect_not_sent(send(settings), "");
}

TEST_F(AlertWays, APasswordNeedsTls) {
  // Aim: with a password it is shown over TLS; a server without TLS gets neither password nor mail.
  const Peer open = receiver("smtp", "plain", {"--users", "radfm:canary-of-a-password"});
  const Peer secure = receiver("smtp", "starttls", {"--users", "radfm:canary-of-a-password"});
  const auto with_password = [](AlertSettings settings) {
    settings.mail_username = "radfm";
    settings.mail_password = "canary-of-a-password";
    return settings;
  };
  expect_not_sent(send(with_password(mail(*open))), "");
  EXPECT_TRUE(send(with_password(mail(*secure))).ok());
  EXPECT_EQ(next(*secure)["login"], "radfm:canary-of-a-password");
  AlertSettings wrong = with_password(mail(*secure));
  wrong.mail_password = "canary-of-another";
  expect_not_sent(send(wrong), "");
}

TEST_F(AlertWays, AServerThatSaysNothingIsLeftAtOnceWhenOrthancStops) {
  // Aim: the end of Orthanc waits for no server.
  test::SilentListener silent;
  AlertSettings settings;
  settings.webhook_url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/";
  const auto begun = std::chrono::steady_clock::now();
  auto told = std::async(std::launch::async, [&] { return post(settings); });
  silent.wait_for_connection();
  stop_ = true;
  const Status status = told.get();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, "stopping");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(transfer_timeout_ms / 2));
}

}  // namespace
}  // namespace radfm::plugin
