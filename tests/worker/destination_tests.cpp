// SPDX-License-Identifier: Apache-2.0
// The destinations of the configuration, against DCMTK's archive, Orthanc and pynetdicom.
#include "worker/destinations.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>

#include "scu-scp/storage_scp.h"
#include "tests/scu-scp/archive_report.h"
#include "tests/worker/fakes.h"
#include "worker/destination_reports.h"
#include "worker/dicom_peer.h"

namespace radfm::worker {
namespace {

using Presence = Destination::Presence;
using ::testing::HasSubstr;

constexpr const char* cr = "1.2.840.10008.5.1.4.1.1.1";

class DestinationTest : public scu::ArchiveTest {
 protected:
  void SetUp() override {
    ArchiveTest::SetUp();
    if (IsSkipped()) return;
    ours_ = {"sr", cr, uid_from_name("olda9"), scu::image_of("old", "a", 9)};
    changed_ = ours_;
    changed_.dicom.back() ^= 0xFF;  // of a pixel
    configuration_.pacs.emplace_back();
    node().name = "archive";
    node().ae_title = "ARCHIVE";
    node().host = "127.0.0.1";
  }
  PacsNode& node() { return configuration_.pacs.front(); }
  std::unique_ptr<Destination> destination() { return destinations(configuration_, orthanc_, {commitments_, rests_}, -1)("archive"); }

  static std::string text(const Result<Presence>& answer) {
    if (!answer) return answer.error().code;
    switch (*answer) {
      case Presence::absent: return "absent";
      case Presence::same: return "same";
      case Presence::different: return "different";
      case Presence::cannot_tell: return "cannot tell";
    }
    return "";
  }
  std::string ask(const db::OutboxObject& object, bool send_begun) { return text(destination()->ask(object, send_begun)); }
  std::string send(const db::OutboxObject& object) {
    const Status sent = destination()->send(object);
    return sent ? "sent" : sent.error().code + ": " + sent.error().message;
  }
  // Whether a final report is seen beside our object; `judged`: what is said of one that is fetched.
  std::string reported(bool judged) {
    const ReportJudge judge{folder_.path(), [&](const std::vector<imaging::StudyFile>& files) -> Result<bool> {
                              looked_at_ += files.size();
                              return judged;
                            }};
    const Result<bool> answer = destination()->has_final_report(ours_, judge);
    return answer ? (*answer ? "final" : "none") : answer.error().code;
  }
  // Our server, which archives with storage commitment call.
  void start_scp() {
    scu::ScpSettings settings;
    settings.address = "127.0.0.1";
    settings.policy.callers = {{"ARCHIVE", "127.0.0.1"}};
    auto started = scu::StorageScp::start(settings, moves_, expected_);
    ASSERT_TRUE(started.ok()) << started.error().message;
    scp_ = std::move(*started);
  }
  std::unique_ptr<test::PythonPeer> committing(const std::string& behaviour) {
    return std::make_unique<test::PythonPeer>(std::vector<std::string>{python_, "tests/scu-scp/commitment_peer.py", "ARCHIVE", behaviour,
                                                                       std::to_string(scp_->port())});
  }

  db::OutboxObject ours_, changed_;
  std::size_t looked_at_ = 0;
  Configuration configuration_;
  test::FakeOrthanc orthanc_;
  test::ManualClock clock_;
  scu::ExpectedMoves moves_;
  scu::ExpectedCommitments expected_;
  OpenCommitments commitments_{expected_, clock_};
  DestinationRests rests_{clock_};
  std::unique_ptr<scu::StorageScp> scp_;
};

TEST_F(DestinationTest, WhatAnArchiveHoldsIsFetchedAndCompared) {
  // Aim: C-FIND and C-GET: absent, ours, and another object under our UID, whether or not a send of ours was begun.
  for (const auto& archive : other_archives()) {
    SCOPED_TRACE(archive->name());
    node().port = archive->port();
    node().verify = VerifyBy::c_get;
    EXPECT_EQ(ask(ours_, false), "absent");
    EXPECT_EQ(send(ours_), "sent");
    for (const bool begun : {false, true}) {
      EXPECT_EQ(ask(ours_, begun), "same");
      EXPECT_EQ(ask(changed_, begun), "different");
    }
    EXPECT_EQ(text(destination()->confirm(ours_)), "same");
  }
}

TEST_F(DestinationTest, ANameAloneIsOursOnlyAfterABegunSend) {
  // Aim: C-FIND says that something is there; whose it is follows from what was begun.
  for (const auto& archive : other_archives()) {
    SCOPED_TRACE(archive->name());
    node().port = archive->port();
    node().verify = VerifyBy::c_find;
    EXPECT_EQ(ask(ours_, false), "absent");
    EXPECT_EQ(ask(ours_, true), "absent");
    EXPECT_EQ(send(ours_), "sent");
    EXPECT_EQ(ask(ours_, false), "different");
    EXPECT_EQ(ask(ours_, true), "same");
  }
}

TEST_F(DestinationTest, AFinalReportOfOthersIsSeen) {
  // Aim: by C-FIND where the archive knows flags (DCMTK's knows none); with C-GET the report itself decides. A study without one.
  const scu::Bytes report = scu::report_of("old", folder_.path());
  for (const auto& archive : other_archives()) {
    SCOPED_TRACE(archive->name());
    node().port = archive->port();
    node().verify = VerifyBy::c_find;
    looked_at_ = 0;
    EXPECT_EQ(reported(true), "none");
    ASSERT_TRUE(scu::StoreScu(scu::peer_at(archive->port(), "ARCHIVE")).store({report}).ok());
    EXPECT_EQ(reported(true), archive->name().find("dcmqrscp") == std::string::npos ? "final" : "none");
    EXPECT_EQ(looked_at_, 0u);
    node().verify = VerifyBy::c_get;
    EXPECT_EQ(reported(true), "final");
    EXPECT_EQ(reported(false), "none");
    EXPECT_EQ(looked_at_, 2u);
    node().verify = VerifyBy::none;
    EXPECT_EQ(reported(true), "none");
  }
}

TEST_F(DestinationTest, TheDefaultAsksNothing) {
  // Aim: an archive that takes C-STORE and nothing else is a destination; asked by C-FIND it is said to lack that.
  test::PythonPeer store_only(python_, "ARCHIVE", "0000");
  node().port = store_only.port();
  EXPECT_EQ(ask(ours_, true), "cannot tell");
  EXPECT_EQ(send(ours_), "sent");
  node().verify = VerifyBy::c_find;
  EXPECT_EQ(ask(ours_, true), "peer_lacks_service");
}

TEST_F(DestinationTest, OverTheWebWhatIsHeldIsFetchedAndCompared) {
  // Aim: STOW-RS and WADO-RS with an independent server.
  const char* named = std::getenv("RADFM_ORTHANC_DICOMWEB");
  const std::string plugin = named != nullptr ? named : "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";
  if (::access(plugin.c_str(), R_OK) != 0) GTEST_SKIP() << "orthanc-dicomweb is not installed";
  const int http_port = scu::free_port();
  const auto archive = scu::orthanc_with(folder_.path(), 104, http_port, plugin);
  if (!archive) GTEST_SKIP() << "Orthanc is not installed";
  node().url = "http://127.0.0.1:" + std::to_string(http_port) + "/dicom-web";
  node().store = StoreBy::stow;
  node().verify = VerifyBy::wado_rs;
  EXPECT_EQ(ask(ours_, false), "absent");
  EXPECT_EQ(send(ours_), "sent");
  EXPECT_EQ(send(ours_), "sent");
  EXPECT_EQ(ask(ours_, true), "same");
  EXPECT_EQ(ask(changed_, true), "different");
  EXPECT_EQ(reported(true), "none");
  EXPECT_EQ(send({"sr", std::string(basic_text_sr_uid), scu::report_uid_of("old"), scu::report_of("old", folder_.path())}), "sent");
  EXPECT_EQ(reported(true), "final");
  EXPECT_EQ(reported(false), "none");
  EXPECT_EQ(looked_at_, 2u);
  node().verify = VerifyBy::none;
  EXPECT_EQ(ask(ours_, false), "cannot tell");
  EXPECT_EQ(reported(true), "none");
}

TEST_F(DestinationTest, OrthancCommitsItselfToWhatItHas) {
  // Aim: an independent archive with storage commitment, which answers to our server.
  start_scp();
  const auto archive = scu::orthanc_archive(folder_.path(), scp_->port());
  if (!archive) GTEST_SKIP() << "Orthanc is not installed";
  node().port = archive->port();
  node().verify = VerifyBy::commitment;
  EXPECT_EQ(ask(ours_, false), "absent");
  EXPECT_EQ(text(destination()->confirm(ours_)), "commitment_failed");
  clock_.now_ms += destination_rest_first_ms;
  EXPECT_EQ(send(ours_), "sent");
  EXPECT_EQ(text(destination()->confirm(ours_)), "same");
  EXPECT_EQ(ask(ours_, true), "same");
  EXPECT_EQ(ask(ours_, false), "different");
}

TEST_F(DestinationTest, WithoutAnAnswerNothingIsCalledDelivered) {
  // Aim: an archive that is silent about a commitment: nothing is sent before it has once said that it has not got the object;
  // after a send it is tried again.
  start_scp();
  const auto silent = committing("never"), failing = committing("failing");
  node().verify = VerifyBy::commitment;
  node().timeout_ms = 1'000;
  node().port = silent->port();
  EXPECT_EQ(ask(ours_, false), "commitment_not_answered");
  clock_.now_ms += destination_rest_first_ms;
  EXPECT_EQ(ask(ours_, true), "cannot tell");
  const auto unanswered = destination()->confirm(ours_);
  EXPECT_EQ(text(unanswered), "commitment_not_answered");
  EXPECT_EQ(unanswered.error().error_class, ErrorClass::transient);
  clock_.now_ms += 2 * destination_rest_first_ms;
  node().timeout_ms = 60'000;
  node().port = failing->port();
  EXPECT_EQ(ask(ours_, true), "absent");
  const auto failed = destination()->confirm(ours_);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().message, HasSubstr("Failure Reason 0112"));
}

// An N-EVENT-REPORT's data set: the object is committed in that transaction.
std::vector<std::uint8_t> committed_event(const std::string& transaction_uid, const std::string& sop_instance_uid) {
  const auto element = [](const std::string& tag, std::string uid) {
    if (uid.size() % 2 != 0) uid += '\0';
    return tag + "UI" + static_cast<char>(uid.size()) + '\0' + uid;
  };
  const std::string instance = element(std::string("\x08\0\x55\x11", 4), sop_instance_uid);
  std::string text = element(std::string("\x08\0\x95\x11", 4), transaction_uid);
  text += std::string("\x08\0\x99\x11SQ\0\0", 8) + static_cast<char>(instance.size() + 8) + std::string(3, '\0');
  text += std::string("\xFE\xFF\0\xE0", 4) + static_cast<char>(instance.size()) + std::string(3, '\0') + instance;
  return {text.begin(), text.end()};
}

TEST_F(DestinationTest, AnAnswerThatComesLateIsFound) {
  // Aim: the archive answers hours later: the next question needs neither another transaction nor another send. Only the
  // archive and the object that were asked count, and no more transactions are kept than the limit.
  const auto keep = [&](const std::string& name, const std::string& object) {
    const std::string uid = commitments_.next_transaction_uid(object);
    commitments_.keep(name, object, expected_.expect(uid, "ARCHIVE", {{cr, object}}));
    return uid;
  };
  const std::string first = keep("archive", "1.2.1"), again = keep("archive", "1.2.1"), second = keep("archive", "1.2.2");
  EXPECT_NE(first, again);
  EXPECT_EQ(commitments_.committed_meanwhile("archive", "1.2.1"), std::nullopt);
  const auto answer = [&](const std::string& transaction, const std::string& object) {
    return expected_.take("ARCHIVE", committed_event(transaction, object), scu::Encoding::explicit_little);
  };
  EXPECT_TRUE(answer(first, "1.2.9"));  // does not mention what was asked for
  EXPECT_TRUE(answer(again, "1.2.1"));
  EXPECT_EQ(commitments_.committed_meanwhile("archive", "1.2.2"), std::nullopt);
  EXPECT_EQ(commitments_.committed_meanwhile("other", "1.2.1"), std::nullopt);
  EXPECT_EQ(commitments_.committed_meanwhile("archive", "1.2.1"), true);
  EXPECT_EQ(commitments_.committed_meanwhile("archive", "1.2.1"), std::nullopt);  // closed with their answers
  rests_.ended("archive", transient_error("commitment_not_answered", "silent"));
  const std::string refused = keep("archive", "1.2.4");
  EXPECT_TRUE(answer(refused, "1.2.9"));
  node().verify = VerifyBy::commitment;
  node().port = scu::free_port();
  ours_.sop_instance_uid = "1.2.4";
  EXPECT_EQ(ask(ours_, false), "absent");  // without a question, though the archive rests: nobody listens at the port
  EXPECT_EQ(ask(ours_, false), "peer_unreachable");  // and its answer has ended the rest
  for (std::size_t i = 1; i < open_commitments_max; ++i) keep("archive", "1.2.3");
  EXPECT_TRUE(answer(second, "1.2.2"));
  keep("archive", "1.2.3");
  EXPECT_EQ(commitments_.committed_meanwhile("archive", "1.2.2"), std::nullopt);
}

TEST_F(DestinationTest, ArchivesThatCommitThemselvesMayCallUs) {
  // Aim: our own server is started for them, and lets in nobody else.
  configuration_.dicom.port = 11'112;
  EXPECT_FALSE(own_scp(configuration_));
  node().verify = VerifyBy::commitment;
  configuration_.pacs.emplace_back().ae_title = "OTHER";
  const auto settings = own_scp(configuration_);
  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->policy.callers.size(), 1U);
  EXPECT_EQ(settings->policy.callers[0].ae_title, "ARCHIVE");
}

}  // namespace
}  // namespace radfm::worker
