// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "scu-scp/storage_scp.h"
#include "tests/scu-scp/archive_fixture.h"

namespace radfm::scu {
namespace {

using ::testing::HasSubstr;

// Keys and certificates, made anew for each run by the openssl program.
class Certificates {
 public:
  Certificates(const std::string& program, const std::filesystem::path& folder)
      : program_(program), folder_(folder) {}

  // An authority of this name.
  void authority(const std::string& name) {
    run({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout",
         key(name), "-out", certificate(name)});
  }
  // A certificate for this host ("IP:127.0.0.1", "DNS:host") by that authority.
  void host(const std::string& name, const std::string& alternative, const std::string& issuer) {
    run({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", key(name), "-out",
         path(name + ".csr")});
    test::write_file(path(name + ".ext"), "subjectAltName=" + alternative + "\n");
    run({"x509", "-req", "-days", "2", "-in", path(name + ".csr"), "-CA", certificate(issuer), "-CAkey",
         key(issuer), "-CAcreateserial", "-extfile", path(name + ".ext"), "-out", certificate(name)});
  }
  std::string key(const std::string& name) const { return path(name + ".key"); }
  std::string certificate(const std::string& name) const { return path(name + ".pem"); }
  TlsSettings settings(const std::string& name, const std::string& trusted) const {
    return {key(name), certificate(name), certificate(trusted), true};
  }

 private:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program_);
    const auto done = test::run_outside_program(arguments);
    if (done.exit_code != 0) throw std::runtime_error("openssl: " + done.output);
  }
  const std::string program_;
  const std::filesystem::path folder_;
};

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    use_dicom_network();
    const std::string program = test::find_outside_program("openssl");
    if (program.empty()) return;
    folder_ = new test::TemporaryFolder;
    made_ = new Certificates(program, folder_->path());
    made_->authority("clinic");
    made_->authority("stranger");
    made_->host("node", "IP:127.0.0.1", "clinic");
    made_->host("elsewhere", "DNS:elsewhere.example", "clinic");
    made_->host("foreign", "IP:127.0.0.1", "stranger");
  }
  static void TearDownTestSuite() {
    delete made_;
    delete folder_;
    made_ = nullptr;
  }
  void SetUp() override {
    if (made_ == nullptr) GTEST_SKIP() << "the openssl program is not installed";
  }

  std::unique_ptr<StorageScp> secure_scp(const TlsSettings& tls) {
    ScpSettings settings;
    settings.address = "127.0.0.1";
    settings.policy.callers = {{"ARCHIVE", ""}};
    settings.policy.tls = tls;
    auto started = StorageScp::start(settings, moves_, commitments_);
    EXPECT_TRUE(started.ok()) << started.error().message;
    return std::move(*started);
  }
  static Status echo(int port, const std::optional<TlsSettings>& tls, std::int64_t timeout_ms = 20'000) {
    Peer peer = peer_at(port, "RADFM");
    peer.own_ae_title = "ARCHIVE";
    peer.tls = tls;
    peer.timeout_ms = timeout_ms;
    return EchoScu(peer).echo();
  }
  static const Certificates& made() { return *made_; }

  static test::TemporaryFolder* folder_;
  static Certificates* made_;
  ExpectedMoves moves_;
  ExpectedCommitments commitments_;
};
test::TemporaryFolder* TlsTest::folder_ = nullptr;
Certificates* TlsTest::made_ = nullptr;

TEST_F(TlsTest, BothSidesShowTrustedCertificates) {
  // Aim: our client and our server, and what either does with certificates of another authority.
  const auto scp = secure_scp(made().settings("node", "clinic"));
  const Status fine = echo(scp->port(), made().settings("node", "clinic"));
  EXPECT_TRUE(fine.ok()) << fine.error().message;
  // The server is not trusted by the client; the client is not trusted by the server; the client speaks plain
  // TCP.
  EXPECT_EQ(echo(scp->port(), made().settings("node", "stranger")).error().code, "tls_refused");
  EXPECT_FALSE(echo(scp->port(), made().settings("foreign", "clinic")).ok());
  EXPECT_FALSE(echo(scp->port(), std::nullopt).ok());
  EXPECT_TRUE(echo(scp->port(), made().settings("node", "clinic")).ok());
}

TEST_F(TlsTest, TheHostsNameStandsInTheCertificate) {
  // Aim: a trusted certificate of another host is refused, unless the site says that names are not looked at.
  const auto scp = secure_scp(made().settings("elsewhere", "clinic"));
  TlsSettings settings = made().settings("node", "clinic");
  const Status refused = echo(scp->port(), settings);
  EXPECT_EQ(refused.error().code, "tls_refused");
  EXPECT_EQ(refused.error().error_class, ErrorClass::transient);
  settings.check_host_name = false;
  EXPECT_TRUE(echo(scp->port(), settings).ok());
}

TEST_F(TlsTest, APeersOwnCertificateMayBeTrusted) {
  // Aim: sites without an authority list the certificates themselves.
  const auto scp = secure_scp(made().settings("node", "node"));
  EXPECT_TRUE(echo(scp->port(), made().settings("node", "node")).ok());
  EXPECT_FALSE(echo(scp->port(), made().settings("foreign", "node")).ok());
}

TEST_F(TlsTest, IndependentServerAndClient) {
  // Aim: Python's TLS as the server, DCMTK's echoscu as the client.
  const std::string python = test::find_python(), echoscu = test::find_outside_program("echoscu");
  if (python.empty() || echoscu.empty())
    GTEST_SKIP() << "pynetdicom (.deps) or DCMTK's programs are not set up";
  test::PythonPeer peer({python, "tests/scu-scp/tls_peer.py", "RADFM", made().key("node"),
                         made().certificate("node"), made().certificate("clinic")});
  const Status echoed = echo(peer.port(), made().settings("node", "clinic"));
  EXPECT_TRUE(echoed.ok()) << echoed.error().message;
  EXPECT_FALSE(echo(peer.port(), made().settings("foreign", "clinic")).ok());
  const auto scp = secure_scp(made().settings("node", "clinic"));
  const auto run = test::run_outside_program(
      {echoscu, "-aet", "ARCHIVE", "-aec", "RADFM", "+tls", made().key("node"), made().certificate("node"),
       "+cf", made().certificate("clinic"), "127.0.0.1", std::to_string(scp->port())});
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

TEST_F(TlsTest, UnusableFilesAreNamed) {
  // Aim: our own mistakes are permanent and name the file, for the client before a call and for the server at
  // its start.
  TlsSettings settings = made().settings("node", "clinic");
  settings.private_key_file = made().key("elsewhere");
  EXPECT_THAT(echo(1, settings).error().message, HasSubstr(settings.certificate_file));
  settings = made().settings("node", "clinic");
  settings.trusted_certificates_file = "/nowhere/trusted.pem";
  const Status missing = echo(1, settings);
  EXPECT_EQ(missing.error().code, "tls_not_usable");
  EXPECT_EQ(missing.error().error_class, ErrorClass::permanent);
  EXPECT_THAT(missing.error().message, HasSubstr("/nowhere/trusted.pem"));
  ScpSettings server;
  server.address = "127.0.0.1";
  server.policy.tls = settings;
  EXPECT_EQ(StorageScp::start(server, moves_, commitments_).error().code, "tls_not_usable");
}

TEST_F(TlsTest, APeerThatIsSilentInTheHandshakeIsLeft) {
  // Aim: the total deadline holds while OpenSSL waits.
  test::SilentListener silent;
  EXPECT_EQ(echo(silent.port(), made().settings("node", "clinic"), 1'000).error().code, "peer_timeout");
}

TEST_F(TlsTest, APeerThatDropsTheHandshakeIsTold) {
  // Aim: a connection that ends in the handshake is an error at once.
  test::SilentListener dropping;
  std::thread drop([&] {
    dropping.wait_for_connection();
    dropping.close_connection();
  });
  EXPECT_EQ(echo(dropping.port(), made().settings("node", "clinic")).error().code, "tls_refused");
  drop.join();
}

}  // namespace
}  // namespace radfm::scu
