// SPDX-License-Identifier: Apache-2.0
// Aim: a batch counts as delivered exactly when the repository has read it; a repository that is not the one we know gets nothing.
#include "audit/syslog_sender.h"

#include <gmock/gmock.h>

#include "tests/audit/syslog_server.h"
#include "tests/orthanc-client/scripted_server.h"
#include "tests/support/certificates.h"

namespace radfm::audit {
namespace {

using test::SyslogServer;
using ::testing::HasSubstr;
using Behaviour = SyslogServer::Behaviour;

class SyslogSenderTest : public ::testing::Test {
 protected:
  // Made once: keys take their time.
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder;
    const std::string openssl = test::find_outside_program("openssl");
    if (openssl.empty()) return;
    made_ = new test::Certificates(openssl, folder_->path());
    made_->authority("hospital");
    made_->authority("stranger");
    made_->host("repository", "IP:127.0.0.1", "hospital");
    made_->host("elsewhere", "IP:127.0.0.9", "hospital");
    made_->host("impostor", "IP:127.0.0.1", "stranger");
    made_->host("node", "DNS:node", "hospital");
  }
  static void TearDownTestSuite() {
    delete std::exchange(made_, nullptr);
    delete std::exchange(folder_, nullptr);
  }
  void SetUp() override {
    if (made_ == nullptr) GTEST_SKIP() << "openssl is not installed";
  }
  static std::unique_ptr<SyslogServer> server(Behaviour behaviour, const std::string& name = "repository", const std::string& clients = "") {
    return std::make_unique<SyslogServer>(made_->certificate(name), made_->key(name), behaviour, clients);
  }
  static AuditSettings at(int port) {
    AuditSettings settings;
    settings.syslog_host = "127.0.0.1";
    settings.syslog_port = port;
    settings.tls.trusted_certificates_file = made_->certificate("hospital");
    return settings;
  }
  static std::string code(const Status& status) { return status.ok() ? "ok" : status.error().code; }

  static inline test::TemporaryFolder* folder_ = nullptr;
  static inline test::Certificates* made_ = nullptr;
};

TEST_F(SyslogSenderTest, SendsFramesThatArriveWhole) {
  // Aim: one message, none, and many of all lengths, read in pieces of one to seven bytes.
  const auto repository = server(Behaviour::polite);
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < 100; ++i) messages.push_back(std::string(i * 37 % 2'000, char('a' + i % 26)) + " 12 x");
  ASSERT_EQ(code(send_syslog(at(repository->port()), messages, -1)), "ok");
  EXPECT_EQ(repository->messages(), messages);  // it had read them when it said farewell
  ASSERT_EQ(code(send_syslog(at(repository->port()), {}, -1)), "ok");
  ASSERT_EQ(code(send_syslog(at(repository->port()), {"last"}, -1)), "ok");
  EXPECT_EQ(repository->messages().back(), "last");
  EXPECT_EQ(repository->connections(), 3);
  EXPECT_EQ(repository->trouble(), "");
}

TEST_F(SyslogSenderTest, AnOrderlyEndWithoutFarewellCountsToo) {
  // Aim: servers that close the socket and say nothing are many; the batch is not sent to them for ever.
  const auto repository = server(Behaviour::silent_end);
  EXPECT_EQ(code(send_syslog(at(repository->port()), {"one", "two"}, -1)), "ok");
  EXPECT_EQ(repository->messages().size(), 2u);
}

TEST_F(SyslogSenderTest, ABrokenConnectionDoesNotCount) {
  // Aim: it had read a part; the rest may be lost.
  const auto repository = server(Behaviour::reset);
  EXPECT_EQ(code(send_syslog(at(repository->port()), {"one", std::string(100'000, 'x')}, -1)), "syslog_unreachable");
}

TEST_F(SyslogSenderTest, AnEndBeforeAnythingWasReadDoesNotCount) {
  // Aim: whether our bytes come before its end or after it; many times, since both are a matter of moments.
  const auto repository = server(Behaviour::early_end);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(code(send_syslog(at(repository->port()), {"one"}, -1)), "syslog_unreachable") << i;
}

TEST_F(SyslogSenderTest, ARepositoryThatSaysNothingDoesNotCount) {
  const auto repository = server(Behaviour::mute);
  const Status sent = send_syslog(at(repository->port()), {"one"}, -1, 500);
  EXPECT_EQ(code(sent), "syslog_timeout");
  EXPECT_EQ(sent.error().error_class, ErrorClass::transient);
}

TEST_F(SyslogSenderTest, StrangersGetNothing) {
  // Aim: a certificate by another authority, one of another host, and our own files wrong.
  for (const std::string name : {"impostor", "elsewhere"}) {
    const auto stranger = server(Behaviour::polite, name);
    const Status sent = send_syslog(at(stranger->port()), {"one"}, -1);
    ASSERT_EQ(code(sent), "syslog_unreachable") << name;
    EXPECT_THAT(sent.error().message, HasSubstr("certificate is not accepted"));
    EXPECT_TRUE(stranger->messages().empty());
  }
  AuditSettings settings = at(1);
  settings.tls.trusted_certificates_file = "/nowhere.pem";
  const test::ScriptedServer plain([](const test::ScriptedRequest&) { return test::ScriptedAnswer{}; });
  settings.syslog_port = std::stoi(plain.port());
  EXPECT_EQ(code(send_syslog(settings, {"one"}, -1)), "tls_not_usable");
}

TEST_F(SyslogSenderTest, ShowsItsOwnCertificateWhereItIsAskedFor) {
  const auto repository = server(Behaviour::polite, "repository", made_->certificate("hospital"));
  AuditSettings settings = at(repository->port());
  // Many times: with TLS 1.3 it refuses after our handshake has ended, and whether our bytes come before or after that is chance.
  for (int i = 0; i < 50; ++i) EXPECT_EQ(code(send_syslog(settings, {"one"}, -1)), "syslog_unreachable") << i;
  settings.tls.certificate_file = made_->certificate("node");
  settings.tls.private_key_file = made_->key("node");
  EXPECT_EQ(code(send_syslog(settings, {"two"}, -1)), "ok");
  EXPECT_EQ(repository->messages(), std::vector<std::string>{"two"});
}

TEST_F(SyslogSenderTest, NobodyListens) {
  const test::DeafPort deaf;
  EXPECT_EQ(code(send_syslog(at(std::stoi(deaf.port())), {"one"}, -1)), "syslog_unreachable");
}

TEST_F(SyslogSenderTest, AWorkerThatStopsWaitsForNobody) {
  // Aim: before a send, and while the repository is silent.
  const auto repository = server(Behaviour::mute);
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  std::thread stopping([&] {
    while (repository->messages().empty()) std::this_thread::yield();
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(wake, &one, sizeof one), 8);
  });
  EXPECT_EQ(code(send_syslog(at(repository->port()), {"one"}, wake)), "woken");
  stopping.join();
  EXPECT_EQ(code(send_syslog(at(repository->port()), {"two"}, wake)), "woken");
  EXPECT_EQ(repository->messages().size(), 1u);
  ::close(wake);
}

}  // namespace
}  // namespace radfm::audit
