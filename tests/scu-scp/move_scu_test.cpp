// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/move_scu.h"

#include <gmock/gmock.h>

#include "scu-scp/storage_scp.h"
#include "tests/scu-scp/archive_fixture.h"

namespace radfm::scu {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class MoveScuTest : public ArchiveTest {
 protected:
  void SetUp() override {
    ArchiveTest::SetUp();
    if (IsSkipped()) return;
    ScpSettings settings;
    settings.address = "127.0.0.1";
    settings.policy.callers = {{"ARCHIVE", "127.0.0.1"}};
    auto started = StorageScp::start(settings, moves_, commitments_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    scp_ = std::move(*started);
  }

  Result<RetrievalResult> move(int port, const RetrievalRequest& request,
                               const std::shared_ptr<FolderSink>& sink,
                               QueryModel model = QueryModel::study_root) {
    return MoveScu(peer_at(port, "ARCHIVE"), model, moves_).move(request, sink);
  }
  std::shared_ptr<FolderSink> sink(RetrievalLimits limits = {}) {
    return std::make_shared<FolderSink>(got(), limits);
  }
  static RetrievalRequest old_study() { return {uid_from_name("old"), {}, "P-1"}; }

  ExpectedMoves moves_;
  ExpectedCommitments commitments_;
  std::unique_ptr<StorageScp> scp_;
};

TEST_F(MoveScuTest, MovesAStudyFromAnIndependentArchive) {
  // Aim: both models: exactly the study's objects reach our own destination.
  const auto peer = archive("honest", scp_->port());
  for (const QueryModel model : {QueryModel::study_root, QueryModel::patient_root}) {
    test::TemporaryFolder folder;
    const auto own = std::make_shared<FolderSink>(folder.path(), RetrievalLimits{});
    const auto result = move(peer->port(), old_study(), own, model);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_TRUE(result.value().complete());
    EXPECT_EQ(result.value().kept, 3u);
    EXPECT_EQ(uids_of(own->close()), uids_of_old());
  }
}

TEST_F(MoveScuTest, MovesAStudyFromOtherArchives) {
  // Aim: the same from DCMTK's archive and from Orthanc, whole and by series.
  const auto archives = other_archives(scp_->port());
  if (archives.empty()) GTEST_SKIP() << "neither dcmqrscp nor Orthanc is installed";
  RetrievalRequest by_series = old_study();
  by_series.series_uids = {uid_from_name("olda"), uid_from_name("oldb")};
  for (const auto& peer : archives) {
    for (const RetrievalRequest& request : {old_study(), by_series}) {
      SCOPED_TRACE(peer->name());
      test::TemporaryFolder folder;
      const auto own = std::make_shared<FolderSink>(folder.path(), RetrievalLimits{});
      const auto result = move(peer->port(), request, own);
      ASSERT_TRUE(result.ok()) << result.error().message;
      EXPECT_TRUE(result.value().complete());
      EXPECT_EQ(uids_of(own->close()), uids_of_old());
    }
  }
}

TEST_F(MoveScuTest, AnotherPatientsObjectIsRefused) {
  // Aim: under our message ID a foreign study is refused and told; without it, it is refused and the move is
  // whole.
  for (const std::string behaviour : {"foreign", "anonymous"}) {
    SCOPED_TRACE(behaviour);
    test::TemporaryFolder folder;
    const auto peer = archive(behaviour, scp_->port());
    const auto own = std::make_shared<FolderSink>(folder.path(), RetrievalLimits{});
    const auto result = move(peer->port(), old_study(), own);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result.value().kept, 3u);
    if (behaviour == "foreign")
      EXPECT_THAT(result.value().refused, ElementsAre(Pair("object_not_asked_for", 1u)));
    else
      EXPECT_TRUE(result.value().complete());
    EXPECT_EQ(uids_of(own->close()), uids_of_old());
  }
}

TEST_F(MoveScuTest, TheSinksBoundStopsTheMove) {
  // Aim: one object more than the limit is not kept, and the reason is given.
  const auto peer = archive("honest", scp_->port());
  const auto small = sink({2, 10u << 20});
  const auto result = move(peer->port(), old_study(), small);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().kept, 2u);
  ASSERT_TRUE(result.value().stopped.has_value());
  EXPECT_EQ(result.value().stopped->code, "retrieval_too_large");
  EXPECT_EQ(small->close().size(), 2u);
}

TEST_F(MoveScuTest, AnArchiveThatDoesNotKnowUsIsNamed) {
  // Aim: status A801 has a code of its own, with what to do.
  const auto peer = archive("honest", scp_->port());
  Peer stranger = peer_at(peer->port(), "ARCHIVE");
  stranger.own_ae_title = "STRANGER";
  const auto result = MoveScu(stranger, QueryModel::study_root, moves_).move(old_study(), sink());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "peer_knows_no_destination");
  EXPECT_EQ(result.error().error_class, ErrorClass::permanent);
}

TEST_F(MoveScuTest, ObjectsThatWentElsewhereCountAsFailed) {
  // Aim: our title is entered with somebody else's address: the archive says sent, and nothing has come.
  std::filesystem::create_directory(folder_.path() / "elsewhere");
  ExpectedMoves other_moves;
  ScpSettings settings;
  settings.address = "127.0.0.1";
  settings.policy.callers = {{"ARCHIVE", ""}};
  auto elsewhere = StorageScp::start(settings, other_moves, commitments_);
  ASSERT_TRUE(elsewhere.ok());
  const auto taking = std::make_shared<FolderSink>(folder_.path() / "elsewhere", RetrievalLimits{});
  const auto taken = other_moves.expect("RADFM", "ARCHIVE", old_study(), taking);
  const auto peer = archive("honest", (*elsewhere)->port());
  const auto result = move(peer->port(), old_study(), sink());
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().kept, 0u);
  EXPECT_EQ(result.value().failed, 3u);
  EXPECT_FALSE(result.value().complete());
}

TEST_F(MoveScuTest, ASilentArchiveIsLeft) {
  // Aim: the total deadline while nothing comes.
  const auto peer = archive("silent", scp_->port());
  Peer hasty = peer_at(peer->port(), "ARCHIVE");
  hasty.timeout_ms = 3'000;
  EXPECT_EQ(MoveScu(hasty, QueryModel::study_root, moves_).move(old_study(), sink()).error().code,
            "peer_timeout");
}

}  // namespace
}  // namespace radfm::scu
