// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/find_scu.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>

#include <thread>

#include "core/sop_class.h"
#include "tests/scu-scp/archive_report.h"

namespace radfm::scu {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class FindScuTest : public ArchiveTest {
 protected:
  static StudyQuery of(const std::string& patient_id) {
    StudyQuery query;
    query.patient_id = patient_id;
    return query;
  }
  static std::vector<std::string> study_uids(const Found<FoundStudy>& found) {
    std::vector<std::string> uids;
    for (const auto& study : found.matches) uids.push_back(study.study_uid);
    return uids;
  }
};

TEST_F(FindScuTest, FindsThePatientsStudiesOnly) {
  // Aim: both models, against an independent archive; values come with their bytes and their character set.
  const auto peer = archive("honest");
  for (const QueryModel model : {QueryModel::study_root, QueryModel::patient_root}) {
    const auto found = FindScu(peer_at(peer->port(), "ARCHIVE"), model).studies(of("P-1"), 100);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_THAT(study_uids(found.value()),
                UnorderedElementsAre(uid_from_name("old"), uid_from_name("older")));
    EXPECT_FALSE(found.value().more);
    EXPECT_EQ(found.value().unusable, 0u);
    const FoundStudy& study = found.value().matches.front();
    EXPECT_EQ(study.patient_name, "M\xFCller^Anna");
    EXPECT_EQ(study.character_set, "ISO_IR 100");
    EXPECT_EQ(study.patient_id, "P-1");
    EXPECT_EQ(study.date, "20250311");
    EXPECT_EQ(study.issuer, "RADFM-DEMO");
    EXPECT_EQ(study.birth_date, "19690115");
    EXPECT_EQ(study.sex, "F");
  }
}

TEST_F(FindScuTest, FindsInOtherArchives) {
  // Aim: the same in DCMTK's archive and in Orthanc, studies and series.
  const auto archives = other_archives();
  if (archives.empty()) GTEST_SKIP() << "neither dcmqrscp nor Orthanc is installed";
  for (const auto& peer : archives) {
    SCOPED_TRACE(peer->name());
    const FindScu scu(peer_at(peer->port(), "ARCHIVE"), QueryModel::study_root);
    const auto found = scu.studies(of("P-1"), 100);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_THAT(study_uids(found.value()),
                UnorderedElementsAre(uid_from_name("old"), uid_from_name("older")));
    const auto series = scu.series(uid_from_name("old"), "", 100);
    ASSERT_TRUE(series.ok()) << series.error().message;
    EXPECT_THAT(series.value().matches, SizeIs(2));
  }
}

TEST_F(FindScuTest, FindsTheSeriesOfAStudy) {
  // Aim: the series level, with what relevance needs.
  const auto peer = archive("honest");
  const auto found = FindScu(peer_at(peer->port(), "ARCHIVE"), QueryModel::patient_root)
                         .series(uid_from_name("old"), "P-1", 100);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_THAT(found.value().matches, SizeIs(2));
  EXPECT_EQ(found.value().matches[1].series_uid, uid_from_name("oldb"));
  EXPECT_EQ(found.value().matches[1].modality, "CR");
  EXPECT_EQ(found.value().matches[1].body_part, "CHEST");
  EXPECT_EQ(found.value().matches[1].instances, "2");
}

TEST_F(FindScuTest, FindsTheReportsOfAStudy) {
  // Aim: the reports and no images, with what the archive says of them; both models. DCMTK's archive knows no flags and no class.
  const Bytes report = report_of("old", folder_.path() / "archive");
  const auto check = [&](const Result<Found<FoundDocument>>& found, bool with_flags) {
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_THAT(found.value().matches, SizeIs(1));
    EXPECT_FALSE(found.value().more);
    EXPECT_EQ(found.value().unusable, 0u);
    const FoundDocument& document = found.value().matches.front();
    EXPECT_EQ(document.sop_instance_uid, report_uid_of("old"));
    EXPECT_FALSE(document.series_uid.empty());
    EXPECT_EQ(document.preliminary_flag, "");
    EXPECT_EQ(document.verification_flag, with_flags ? "VERIFIED" : "");
    EXPECT_EQ(document.sop_class_uid, with_flags ? std::string(basic_text_sr_uid) : "");
    EXPECT_EQ(document.title_code + document.title_scheme + document.title, with_flags ? "18748-4LN" + report_title : "");
  };
  const auto peer = archive("honest");
  for (const QueryModel model : {QueryModel::study_root, QueryModel::patient_root}) {
    const FindScu scu(peer_at(peer->port(), "ARCHIVE"), model);
    check(scu.documents(uid_from_name("old"), "P-1", 10), true);
    EXPECT_THAT(scu.documents(uid_from_name("older"), "P-1", 10).value().matches, SizeIs(0));
  }
  for (const auto& outside : other_archives()) {
    SCOPED_TRACE(outside->name());
    ASSERT_TRUE(StoreScu(peer_at(outside->port(), "ARCHIVE")).store({report}).ok());
    const FindScu scu(peer_at(outside->port(), "ARCHIVE"), QueryModel::study_root);
    check(scu.documents(uid_from_name("old"), "", 10), outside->name().find("dcmqrscp") == std::string::npos);
  }
}

TEST_F(FindScuTest, OfReportsSoManyAreListed) {
  // Aim: an archive with more series, and with more reports, than are asked for: what is within the limits, and that there is more.
  const auto peer = archive("talkative");
  const auto count = [&](std::size_t matches_max) {
    const auto found = FindScu(peer_at(peer->port(), "ARCHIVE"), QueryModel::study_root).documents("1.2.3", "", matches_max);
    EXPECT_TRUE(found.ok()) << found.error().message;
    EXPECT_TRUE(found.value().more);
    return found.value().matches.size();
  };
  EXPECT_EQ(count(find_matches_max), 2 * document_series_max);
  EXPECT_EQ(count(3), 3u);
  EXPECT_EQ(count(2), 2u);
}

TEST_F(FindScuTest, OneObjectIsThereOrNot) {
  // Aim: the image level, both models, against independent archives; another UID, and the same one in another series, are not there.
  const RetrievalRequest object{uid_from_name("old"), {uid_from_name("oldb")}, "P-1", uid_from_name("oldb2")};
  RetrievalRequest other = object, elsewhere = object;
  other.sop_instance_uid = uid_from_name("oldb3");
  elsewhere.series_uids = {uid_from_name("olda")};
  const auto ask = [&](int port, QueryModel model) {
    const FindScu scu(peer_at(port, "ARCHIVE"), model);
    std::string answers;
    for (const auto& one : {object, other, elsewhere}) {
      const auto there = scu.holds(one);
      answers += there ? (there.value() ? "there " : "absent ") : there.error().code + " ";
    }
    return answers;
  };
  const auto peer = archive("honest");
  EXPECT_EQ(ask(peer->port(), QueryModel::study_root), "there absent absent ");
  EXPECT_EQ(ask(peer->port(), QueryModel::patient_root), "there absent absent ");
  for (const auto& outside : other_archives()) EXPECT_EQ(ask(outside->port(), QueryModel::study_root), "there absent absent ") << outside->name();
}

TEST_F(FindScuTest, AnswersAboutOtherObjectsAreNotBelieved) {
  // Aim: an archive that does not look at the key is asked in vain; one with more answers than are read says nothing at all.
  const RetrievalRequest object{uid_from_name("old"), {uid_from_name("oldb")}, "P-1", uid_from_name("oldb2")};
  const auto nameless = archive("nameless"), flood = archive("flood");
  const auto absent = FindScu(peer_at(nameless->port(), "ARCHIVE"), QueryModel::study_root).holds(object);
  ASSERT_TRUE(absent.ok()) << absent.error().message;
  EXPECT_FALSE(absent.value());
  EXPECT_EQ(FindScu(peer_at(flood->port(), "ARCHIVE"), QueryModel::study_root).holds(object).error().code, "peer_broke_protocol");
  RetrievalRequest no_series = object, no_object = object;
  no_series.series_uids.clear();
  no_object.sop_instance_uid.clear();
  for (const auto& bad : {no_series, no_object})
    EXPECT_EQ(FindScu(peer_at(free_port(), "ARCHIVE"), QueryModel::study_root).holds(bad).error().code, "query_not_usable");
}

TEST_F(FindScuTest, ADateRangeIsAskedFor) {
  // Aim: open and closed ranges as PS3.4 C.2.2.2.5 writes them.
  const auto peer = archive("honest");
  StudyQuery query = of("P-1");
  query.date_to = "20260101";
  ASSERT_TRUE(FindScu(peer_at(peer->port(), "ARCHIVE"), QueryModel::study_root).studies(query, 1).ok());
  EXPECT_EQ(peer->read_line(), "find STUDY P-1 -20260101");
  query.date_from = "20210101";
  ASSERT_TRUE(FindScu(peer_at(peer->port(), "ARCHIVE"), QueryModel::study_root).studies(query, 1).ok());
  EXPECT_EQ(peer->read_line(), "find STUDY P-1 20210101-20260101");
}

TEST_F(FindScuTest, AFloodEndsAtTheBound) {
  // Aim: of 10,000 matches the bound is kept, and the archive is told to stop.
  const auto peer = archive("flood");
  const auto found = FindScu(peer_at(peer->port(), "ARCHIVE"), QueryModel::study_root).studies(of("P-1"), 20);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(found.value().matches, SizeIs(20));
  EXPECT_TRUE(found.value().more);
  EXPECT_EQ(peer->read_line(), "find STUDY P-1 ");
  EXPECT_EQ(peer->read_line(), "cancelled");
}

TEST_F(FindScuTest, AnArchiveThatDoesNotStopCostsTimeAndNoMatches) {
  // Aim: the deadline ends what C-CANCEL does not; what came before the bound is kept.
  const auto peer = archive("deaf");
  Peer hasty = peer_at(peer->port(), "ARCHIVE");
  hasty.timeout_ms = 4'000;
  const auto found = FindScu(hasty, QueryModel::study_root).studies(of("P-1"), 3);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(found.value().matches, SizeIs(3));
  EXPECT_TRUE(found.value().more);
}

TEST_F(FindScuTest, AnswersWithoutAUidAreCountedAndLeft) {
  // Aim: a missing and a broken Study Instance UID are no matches.
  const auto peer = archive("nameless");
  const auto found = FindScu(peer_at(peer->port(), "ARCHIVE"), QueryModel::study_root).studies(of("P-1"), 20);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(study_uids(found.value()), std::vector<std::string>{"1.2.3.3"});
  EXPECT_EQ(found.value().unusable, 2u);
}

TEST_F(FindScuTest, RefusalsHaveTheirClass) {
  // Aim: a full archive is asked again, one that does not take the query is not; one without the service is
  // named.
  const auto busy = archive("busy"), strict = archive("strict");
  const auto full = FindScu(peer_at(busy->port(), "ARCHIVE"), QueryModel::study_root).studies(of("P-1"), 1);
  EXPECT_EQ(full.error().code, "peer_busy");
  EXPECT_EQ(full.error().error_class, ErrorClass::transient);
  const auto refused =
      FindScu(peer_at(strict->port(), "ARCHIVE"), QueryModel::study_root).studies(of("P-1"), 1);
  EXPECT_EQ(refused.error().code, "peer_refused_query");
  EXPECT_EQ(refused.error().error_class, ErrorClass::permanent);
  test::PythonPeer store_only(python_, "ARCHIVE", "0000");
  const auto lacking =
      FindScu(peer_at(store_only.port(), "ARCHIVE"), QueryModel::study_root).studies(of("P-1"), 1);
  EXPECT_EQ(lacking.error().code, "peer_lacks_service");
}

TEST_F(FindScuTest, ASilentArchiveIsLeft) {
  // Aim: the total deadline holds while DCMTK waits for an answer.
  const auto peer = archive("silent");
  Peer hasty = peer_at(peer->port(), "ARCHIVE");
  hasty.timeout_ms = 3'000;
  EXPECT_EQ(FindScu(hasty, QueryModel::study_root).studies(of("P-1"), 1).error().code, "peer_timeout");
}

TEST_F(FindScuTest, WokenWhileItWaits) {
  // Aim: cancelled from another thread, when the question has been asked and nobody answers.
  const auto peer = archive("silent");
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  std::thread waker([&] {
    EXPECT_EQ(peer->read_line(), "find STUDY P-1 ");
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(wake, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  });
  const auto found =
      FindScu(peer_at(peer->port(), "ARCHIVE"), QueryModel::study_root).studies(of("P-1"), 1, wake);
  waker.join();
  ::close(wake);
  EXPECT_EQ(found.error().code, "woken");
}

TEST_F(FindScuTest, WideQueriesAreNotSent) {
  // Aim: nobody is called (the port would refuse) for an ID that would match others; the length limit, at it
  // and past it.
  const FindScu scu(peer_at(free_port(), "ARCHIVE"), QueryModel::study_root);
  for (const char* id : {"", "  ", "P*", "P?1", "P-1\\P-2"})
    EXPECT_EQ(scu.studies(of(id), 1).error().code, "query_too_wide") << id;
  EXPECT_EQ(scu.studies(of(std::string(query_value_bytes_max, 'x')), 1).error().code, "peer_unreachable");
  EXPECT_EQ(scu.studies(of(std::string(query_value_bytes_max + 1, 'x')), 1).error().code, "query_not_usable");
  StudyQuery bad_date = of("P-1");
  bad_date.date_to = "2025-1-1";
  EXPECT_EQ(scu.studies(bad_date, 1).error().code, "query_not_usable");
  EXPECT_EQ(scu.series("no uid", "", 1).error().code, "query_not_usable");
  EXPECT_EQ(scu.documents("no uid", "", 1).error().code, "query_not_usable");
  const FindScu by_patient(peer_at(free_port(), "ARCHIVE"), QueryModel::patient_root);
  EXPECT_EQ(by_patient.documents("1.2.3", "*", 1).error().code, "query_too_wide");
}

}  // namespace
}  // namespace radfm::scu
