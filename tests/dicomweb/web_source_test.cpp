// SPDX-License-Identifier: Apache-2.0
#include "dicomweb/web_source.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>

#include <cstdlib>

#include "dicomweb/search_answer.h"
#include "tests/orthanc-client/scripted_server.h"
#include "tests/scu-scp/archive_report.h"
#include "tests/support/certificates.h"

namespace radfm::dicomweb {
namespace {

using scu::FolderSink;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t bytes_max = 10u << 20;

std::unique_ptr<scu::PriorSource> source_at(const std::string& url, std::int64_t timeout_ms = 60'000,
                                            const orthanc::PeerTls& tls = {}) {
  auto source = web_source({"PACS", url, "", "", tls, timeout_ms});
  EXPECT_TRUE(source.ok()) << source.error().message;
  return std::move(*source);
}

class WebSourceTest : public scu::ArchiveTest {
 protected:
  std::unique_ptr<test::PythonPeer> web_archive(const std::string& behaviour,
                                                const std::vector<std::string>& tls = {}) {
    std::vector<std::string> command = {python_, "tests/dicomweb/web_archive.py",
                                        (folder_.path() / "archive").string(), behaviour};
    command.insert(command.end(), tls.begin(), tls.end());
    return std::make_unique<test::PythonPeer>(command);
  }
  static std::string url(const test::PythonPeer& peer, const std::string& scheme = "http") {
    return scheme + "://127.0.0.1:" + std::to_string(peer.port()) + "/dicom-web";
  }
  std::shared_ptr<FolderSink> sink(scu::RetrievalLimits limits = {}) {
    return std::make_shared<FolderSink>(got(), limits);
  }
  static scu::RetrievalRequest old_study() { return {uid_from_name("old"), {}, ""}; }
  static scu::StudyQuery of(const std::string& patient_id) {
    scu::StudyQuery query;
    query.patient_id = patient_id;
    return query;
  }
};

TEST_F(WebSourceTest, FindsStudiesAndSeries) {
  // Aim: against pydicom's JSON: the patient's studies only, values in UTF-8, the parameters as PS3.18 writes
  // them.
  const auto peer = web_archive("honest");
  const auto source = source_at(url(*peer));
  EXPECT_EQ(source->name(), "DICOMweb from PACS");
  scu::StudyQuery query = of("P-1");
  query.date_to = "20260101";
  const auto found = source->studies(query, 100, -1);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(peer->read_line(),
              HasSubstr("/dicom-web/studies?PatientID=P-1&StudyDate=-20260101&includefield="));
  ASSERT_THAT(found.value().matches, SizeIs(2));
  const scu::FoundStudy& study = found.value().matches.front();
  EXPECT_EQ(study.study_uid, uid_from_name("old"));
  EXPECT_EQ(study.patient_name, "M\xC3\xBCller^Anna");
  EXPECT_EQ(study.character_set, "ISO_IR 192");
  EXPECT_EQ(study.date, "20250311");
  EXPECT_EQ(study.instances, "3");
  const auto series = source->series(uid_from_name("old"), "", 100, -1);
  ASSERT_TRUE(series.ok()) << series.error().message;
  ASSERT_THAT(series.value().matches, SizeIs(2));
  EXPECT_EQ(series.value().matches[1].series_uid, uid_from_name("oldb"));
  EXPECT_EQ(series.value().matches[1].instances, "2");
  const auto nobody = source->studies(of("P-3"), 100, -1);
  ASSERT_TRUE(nobody.ok()) << nobody.error().message;
  EXPECT_THAT(nobody.value().matches, SizeIs(0));
}

void check_report(const Result<scu::Found<scu::FoundDocument>>& found, const std::string& title) {
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_THAT(found.value().matches, SizeIs(1));
  const scu::FoundDocument& document = found.value().matches.front();
  EXPECT_EQ(document.sop_instance_uid, scu::report_uid_of("old"));
  EXPECT_EQ(document.sop_class_uid, "1.2.840.10008.5.1.4.1.1.88.11");
  EXPECT_FALSE(document.series_uid.empty());
  EXPECT_EQ(document.verification_flag, "VERIFIED");
  EXPECT_EQ(document.preliminary_flag, "");
  EXPECT_EQ(document.title_code + document.title_scheme + document.title, title);
}

TEST_F(WebSourceTest, FindsTheReportsOfAStudy) {
  // Aim: the reports and no images, with what the server says of them; a study that it does not have has none.
  scu::report_of("old", folder_.path() / "archive");
  const auto peer = web_archive("honest");
  const auto source = source_at(url(*peer));
  check_report(source->documents(uid_from_name("old"), "", 10, -1), "18748-4LN" + scu::report_title);
  EXPECT_THAT(peer->read_line(), HasSubstr("/instances?Modality=SR&includefield=00080016&"));
  for (const char* name : {"older", "none"}) {
    const auto found = source->documents(uid_from_name(name), "", 10, -1);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_THAT(found.value().matches, SizeIs(0));
  }
  EXPECT_EQ(source->documents("no uid", "", 10, -1).error().code, "query_not_usable");
}

TEST_F(WebSourceTest, RetrievesAStudyAndItsSeries) {
  // Aim: whole and by series, exactly the objects asked for.
  const auto peer = web_archive("honest");
  const auto source = source_at(url(*peer));
  const auto whole = sink();
  const auto result = source->retrieve(old_study(), whole, bytes_max, -1);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_TRUE(result.value().complete());
  EXPECT_EQ(result.value().kept, 3u);
  EXPECT_EQ(uids_of(whole->close()), uids_of_old());
  std::filesystem::create_directory(got() / "series");
  const auto part = std::make_shared<FolderSink>(got() / "series", scu::RetrievalLimits{});
  scu::RetrievalRequest request = old_study();
  request.series_uids = {uid_from_name("olda"), uid_from_name("oldb")};
  const auto by_series = source->retrieve(request, part, bytes_max, -1);
  ASSERT_TRUE(by_series.ok()) << by_series.error().message;
  EXPECT_EQ(uids_of(part->close()), uids_of_old());
}

TEST_F(WebSourceTest, FindsAndRetrievesInOrthanc) {
  // Aim: an independent server of DICOMweb; RADFM_ORTHANC_DICOMWEB names its plugin where it is not at
  // Debian's place.
  const char* named = std::getenv("RADFM_ORTHANC_DICOMWEB");
  const std::string plugin = named != nullptr ? named : "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";
  if (::access(plugin.c_str(), R_OK) != 0) GTEST_SKIP() << "orthanc-dicomweb is not installed";
  const int http_port = scu::free_port();
  const auto orthanc = scu::orthanc_with(folder_.path(), 104, http_port, plugin);
  if (!orthanc) GTEST_SKIP() << "Orthanc is not installed";
  std::vector<std::span<const std::uint8_t>> views(files_.begin(), files_.end());
  ASSERT_TRUE(scu::StoreScu(scu::peer_at(orthanc->port(), "ARCHIVE")).store(views).ok());
  const auto source = source_at("http://127.0.0.1:" + std::to_string(http_port) + "/dicom-web");
  const auto found = source->studies(of("P-1"), 100, -1);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_THAT(found.value().matches, SizeIs(2));
  EXPECT_EQ(found.value().matches.front().patient_name, "M\xC3\xBCller^Anna");
  EXPECT_EQ(found.value().matches.front().issuer, "RADFM-DEMO");
  const auto series = source->series(uid_from_name("old"), "", 100, -1);
  ASSERT_TRUE(series.ok()) << series.error().message;
  EXPECT_THAT(series.value().matches, SizeIs(2));
  const auto whole = sink();
  const auto result = source->retrieve(old_study(), whole, bytes_max, -1);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_TRUE(result.value().complete());
  EXPECT_EQ(uids_of(whole->close()), uids_of_old());
  ASSERT_TRUE(scu::StoreScu(scu::peer_at(orthanc->port(), "ARCHIVE")).store({scu::report_of("old", folder_.path())}).ok());
  check_report(source->documents(uid_from_name("old"), "", 10, -1), "");  // it returns no sequence
}

TEST_F(WebSourceTest, ForeignObjectsAndLimits) {
  // Aim: a foreign object is refused and counted; the sink's bound stops the rest; the bytes of an answer are
  // bounded.
  const auto foreign = web_archive("foreign"), honest = web_archive("honest");
  const auto all = sink();
  const auto refused = source_at(url(*foreign))->retrieve(old_study(), all, bytes_max, -1);
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_THAT(refused.value().refused, ElementsAre(Pair("object_not_asked_for", 1u)));
  EXPECT_EQ(uids_of(all->close()), uids_of_old());
  std::filesystem::create_directory(got() / "less");
  const auto less = std::make_shared<FolderSink>(got() / "less", scu::RetrievalLimits{2, bytes_max});
  const auto stopped = source_at(url(*honest))->retrieve(old_study(), less, bytes_max, -1);
  ASSERT_TRUE(stopped.ok()) << stopped.error().message;
  EXPECT_EQ(stopped.value().kept, 2u);
  EXPECT_EQ(stopped.value().stopped->code, "retrieval_too_large");
  const auto over = source_at(url(*honest))->retrieve(old_study(), sink(), 1'000, -1);
  ASSERT_FALSE(over.ok());
  EXPECT_EQ(over.error().code, "http_too_large");
}

TEST_F(WebSourceTest, HalfAnAnswerIsAnError) {
  // Aim: a connection that breaks in the midst of a part: an error, and no half file.
  const auto peer = web_archive("half");
  const auto half = sink();
  const auto result = source_at(url(*peer))->retrieve(old_study(), half, bytes_max, -1);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().error_class, ErrorClass::transient);
  half->close();
  for (const auto& entry : std::filesystem::directory_iterator(got()))
    EXPECT_EQ(entry.path().extension(), ".dcm");
}

TEST_F(WebSourceTest, AFloodEndsAtTheBound) {
  // Aim: a server that does not keep to the limit it was given.
  const auto peer = web_archive("flood");
  const auto found = source_at(url(*peer))->studies(of("P-1"), 20, -1);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(found.value().matches, SizeIs(20));
  EXPECT_TRUE(found.value().more);
}

TEST_F(WebSourceTest, OverTls) {
  // Aim: a server whose authority is trusted, one whose is not, and one of another name.
  const std::string program = test::find_outside_program("openssl");
  if (program.empty()) GTEST_SKIP() << "the openssl program is not installed";
  test::TemporaryFolder keys;
  test::Certificates made(program, keys.path());
  made.authority("clinic");
  made.authority("stranger");
  made.host("node", "IP:127.0.0.1", "clinic");
  made.host("elsewhere", "DNS:elsewhere.example", "clinic");
  const orthanc::PeerTls clinic{made.certificate("clinic"), "", ""},
      stranger{made.certificate("stranger"), "", ""};
  const auto peer = web_archive("honest", {made.key("node"), made.certificate("node")});
  const auto found = source_at(url(*peer, "https"), 60'000, clinic)->studies(of("P-1"), 10, -1);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(found.value().matches, SizeIs(2));
  EXPECT_FALSE(source_at(url(*peer, "https"), 60'000, stranger)->studies(of("P-1"), 10, -1).ok());
  EXPECT_FALSE(source_at(url(*peer, "https"), 60'000)->studies(of("P-1"), 10, -1).ok());
  const auto other = web_archive("honest", {made.key("elsewhere"), made.certificate("elsewhere")});
  EXPECT_FALSE(source_at(url(*other, "https"), 60'000, clinic)->studies(of("P-1"), 10, -1).ok());
  const auto unusable =
      source_at(url(*peer, "https"), 60'000, {"/nowhere.pem", "", ""})->studies(of("P-1"), 10, -1);
  EXPECT_EQ(unusable.error().code, "tls_not_usable");
}

TEST_F(WebSourceTest, AnswersThatAreNone) {
  // Aim: each kind of wrong answer has its code and its class.
  std::string answer;
  test::ScriptedServer server([&](const test::ScriptedRequest&) { return test::ScriptedAnswer{answer}; });
  const auto source = source_at(server.url());
  const auto search = [&](const std::string& bytes) {
    answer = bytes;
    const auto found = source->studies(of("P-1"), 10, -1);
    return found ? "found " + std::to_string(found.value().matches.size()) : found.error().code;
  };
  EXPECT_EQ(search(test::http_answer(200, "[]").bytes), "found 0");
  EXPECT_EQ(search(test::http_answer(200, "{}").bytes), "web_bad_answer");
  EXPECT_EQ(search(test::http_answer(200, "[{").bytes), "web_bad_answer");
  EXPECT_EQ(search(test::http_answer(200, std::string(100'000, '[')).bytes), "web_bad_answer");
  EXPECT_EQ(search(test::http_answer(401, "").bytes), "web_not_authorized");
  EXPECT_EQ(search(test::http_answer(503, "").bytes), "peer_busy");
  EXPECT_EQ(search(test::http_answer(400, "").bytes), "peer_refused_query");
  EXPECT_EQ(search(test::http_answer(501, "").bytes), "peer_refused_query");
  answer = test::http_answer(404, "").bytes;
  EXPECT_TRUE(source->documents("1.2.3", "", 10, -1).ok());
  EXPECT_EQ(source->series("1.2.3", "", 10, -1).error().code, "peer_refused_query");
  EXPECT_EQ(search("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(search_answer_bytes_max + 1) +
                   "\r\n\r\n"),
            "http_too_large");
  const auto retrieve = [&](const std::string& type, const std::string& body) {
    answer = "HTTP/1.1 200 OK\r\nContent-Type: " + type +
             "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    const auto result = source->retrieve(old_study(), sink(), bytes_max, -1);
    if (!result) return result.error().code;
    return result.value().refused.empty() ? std::string("complete") : result.value().refused.begin()->first;
  };
  EXPECT_EQ(retrieve("text/html", "<html>"), "web_bad_answer");
  EXPECT_EQ(retrieve("multipart/related; boundary=b", "--b\r\n\r\n"), "web_bad_answer");
  EXPECT_EQ(retrieve("multipart/related; boundary=b", "--b\r\n\r\nno file\r\n--b--"), "object_not_readable");
  EXPECT_EQ(retrieve("multipart/related; boundary=b", "--b\r\n\r\n" + std::string(200, 'x') + "\r\n--b--"),
            "object_not_readable");
}

TEST_F(WebSourceTest, SilenceAndInterruption) {
  // Aim: the total deadline, and the descriptor that ends everything.
  test::ScriptedServer server([](const test::ScriptedRequest&) {
    return test::ScriptedAnswer{"HTTP/1.1 200 OK\r\n", false, true};
  });
  EXPECT_EQ(source_at(server.url(), 300)->studies(of("P-1"), 10, -1).error().code, "http_timeout");
  EXPECT_EQ(source_at(server.url(), 300)->retrieve(old_study(), sink(), bytes_max, -1).error().code,
            "http_timeout");
  const int wake = ::eventfd(1, EFD_CLOEXEC);
  EXPECT_EQ(source_at(server.url())->studies(of("P-1"), 10, wake).error().code, "woken");
  ::close(wake);
}

TEST_F(WebSourceTest, WhatIsNotAsked) {
  // Aim: before anybody is called: wide queries, other character sets, no UIDs, no URL.
  const auto source = source_at("http://127.0.0.1:1");
  EXPECT_EQ(source->studies(of("*"), 1, -1).error().code, "query_too_wide");
  EXPECT_EQ(source->studies(of("\xFC"), 1, -1).error().code, "query_not_usable");
  EXPECT_EQ(source->series("../x", "", 1, -1).error().code, "query_not_usable");
  EXPECT_EQ(source->retrieve({"../x", {}, ""}, sink(), 1, -1).error().code, "query_not_usable");
  EXPECT_EQ(web_source({"PACS", "ftp://x", "", "", {}, 1}).error().code, "url_not_supported");
  EXPECT_EQ(percent_encoded("A b&c=\xC3\xBC"), "A%20b%26c%3D%C3%BC");
}

TEST_F(WebSourceTest, JsonOfEveryShape) {
  // Aim: names by groups, numbers, several values, padding; wrong shapes are empty values, not crashes.
  const auto found = read_studies(
      R"([{"0020000D":{"Value":["1.2"]},"00100010":{"Value":[{"Alphabetic":"A^B","Ideographic":"C"}]},
      "00080061":{"Value":["CR","CT "]},"00201208":{"Value":[3]},"00100020":{"Value":"P"},"00100040":7},
      {"0020000D":{"Value":["x y"]}},7,{"0020000D":{"Value":[null]}},{"0020000D":{"Value":["1.3"],"extra":"[[[[\"{"}}])",
      10);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_THAT(found.value().matches, SizeIs(2));
  EXPECT_EQ(found.value().unusable, 3u);
  const scu::FoundStudy& study = found.value().matches.front();
  EXPECT_EQ(study.patient_name, "A^B=C");
  EXPECT_EQ(study.modalities, "CR\\CT");
  EXPECT_EQ(study.instances, "3");
  EXPECT_EQ(study.patient_id, "");
  EXPECT_EQ(study.sex, "");
}

}  // namespace
}  // namespace radfm::dicomweb
