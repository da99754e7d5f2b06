// SPDX-License-Identifier: Apache-2.0
// Certificates of a clinic and of others, our server behind one of them, and our client.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "scu-scp/storage_scp.h"
#include "tests/scu-scp/archive_fixture.h"
#include "tests/support/certificates.h"

namespace radfm::scu {

class TlsFixture : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    use_dicom_network();
    const std::string program = test::find_outside_program("openssl");
    if (program.empty()) return;
    folder_ = new test::TemporaryFolder;
    made_ = new test::Certificates(program, folder_->path());
    made_->authority("clinic");
    made_->authority("stranger");
    made_->host("node", "IP:127.0.0.1", "clinic");
    made_->host("elsewhere", "DNS:elsewhere.example", "clinic");
    made_->host("foreign", "IP:127.0.0.1", "stranger");
    made_->host("expired", "IP:127.0.0.1", "clinic", -1);
    made_->self_signed("alone", "IP:127.0.0.1");
  }
  static void TearDownTestSuite() {
    delete made_;
    delete folder_;
    made_ = nullptr;
    folder_ = nullptr;
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
  static const test::Certificates& made() { return *made_; }
  // The side that shows this certificate and trusts that one.
  static TlsSettings settings(const std::string& name, const std::string& trusted) {
    return {made().key(name), made().certificate(name), made().certificate(trusted), true};
  }

  inline static test::TemporaryFolder* folder_ = nullptr;
  inline static test::Certificates* made_ = nullptr;
  ExpectedMoves moves_;
  ExpectedCommitments commitments_;
};

}  // namespace radfm::scu
