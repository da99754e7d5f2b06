// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/scu-scp/tls_fixture.h"

namespace radfm::scu {
namespace {

using ::testing::HasSubstr;

using TlsTest = TlsFixture;

TEST_F(TlsTest, BothSidesShowTrustedCertificates) {
  // Aim: our client and our server, and what either does with certificates of another authority.
  const auto scp = secure_scp(settings("node", "clinic"));
  const Status fine = echo(scp->port(), settings("node", "clinic"));
  EXPECT_TRUE(fine.ok()) << fine.error().message;
  // The server is not trusted by the client; the client is not trusted by the server; the client speaks plain
  // TCP.
  EXPECT_EQ(echo(scp->port(), settings("node", "stranger")).error().code, "tls_refused");
  EXPECT_FALSE(echo(scp->port(), settings("foreign", "clinic")).ok());
  EXPECT_FALSE(echo(scp->port(), std::nullopt).ok());
  EXPECT_TRUE(echo(scp->port(), settings("node", "clinic")).ok());
}

TEST_F(TlsTest, TheHostsNameStandsInTheCertificate) {
  // Aim: a trusted certificate of another host is refused, unless the site says that names are not looked at.
  const auto scp = secure_scp(settings("elsewhere", "clinic"));
  TlsSettings own = settings("node", "clinic");
  const Status refused = echo(scp->port(), own);
  EXPECT_EQ(refused.error().code, "tls_refused");
  EXPECT_EQ(refused.error().error_class, ErrorClass::transient);
  own.check_host_name = false;
  EXPECT_TRUE(echo(scp->port(), own).ok());
}

TEST_F(TlsTest, APeersOwnCertificateMayBeTrusted) {
  // Aim: sites without an authority list the certificates themselves.
  const auto scp = secure_scp(settings("node", "node"));
  EXPECT_TRUE(echo(scp->port(), settings("node", "node")).ok());
  EXPECT_FALSE(echo(scp->port(), settings("foreign", "node")).ok());
}

TEST_F(TlsTest, IndependentServerAndClient) {
  // Aim: Python's TLS as the server, DCMTK's echoscu as the client.
  const std::string python = test::find_python(), echoscu = test::find_outside_program("echoscu");
  if (python.empty() || echoscu.empty())
    GTEST_SKIP() << "pynetdicom (.deps) or DCMTK's programs are not set up";
  test::PythonPeer peer({python, "tests/scu-scp/tls_peer.py", "RADFM", made().key("node"),
                         made().certificate("node"), made().certificate("clinic")});
  const Status echoed = echo(peer.port(), settings("node", "clinic"));
  EXPECT_TRUE(echoed.ok()) << echoed.error().message;
  EXPECT_FALSE(echo(peer.port(), settings("foreign", "clinic")).ok());
  const auto scp = secure_scp(settings("node", "clinic"));
  const auto run = test::run_outside_program(
      {echoscu, "-aet", "ARCHIVE", "-aec", "RADFM", "+tls", made().key("node"), made().certificate("node"),
       "+cf", made().certificate("clinic"), "127.0.0.1", std::to_string(scp->port())});
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

TEST_F(TlsTest, UnusableFilesAreNamed) {
  // Aim: our own mistakes are permanent and name the file, for the client before a call and for the server at
  // its start.
  TlsSettings own = settings("node", "clinic");
  own.private_key_file = made().key("elsewhere");
  EXPECT_THAT(echo(1, own).error().message, HasSubstr(own.certificate_file));
  own = settings("node", "clinic");
  own.trusted_certificates_file = "/nowhere/trusted.pem";
  const Status missing = echo(1, own);
  EXPECT_EQ(missing.error().code, "tls_not_usable");
  EXPECT_EQ(missing.error().error_class, ErrorClass::permanent);
  EXPECT_THAT(missing.error().message, HasSubstr("/nowhere/trusted.pem"));
  ScpSettings server;
  server.address = "127.0.0.1";
  server.policy.tls = own;
  EXPECT_EQ(StorageScp::start(server, moves_, commitments_).error().code, "tls_not_usable");
}

TEST_F(TlsTest, APeerThatIsSilentInTheHandshakeIsLeft) {
  // Aim: the total deadline holds while OpenSSL waits.
  test::SilentListener silent;
  EXPECT_EQ(echo(silent.port(), settings("node", "clinic"), 1'000).error().code, "peer_timeout");
}

TEST_F(TlsTest, APeerThatDropsTheHandshakeIsTold) {
  // Aim: a connection that ends in the handshake is an error at once.
  test::SilentListener dropping;
  std::thread drop([&] {
    dropping.wait_for_connection();
    dropping.close_connection();
  });
  EXPECT_EQ(echo(dropping.port(), settings("node", "clinic")).error().code, "tls_refused");
  drop.join();
}

}  // namespace
}  // namespace radfm::scu
