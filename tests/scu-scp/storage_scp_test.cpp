// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/storage_scp.h"

#include <gmock/gmock.h>

#include "scu-scp/data_elements.h"
#include "tests/scu-scp/archive_fixture.h"
#include "tests/scu-scp/pdu_bytes.h"
#include "tests/scu-scp/raw_socket.h"

namespace radfm::scu {
namespace {

class StorageScpTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { use_dicom_network(); }

  void start(AcceptancePolicy policy = {}) {
    if (policy.callers.empty())
      policy.callers = {{"ARCHIVE", ""}, {"NEAR", "127.0.0.1"}, {"FAR", "192.0.2.1"}};
    ScpSettings settings;
    settings.address = "127.0.0.1";
    settings.policy = policy;
    auto started = StorageScp::start(settings, moves_, commitments_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    scp_ = std::move(*started);
    sink_ = std::make_shared<FolderSink>(folder_.path(), RetrievalLimits{});
  }
  // Somebody who calls our server under this title.
  Peer caller(const std::string& title) {
    Peer peer = peer_at(scp_->port(), "RADFM");
    peer.own_ae_title = title;
    return peer;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }

  ExpectedMoves moves_;
  ExpectedCommitments commitments_;
  std::unique_ptr<StorageScp> scp_;
  test::TemporaryFolder folder_;
  std::shared_ptr<FolderSink> sink_;
};

TEST_F(StorageScpTest, OnlyKnownCallersAreHeard) {
  // Aim: title, address, and our own title, each right and wrong.
  start();
  EXPECT_TRUE(EchoScu(caller("ARCHIVE")).echo().ok());
  EXPECT_TRUE(EchoScu(caller("NEAR")).echo().ok());
  EXPECT_EQ(EchoScu(caller("FAR")).echo().error().code, "peer_refused_association");
  EXPECT_EQ(EchoScu(caller("NOBODY")).echo().error().code, "peer_refused_association");
  Peer wrong = caller("ARCHIVE");
  wrong.ae_title = "ANOTHER";
  EXPECT_EQ(EchoScu(wrong).echo().error().code, "peer_refused_association");
}

TEST_F(StorageScpTest, WhatNobodyAskedForIsNotKept) {
  // Aim: without a move, after a move, of another study, from another archive: refused, and nothing is
  // written.
  start();
  const Bytes wanted = image_of("old", "a", 1), foreign = image_of("other", "a", 1, "P-2");
  EXPECT_EQ(StoreScu(caller("ARCHIVE")).store({wanted}).error().code, "peer_refused_object");
  {
    const auto move = moves_.expect("RADFM", "ARCHIVE", {uid_from_name("old"), {}, ""}, sink_);
    EXPECT_EQ(StoreScu(caller("ARCHIVE")).store({foreign}).error().code, "peer_refused_object");
    EXPECT_EQ(StoreScu(caller("NEAR")).store({wanted}).error().code, "peer_refused_object");
    EXPECT_EQ(files(), 0u);
    EXPECT_TRUE(StoreScu(caller("ARCHIVE")).store({wanted}).ok());
    EXPECT_EQ(files(), 1u);
    EXPECT_EQ(move->result().kept, 1u);
    EXPECT_TRUE(move->result().complete());
  }
  EXPECT_EQ(StoreScu(caller("ARCHIVE")).store({wanted}).error().code, "peer_refused_object");
  EXPECT_EQ(files(), 1u);
}

TEST_F(StorageScpTest, AFileHoldsWhatWasSent) {
  // Aim: the data set's bytes are those of the sender.
  start();
  const Bytes sent = image_of("old", "a", 1);
  const auto move = moves_.expect("RADFM", "ARCHIVE", {uid_from_name("old"), {}, ""}, sink_);
  ASSERT_TRUE(StoreScu(caller("ARCHIVE")).store({sent}).ok());
  const auto kept = sink_->close();
  ASSERT_EQ(kept.size(), 1u);
  std::ifstream file(kept.front().path, std::ios::binary);
  const Bytes got((std::istreambuf_iterator<char>(file)), {});
  const std::size_t tail = 16u * 16u * 2u + 200u;  // pixel data and the elements before it
  ASSERT_GT(got.size(), tail);
  EXPECT_TRUE(std::equal(got.end() - static_cast<std::ptrdiff_t>(tail), got.end(),
                         sent.end() - static_cast<std::ptrdiff_t>(tail)));
}

TEST_F(StorageScpTest, OneThatSaysNothingHoldsUpNobody) {
  // Aim: silent connections, and one that sends half a request, while another caller is served.
  start();
  std::vector<std::unique_ptr<test::RawSocket>> silent;
  for (std::size_t i = 0; i + 1 < served_associations_max; ++i)
    silent.push_back(std::make_unique<test::RawSocket>(scp_->port()));
  silent.front()->send(Bytes{0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00});
  EXPECT_TRUE(EchoScu(caller("ARCHIVE")).echo().ok());
}

TEST_F(StorageScpTest, TooManyConnectionsAreClosed) {
  // Aim: at the limit all are open, one past it is closed at once.
  start();
  std::vector<std::unique_ptr<test::RawSocket>> open;
  for (std::size_t i = 0; i < served_associations_max; ++i)
    open.push_back(std::make_unique<test::RawSocket>(scp_->port()));
  test::RawSocket one_more(scp_->port());
  EXPECT_TRUE(one_more.is_closed_by_peer());
}

TEST_F(StorageScpTest, WhatIsNoDicomEndsTheConnection) {
  // Aim: HTTP, huge lengths and a data PDU as the first one are answered with an end, not with memory.
  start();
  for (const Bytes& hostile :
       {Bytes{'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P'}, Bytes{1, 0, 0xFF, 0xFF, 0xFF, 0xFF},
        Bytes{4, 0, 0, 0, 0, 8, 0, 0, 0, 4, 1, 3, 0, 0}}) {
    test::RawSocket socket(scp_->port());
    socket.send(hostile);
    EXPECT_TRUE(socket.is_closed_by_peer());
  }
  EXPECT_TRUE(EchoScu(caller("ARCHIVE")).echo().ok());
}

TEST_F(StorageScpTest, AnAssociationThatFallsSilentIsEnded) {
  // Aim: a known caller who asks for nothing gives its place back long before the association's own deadline.
  AcceptancePolicy policy;
  policy.callers = {{"ARCHIVE", ""}};
  policy.timeout_ms = 3'600'000;
  policy.silence_timeout_ms = 100;
  start(policy);
  test::RawSocket silent(scp_->port());
  silent.send(test::associate_request());
  EXPECT_TRUE(silent.is_closed_by_peer());
  EXPECT_TRUE(EchoScu(caller("ARCHIVE")).echo().ok());
}

TEST_F(StorageScpTest, StopsWhileCallersAreConnected) {
  // Aim: the destructor ends open associations.
  start();
  test::RawSocket silent(scp_->port());
  const auto begin = std::chrono::steady_clock::now();
  scp_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin,
            std::chrono::milliseconds(association_request_timeout_ms));
}

TEST_F(StorageScpTest, TheBytesOfAnAssociationAreBounded) {
  // Aim: an object that would pass the bound is not kept, and the association ends.
  AcceptancePolicy policy;
  policy.received_bytes_max = 1'000;
  start(policy);
  const auto move = moves_.expect("RADFM", "ARCHIVE", {uid_from_name("old"), {}, ""}, sink_);
  EXPECT_FALSE(StoreScu(caller("ARCHIVE")).store({image_of("old", "a", 1)}).ok());
  EXPECT_EQ(files(), 0u);
}

TEST_F(StorageScpTest, APortInUseIsTold) {
  // Aim: a second server on the same port says so.
  start();
  ScpSettings settings;
  settings.address = "127.0.0.1";
  settings.port = scp_->port();
  EXPECT_EQ(StorageScp::start(settings, moves_, commitments_).error().code, "port_not_usable");
}

}  // namespace
}  // namespace radfm::scu
