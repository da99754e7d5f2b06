// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <thread>

#include "scu-scp/commitment_scu.h"
#include "scu-scp/storage_scp.h"
#include "tests/scu-scp/archive_fixture.h"

namespace radfm::scu {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

const std::string cr = "1.2.840.10008.5.1.4.1.1.1";
constexpr std::int64_t long_ms = 60'000;

class CommitmentTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { use_dicom_network(); }
  void SetUp() override {
    python_ = test::find_python();
    if (python_.empty()) GTEST_SKIP() << "pynetdicom (.deps) is not set up";
    ScpSettings settings;
    settings.address = "127.0.0.1";
    settings.policy.callers = {{"ARCHIVE", "127.0.0.1"}};
    auto started = StorageScp::start(settings, moves_, commitments_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    scp_ = std::move(*started);
  }
  std::unique_ptr<test::PythonPeer> archive(const std::string& behaviour) {
    return std::make_unique<test::PythonPeer>(std::vector<std::string>{
        python_, "tests/scu-scp/commitment_peer.py", "ARCHIVE", behaviour, std::to_string(scp_->port())});
  }
  auto request(int port, std::int64_t stay_ms, int wake_fd = -1) {
    return CommitmentScu(peer_at(port, "ARCHIVE"), commitments_)
        .request(uid_from_name("transaction"), {{cr, "1.2.1"}, {cr, "1.2.2"}}, stay_ms, wake_fd);
  }

  std::string python_;
  ExpectedMoves moves_;
  ExpectedCommitments commitments_;
  std::unique_ptr<StorageScp> scp_;
};

TEST_F(CommitmentTest, TheResultOnTheSameAssociation) {
  // Aim: an archive that answers at once, where it was asked.
  const auto peer = archive("same");
  const auto transaction = request(peer->port(), long_ms);
  ASSERT_TRUE(transaction.ok()) << transaction.error().message;
  const auto result = transaction.value()->result();
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->complete());
  EXPECT_THAT(result->committed, ElementsAre("1.2.1", "1.2.2"));
  EXPECT_EQ(peer->read_line(), "result 0000");
}

TEST_F(CommitmentTest, TheResultOnANewAssociation) {
  // Aim: an archive that calls our server, both while we stay and after we left.
  const auto peer = archive("new");
  for (const std::int64_t stay_ms : {std::int64_t{0}, long_ms}) {
    const auto transaction = request(peer->port(), stay_ms);
    ASSERT_TRUE(transaction.ok()) << transaction.error().message;
    const auto result = transaction.value()->wait(long_ms, -1);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_TRUE(result.value().complete());
    EXPECT_EQ(peer->read_line(), "result 0000");
  }
}

TEST_F(CommitmentTest, OrthancKeepsWhatItHasAndSaysWhatItHasNot) {
  // Aim: an independent archive, which brings the result on a new association.
  test::TemporaryFolder folder;
  const auto peer = orthanc_archive(folder.path(), scp_->port());
  if (!peer) GTEST_SKIP() << "Orthanc is not installed";
  ASSERT_TRUE(StoreScu(peer_at(peer->port(), "ARCHIVE")).store({image_of("old", "a", 1)}).ok());
  const CommitmentScu scu(peer_at(peer->port(), "ARCHIVE"), commitments_);
  const auto transaction =
      scu.request(uid_from_name("transaction"), {{cr, uid_from_name("olda1")}, {cr, "1.2.9"}}, 0);
  ASSERT_TRUE(transaction.ok()) << transaction.error().message;
  const auto result = transaction.value()->wait(long_ms, -1);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_THAT(result.value().committed, ElementsAre(uid_from_name("olda1")));
  EXPECT_THAT(result.value().failed, ElementsAre(Pair("1.2.9", 0x0112)));  // no such object instance
}

TEST_F(CommitmentTest, WhatIsNotKeptIsNamed) {
  // Aim: a failed object with its reason, and one that the archive passes over in silence.
  const auto failing = archive("failing"), partial = archive("partial");
  const auto failed = request(failing->port(), 0).value()->wait(long_ms, -1);
  ASSERT_TRUE(failed.ok()) << failed.error().message;
  EXPECT_THAT(failed.value().failed, ElementsAre(Pair("1.2.2", 0x0112)));
  EXPECT_THAT(failed.value().committed, ElementsAre("1.2.1"));
  const auto silent = request(partial->port(), 0).value()->wait(long_ms, -1);
  ASSERT_TRUE(silent.ok()) << silent.error().message;
  EXPECT_THAT(silent.value().unmentioned, ElementsAre("1.2.2"));
  EXPECT_FALSE(silent.value().complete());
}

TEST_F(CommitmentTest, ResultsOfOtherTransactionsAreRefused) {
  // Aim: an unknown transaction is answered with a failure, and the right one still counts.
  const auto peer = archive("other");
  const auto transaction = request(peer->port(), 0);
  ASSERT_TRUE(transaction.ok()) << transaction.error().message;
  EXPECT_TRUE(transaction.value()->wait(long_ms, -1).ok());
  EXPECT_EQ(peer->read_line(), "result 0110");
  EXPECT_EQ(peer->read_line(), "result 0000");
}

TEST_F(CommitmentTest, AnArchiveThatNeverSaysIsLeft) {
  // Aim: the wait has an end and is cancelled by the descriptor; a refusal is an error at once.
  const auto peer = archive("never"), refusing = archive("refusing");
  const auto transaction = request(peer->port(), 0);
  ASSERT_TRUE(transaction.ok()) << transaction.error().message;
  EXPECT_EQ(transaction.value()->wait(1, -1).error().code, "commitment_not_answered");
  const int wake = ::eventfd(1, EFD_CLOEXEC);
  EXPECT_EQ(transaction.value()->wait(long_ms, wake).error().code, "woken");
  ::close(wake);
  const auto refused =
      CommitmentScu(peer_at(refusing->port(), "ARCHIVE"), commitments_).request("1.2.9", {{cr, "1.2.1"}}, 0);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "peer_refused_query");
}

TEST_F(CommitmentTest, WhatCannotBeAskedIsNotSent) {
  // Aim: before anybody is called (the port would refuse): no UID, no object, and the limit, at it and past
  // it.
  const CommitmentScu scu(peer_at(free_port(), "ARCHIVE"), commitments_);
  EXPECT_EQ(scu.request("x y", {{cr, "1.2"}}, 0).error().code, "query_not_usable");
  EXPECT_EQ(scu.request("1.2", {}, 0).error().code, "query_not_usable");
  EXPECT_EQ(scu.request("1.2", {{cr, "*"}}, 0).error().code, "query_not_usable");
  std::vector<ObjectReference> many(commitment_objects_max, {cr, "1.2"});
  EXPECT_EQ(scu.request("1.2", many, 0).error().code, "peer_unreachable");
  many.push_back({cr, "1.2"});
  EXPECT_EQ(scu.request("1.2", many, 0).error().code, "query_not_usable");
}

TEST_F(CommitmentTest, OnlyTheAskedArchiveAnswers) {
  // Aim: the right transaction from another caller, and bytes that are no data set, change nothing.
  const auto transaction = commitments_.expect("1.2.7", "ARCHIVE", {{cr, "1.2"}});
  const std::vector<std::uint8_t> event = {8, 0, 0x95, 0x11, 6, 0, 0, 0, '1', '.', '2', '.', '7', 0};
  EXPECT_FALSE(commitments_.take("ANOTHER", event, Encoding::implicit_little));
  EXPECT_FALSE(commitments_.take("ARCHIVE", std::vector<std::uint8_t>{1, 2, 3}, Encoding::implicit_little));
  EXPECT_FALSE(transaction->result().has_value());
  EXPECT_TRUE(commitments_.take("ARCHIVE", event, Encoding::implicit_little));
  EXPECT_THAT(transaction->result()->unmentioned, ElementsAre("1.2"));
}

}  // namespace
}  // namespace radfm::scu
