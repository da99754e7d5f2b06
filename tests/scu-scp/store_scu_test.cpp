// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/store_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "core/digest.h"
#include "core/sop_class.h"
#include "demo/dicom_writer.h"
#include "scu-scp/association.h"
#include "scu-scp/echo_scu.h"
#include "scu-scp/network.h"
#include "tests/scu-scp/test_peers.h"

namespace radfm::scu {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Bytes = std::vector<std::uint8_t>;

// What a deadline of half a second may take on a slow machine, far below the minute that DCMTK would wait by itself.
constexpr std::int64_t deadline_ms = 500;
constexpr auto deadline_holds = std::chrono::seconds(8);

Bytes radiograph(const std::string& name, demo::Modality modality = demo::Modality::cr) {
  demo::Study study{uid_from_name("scu study"), "20260311", "101500", "A1", "S1", "Chest PA"};
  demo::Series series;
  series.uid = uid_from_name("scu series");
  series.modality = modality;
  demo::Image image;
  image.sop_instance_uid = uid_from_name(name);
  image.pixel = [](int column, int row) { return column * row; };
  return *demo::write_instance(demo::Patient{}, study, series, image);
}

// As little as a peer needs of a report to answer for it.
Bytes report_of_class(SrClass sr_class) {
  DcmFileFormat file;
  const std::string name(to_string(sr_class)), sop_class(sop_class_uid_of(sr_class));
  file.getDataset()->putAndInsertString(DCM_SOPClassUID, sop_class.c_str());
  file.getDataset()->putAndInsertString(DCM_SOPInstanceUID, uid_from_name(name).c_str());
  file.getDataset()->putAndInsertString(DCM_PatientID, "RADFM-DEMO-1");
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / name).string();
  if (file.saveFile(path.c_str(), EXS_LittleEndianExplicit).bad()) throw std::runtime_error("no file was written");
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Peer peer_at(int port, const std::string& ae_title = "PEER") {
  Peer peer;
  peer.ae_title = ae_title;
  peer.host = "127.0.0.1";
  peer.port = port;
  peer.timeout_ms = 30'000;
  return peer;
}

class StoreScuTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { use_dicom_network(); }
};

class StoreScuPeer : public StoreScuTest {
 protected:
  void SetUp() override {
    python_ = test::find_python();
    if (python_.empty()) GTEST_SKIP() << "pynetdicom (.deps) is not set up";
  }
  std::string python_;
};

TEST_F(StoreScuPeer, StoresInOrder) {
  // Aim: two objects over one association reach an independent peer, under our AE title.
  test::PythonPeer peer(python_, "PEER", "0000");
  const Bytes first = radiograph("first"), second = radiograph("second");
  const auto result = StoreScu(peer_at(peer.port())).store({first, second});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->stored, 2u);
  EXPECT_THAT(result->warnings, SizeIs(0));
  EXPECT_EQ(peer.read_line(), "got " + uid_from_name("first") + " RADFM-DEMO-1 RADFM");
  EXPECT_EQ(peer.read_line(), "got " + uid_from_name("second") + " RADFM-DEMO-1 RADFM");
}

TEST_F(StoreScuPeer, WarningsAreSuccess) {
  // Aim: B000 (coercion) counts as stored and is told.
  test::PythonPeer peer(python_, "PEER", "B000");
  const Bytes object = radiograph("first");
  const auto result = StoreScu(peer_at(peer.port())).store({object});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_THAT(result->warnings, ::testing::ElementsAre("B000 for " + uid_from_name("first")));
}

TEST_F(StoreScuPeer, RefusalsHaveTheirClass) {
  // Aim: a full peer is asked again, a peer that cannot understand the object is not.
  const Bytes object = radiograph("first");
  test::PythonPeer full(python_, "PEER", "A700");
  const auto busy = StoreScu(peer_at(full.port())).store({object});
  EXPECT_EQ(busy.error().code, "peer_busy");
  EXPECT_EQ(busy.error().error_class, ErrorClass::transient);
  test::PythonPeer strict(python_, "PEER", "C000");
  const auto refused = StoreScu(peer_at(strict.port())).store({object});
  EXPECT_EQ(refused.error().code, "peer_refused_object");
  EXPECT_EQ(refused.error().error_class, ErrorClass::permanent);
}

TEST_F(StoreScuPeer, AnUnknownAeTitleIsRefused) {
  // Aim: a rejected association is transient and says what to check.
  test::PythonPeer peer(python_, "PEER", "0000");
  const Bytes object = radiograph("first");
  const auto result = StoreScu(peer_at(peer.port(), "NOBODY")).store({object});
  EXPECT_EQ(result.error().code, "peer_refused_association");
  EXPECT_EQ(result.error().error_class, ErrorClass::transient);
  EXPECT_THAT(result.error().message, HasSubstr("AE titles"));
}

TEST_F(StoreScuPeer, AClassThatThePeerDoesNotTakeIsNamed) {
  // Aim: no presentation context for CT: permanent, with the class in words.
  test::PythonPeer peer(python_, "PEER", "0000");
  const Bytes known = radiograph("first"), unknown = radiograph("ct", demo::Modality::ct);
  const auto result = StoreScu(peer_at(peer.port())).store({known, unknown});
  EXPECT_EQ(result.error().code, "peer_refused_object");
  EXPECT_THAT(result.error().message, HasSubstr("CT"));
}

TEST_F(StoreScuPeer, EachSrClassThatDraftsHaveIsOffered) {
  // Aim: drafts of four classes over one association, each in a presentation context of its own.
  test::PythonPeer peer(python_, "PEER", "0000");
  std::vector<Bytes> reports;
  for (const SrClass sr_class : sr_classes) reports.push_back(report_of_class(sr_class));
  const auto result = StoreScu(peer_at(peer.port())).store({reports[0], reports[1], reports[2], reports[3]});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->stored, sr_classes.size());
  for (const SrClass sr_class : sr_classes) {
    EXPECT_EQ(peer.read_line(), "got " + uid_from_name(to_string(sr_class)) + " RADFM-DEMO-1 RADFM");
  }
}

TEST_F(StoreScuPeer, APeerThatNeverAnswersAStoreIsLeft) {
  // Aim: the total deadline holds while DCMTK waits for the response.
  test::PythonPeer peer(python_, "PEER", "silent");
  const Bytes object = radiograph("first");
  Peer hasty = peer_at(peer.port());
  hasty.timeout_ms = 3 * deadline_ms;
  const auto start = std::chrono::steady_clock::now();
  const auto result = StoreScu(hasty).store({object});
  EXPECT_EQ(result.error().code, "peer_timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - start, deadline_holds);
}

TEST_F(StoreScuPeer, Echo) {
  // Aim: C-ECHO is answered, and refused under a wrong title.
  test::PythonPeer peer(python_, "PEER", "0000");
  EXPECT_TRUE(EchoScu(peer_at(peer.port())).echo().ok());
  EXPECT_EQ(EchoScu(peer_at(peer.port(), "NOBODY")).echo().error().code, "peer_refused_association");
}

TEST_F(StoreScuTest, APeerThatAcceptsAndNeverAnswersIsLeft) {
  // Aim: the total deadline holds while DCMTK waits for the association.
  test::SilentListener silent;
  Peer hasty = peer_at(silent.port());
  hasty.timeout_ms = deadline_ms;
  const Bytes object = radiograph("first");
  const auto start = std::chrono::steady_clock::now();
  const auto result = StoreScu(hasty).store({object});
  EXPECT_EQ(result.error().code, "peer_timeout");
  EXPECT_EQ(result.error().error_class, ErrorClass::transient);
  EXPECT_LT(std::chrono::steady_clock::now() - start, deadline_holds);
}

TEST_F(StoreScuTest, WokenWhileThePeerIsSilent) {
  // Aim: a descriptor that becomes readable in the middle of a call ends it.
  test::SilentListener silent;
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  std::thread waker([&] {
    silent.wait_for_connection();
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(wake, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  });
  const auto start = std::chrono::steady_clock::now();
  const Status result = EchoScu(peer_at(silent.port())).echo(wake);
  waker.join();
  ::close(wake);
  EXPECT_EQ(result.error().code, "woken");
  EXPECT_EQ(result.error().error_class, ErrorClass::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, deadline_holds);
}

TEST_F(StoreScuTest, NobodyListens) {
  // Aim: a refused connection is transient and says where nobody was.
  int port = 0;
  {
    const test::SilentListener gone;
    port = gone.port();
  }
  const Bytes object = radiograph("first");
  const auto result = StoreScu(peer_at(port)).store({object});
  EXPECT_EQ(result.error().code, "peer_unreachable");
  EXPECT_EQ(result.error().error_class, ErrorClass::transient);
  EXPECT_THAT(result.error().message, HasSubstr("PEER at 127.0.0.1:" + std::to_string(port)));
}

TEST_F(StoreScuTest, WhatIsNoDicomIsNotSent) {
  // Aim: unreadable bytes are found before anybody is called (the port would refuse).
  const Bytes garbage(1000, 0xFF), empty;
  EXPECT_EQ(StoreScu(peer_at(1)).store({garbage}).error().code, "object_not_readable");
  EXPECT_EQ(StoreScu(peer_at(1)).store({empty}).error().code, "object_not_readable");
  EXPECT_EQ(StoreScu(peer_at(1)).store({})->stored, 0u);
}

TEST_F(StoreScuTest, LimitsAreNamed) {
  // Aim: the number of presentation contexts and of objects, at the limit and one past it; unusable peers.
  std::vector<ProposedContext> contexts(presentation_contexts_max, {"1.2.3", {"1.2.840.10008.1.2"}});
  int port = 0;
  {
    const test::SilentListener gone;
    port = gone.port();
  }
  EXPECT_EQ(Association::request(peer_at(port), contexts, -1).error().code, "peer_unreachable");
  contexts.push_back(contexts.front());
  EXPECT_EQ(Association::request(peer_at(port), contexts, -1).error().code, "too_many_classes");
  const std::vector<std::span<const std::uint8_t>> many(store_objects_max + 1);
  EXPECT_EQ(StoreScu(peer_at(port)).store(many).error().code, "too_many_objects");
  EXPECT_EQ(EchoScu(peer_at(0)).echo().error().code, "peer_not_configured");
  EXPECT_EQ(EchoScu(peer_at(port, "A TITLE TOO LONG FOR DICOM")).echo().error().code, "peer_not_configured");
}

TEST_F(StoreScuTest, StatusTable) {
  // Aim: PS3.4 B.2.3 and PS3.7 annex C, with the borders of each range.
  const auto code = [](std::uint16_t status) {
    const auto error = store_status_error(status, "1.2.3");
    return error ? error->code : std::string();
  };
  EXPECT_EQ(code(0x0000), "");
  EXPECT_EQ(code(0xB000), "");
  EXPECT_EQ(code(0xB007), "");
  EXPECT_EQ(code(0xA6FF), "peer_refused_object");
  EXPECT_EQ(code(0xA700), "peer_busy");
  EXPECT_EQ(code(0xA7FF), "peer_busy");
  EXPECT_EQ(code(0xA800), "peer_refused_object");
  EXPECT_EQ(code(0xA900), "peer_refused_object");
  EXPECT_EQ(code(0xC000), "peer_refused_object");
  EXPECT_EQ(code(0x0122), "peer_refused_object");
}

}  // namespace
}  // namespace radfm::scu
