// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/get_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <gmock/gmock.h>

#include "tests/scu-scp/archive_fixture.h"

namespace radfm::scu {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr std::uint64_t bytes_max = 10u << 20;

class GetScuTest : public ArchiveTest {
 protected:
  Result<RetrievalResult> get(int port, const RetrievalRequest& request, FolderSink& sink,
                              std::uint64_t received_bytes_max = bytes_max,
                              QueryModel model = QueryModel::study_root) {
    return GetScu(peer_at(port, "ARCHIVE"), model).get(request, sink, received_bytes_max);
  }
  static RetrievalRequest old_study() { return {uid_from_name("old"), {}, "P-1"}; }

  void expect_old_study(int port, QueryModel model) {
    const std::filesystem::path into = got() / (model == QueryModel::study_root ? "study" : "patient");
    std::filesystem::create_directory(into);
    FolderSink sink(into, {});
    const auto result = get(port, old_study(), sink, bytes_max, model);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_TRUE(result.value().complete());
    EXPECT_EQ(result.value().kept, 3u);
    const auto kept = sink.close();
    EXPECT_EQ(uids_of(kept), uids_of_old());
    for (const auto& object : kept) {
      DcmFileFormat file;
      ASSERT_TRUE(file.loadFile(object.path.c_str()).good());
      OFString id, rows;
      EXPECT_TRUE(file.getDataset()->findAndGetOFString(DCM_PatientID, id).good());
      EXPECT_EQ(id, "P-1");
      EXPECT_EQ(object.identity.study_uid, uid_from_name("old"));
      EXPECT_EQ(std::filesystem::file_size(object.path), object.bytes);
    }
  }
};

TEST_F(GetScuTest, GetsAStudyFromAnIndependentArchive) {
  // Aim: role negotiation, both models: exactly the study's objects, as readable files.
  const auto peer = archive("honest");
  expect_old_study(peer->port(), QueryModel::study_root);
  expect_old_study(peer->port(), QueryModel::patient_root);
}

TEST_F(GetScuTest, GetsAStudyFromOtherArchives) {
  // Aim: the same from DCMTK's archive and from Orthanc.
  const auto archives = other_archives();
  if (archives.empty()) GTEST_SKIP() << "neither dcmqrscp nor Orthanc is installed";
  for (const auto& peer : archives) {
    SCOPED_TRACE(peer->name());
    std::filesystem::remove_all(got() / "study");
    expect_old_study(peer->port(), QueryModel::study_root);
  }
}

TEST_F(GetScuTest, GetsOneObject) {
  // Aim: the image level: that object and no other of its series; nothing, and no error, for one that is not there.
  const auto peer = archive("honest");
  std::vector<int> ports = {peer->port()};
  const auto outside = other_archives();
  for (const auto& one : outside) ports.push_back(one->port());
  for (const int port : ports) {
    SCOPED_TRACE(port);
    const std::filesystem::path into = got() / std::to_string(port);
    std::filesystem::create_directory(into);
    FolderSink sink(into, {});
    RetrievalRequest request{uid_from_name("old"), {uid_from_name("oldb")}, "P-1", uid_from_name("oldb2")};
    const auto result = get(port, request, sink);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_TRUE(result.value().complete());
    EXPECT_EQ(uids_of(sink.close()), std::set<std::string>{uid_from_name("oldb2")});
  }
}

TEST_F(GetScuTest, GetsSeriesBySeries) {
  // Aim: only the named series comes, one C-GET for each.
  const auto peer = archive("honest");
  FolderSink sink(got(), {});
  RetrievalRequest request = old_study();
  request.series_uids = {uid_from_name("oldb")};
  const auto result = get(peer->port(), request, sink);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_TRUE(result.value().complete());
  EXPECT_EQ(uids_of(sink.close()), (std::set<std::string>{uid_from_name("oldb1"), uid_from_name("oldb2")}));
}

TEST_F(GetScuTest, AnotherPatientsObjectIsRefused) {
  // Aim: an archive that answers with a foreign study: nothing of it is kept, and it is told.
  const auto peer = archive("foreign");
  FolderSink sink(got(), {});
  const auto result = get(peer->port(), old_study(), sink);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_THAT(result.value().refused, ElementsAre(Pair("object_not_asked_for", 1u)));
  EXPECT_EQ(result.value().failed, 0u);
  EXPECT_FALSE(result.value().complete());
  EXPECT_EQ(uids_of(sink.close()), uids_of_old());
}

TEST_F(GetScuTest, TheSinksBoundStopsTheRetrieval) {
  // Aim: one object more than the limit: the limit is kept, the archive told to stop, the reason given.
  const auto peer = archive("honest");
  FolderSink exact(got(), {3, bytes_max});
  EXPECT_TRUE(get(peer->port(), old_study(), exact)->complete());
  std::filesystem::create_directory(got() / "less");
  FolderSink sink(got() / "less", {2, bytes_max});
  const auto result = get(peer->port(), old_study(), sink);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().kept, 2u);
  ASSERT_TRUE(result.value().stopped.has_value());
  EXPECT_EQ(result.value().stopped->code, "retrieval_too_large");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(got() / "less"), {}), 2);
}

TEST_F(GetScuTest, AnArchiveThatSendsMoreThanAllowedIsLeft) {
  // Aim: the bound of the whole association, which no sink sees.
  const auto peer = archive("honest");
  FolderSink sink(got(), {});
  const auto result = get(peer->port(), old_study(), sink, 2'000);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "peer_sent_too_much");
  EXPECT_EQ(result.error().error_class, ErrorClass::permanent);
}

TEST_F(GetScuTest, ACutConnectionIsAnError) {
  // Aim: an archive that sends half and aborts: an error, no half file.
  const auto peer = archive("cut");
  FolderSink sink(got(), {});
  const auto result = get(peer->port(), old_study(), sink);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().error_class, ErrorClass::transient);
  EXPECT_EQ(sink.close().size(), 1u);
  for (const auto& entry : std::filesystem::directory_iterator(got()))
    EXPECT_EQ(entry.path().extension(), ".dcm");
}

TEST_F(GetScuTest, ASilentArchiveIsLeft) {
  // Aim: the total deadline while nothing comes.
  const auto peer = archive("silent");
  Peer hasty = peer_at(peer->port(), "ARCHIVE");
  hasty.timeout_ms = 3'000;
  FolderSink sink(got(), {});
  EXPECT_EQ(GetScu(hasty, QueryModel::study_root).get(old_study(), sink, bytes_max).error().code,
            "peer_timeout");
}

TEST_F(GetScuTest, WhatIsNoUidIsNotAskedFor) {
  // Aim: before anybody is called (the port would refuse); the number of series, at the limit and past it.
  FolderSink sink(got(), {});
  const int nobody = free_port();
  EXPECT_EQ(get(nobody, {"*", {}, ""}, sink).error().code, "query_not_usable");
  RetrievalRequest many = old_study();
  many.series_uids.assign(retrieval_series_max, "1.2.3");
  EXPECT_EQ(get(nobody, many, sink).error().code, "peer_unreachable");
  many.series_uids.push_back("1.2.3");
  EXPECT_EQ(get(nobody, many, sink).error().code, "query_not_usable");
}

}  // namespace
}  // namespace radfm::scu
