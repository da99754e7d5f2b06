// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "orthanc-client/orthanc_client.h"
#include "tests/scu-scp/test_peers.h"
#include "tests/support/certificates.h"

namespace radfm::orthanc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecureOrthanc : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string program = test::find_outside_program("openssl");
    if (program.empty() || test::find_outside_program("python3").empty()) return;
    folder_ = std::make_unique<test::TemporaryFolder>();
    made_ = std::make_unique<test::Certificates>(program, folder_->path());
    made_->authority("clinic");
    made_->authority("stranger");
    made_->host("node", "IP:127.0.0.1", "clinic");
    made_->host("named", "DNS:localhost", "clinic");
    made_->host("elsewhere", "DNS:elsewhere.example", "clinic");
    made_->host("expired", "IP:127.0.0.1", "clinic", -1);
    made_->self_signed("alone", "IP:127.0.0.1");
  }
  static void TearDownTestSuite() {
    made_.reset();
    folder_.reset();
  }
  void SetUp() override {
    if (!made_) GTEST_SKIP() << "openssl or python3 is not installed";
  }

  static std::unique_ptr<test::PythonPeer> server(const std::string& name, const std::string& version = "") {
    return std::make_unique<test::PythonPeer>(std::vector<std::string>{test::find_outside_program("python3"), "tests/orthanc-client/secure_orthanc.py",
                                                                       made_->key(name), made_->certificate(name), version});
  }
  // What Orthanc::system() says of a server at this address by those certificates.
  static Status ask(const test::PythonPeer& peer, const std::string& trusted, const std::string& host = "127.0.0.1") {
    OrthancSettings settings;
    settings.url = "https://" + host + ":" + std::to_string(peer.port());
    settings.username = "worker";
    settings.password = "canary-of-a-password";
    settings.trusted_certificates_file = trusted;
    auto client = OrthancClient::make(settings, folder_->path(), -1);
    EXPECT_TRUE(client.ok());
    return (*client)->system();
  }
  // It was refused, Orthanc counts as away (no fault of a job), and the message says `why` without the password.
  static void expect_refused(const Status& status, const std::string& why) {
    ASSERT_FALSE(status.ok()) << why;
    EXPECT_TRUE(orthanc_is_away(status.error())) << status.error().code;
    EXPECT_THAT(status.error().message, HasSubstr(why));
    EXPECT_THAT(status.error().message, Not(HasSubstr("canary")));
  }

  inline static std::unique_ptr<test::TemporaryFolder> folder_;
  inline static std::unique_ptr<test::Certificates> made_;
};

TEST_F(SecureOrthanc, IsReachedByAddressAndByName) {
  // Aim: the configured authority, or the certificate itself, is believed for the address or the name that stands in it.
  const auto node = server("node"), named = server("named"), alone = server("alone");
  EXPECT_TRUE(ask(*node, made_->certificate("clinic")).ok());
  EXPECT_TRUE(ask(*named, made_->certificate("clinic"), "localhost").ok());
  EXPECT_TRUE(ask(*alone, made_->certificate("alone")).ok());
}

TEST_F(SecureOrthanc, WhoCannotProveToBeItIsRefused) {
  // Aim: another authority, none but the system's, a self-signed, an expired and another host's certificate; the message says which.
  const auto node = server("node"), alone = server("alone"), expired = server("expired"), elsewhere = server("elsewhere"), named = server("named");
  const std::string clinic = made_->certificate("clinic");
  expect_refused(ask(*node, made_->certificate("stranger")), "certificate");
  expect_refused(ask(*node, ""), "certificate");
  expect_refused(ask(*alone, clinic), "self-signed");
  expect_refused(ask(*expired, clinic), "expired");
  expect_refused(ask(*elsewhere, clinic), "mismatch");
  expect_refused(ask(*named, clinic), "mismatch");
}

TEST_F(SecureOrthanc, OldVersionsAndPlainTextAreRefused) {
  // Aim: a server of TLS 1.1 and one without TLS are not spoken to, and no password is sent.
  const auto old = server("node", "1.1"), plain = server("node", "plain");
  expect_refused(ask(*old, made_->certificate("clinic")), "TLS handshake");
  expect_refused(ask(*plain, made_->certificate("clinic")), "TLS handshake");
}

TEST_F(SecureOrthanc, AMissingFileOfOursIsNoFaultOfAJob) {
  // Aim: trusted certificates that cannot be read are named, and jobs wait.
  const auto node = server("node");
  expect_refused(ask(*node, "/nowhere/trusted.pem"), "/nowhere/trusted.pem");
}

}  // namespace
}  // namespace radfm::orthanc
