// SPDX-License-Identifier: Apache-2.0
#include "dicomweb/web_store.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>

#include "dicomweb/search_answer.h"
#include "tests/orthanc-client/scripted_server.h"
#include "tests/scu-scp/archive_fixture.h"

namespace radfm::dicomweb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string uid = "1.2.3";

WebSettings settings_for(const std::string& url) {
  WebSettings settings;
  settings.name = "PACS";
  settings.url = url;
  settings.timeout_ms = 60'000;
  return settings;
}

std::string item(const std::string& sequence, const std::string& about, const std::string& reason_tag = "", int reason = 0) {
  std::string text = "{\"" + sequence + R"(":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":[")" + about + "\"]}";
  if (!reason_tag.empty()) text += ",\"" + reason_tag + R"(":{"vr":"US","Value":[)" + std::to_string(reason) + "]}";
  return text + "}]}}";
}

std::string verdict(unsigned status, const std::string& body) {
  const auto judged = judge_store_answer(status, body, uid, "PACS");
  if (judged) return judged.value().warnings.empty() ? "stored" : "stored, " + judged.value().warnings.front();
  const bool transient = judged.error().error_class == ErrorClass::transient;
  return (transient ? "transient " : "permanent ") + judged.error().code;
}

TEST(WebStoreAnswer, SaysWhatBecameOfTheObject) {
  // Aim: PS3.18 10.5.3 and I.2: stored, stored with a warning, refused for good and refused for now.
  EXPECT_EQ(verdict(200, item("00081199", uid)), "stored");
  EXPECT_EQ(verdict(200, ""), "stored");
  EXPECT_EQ(verdict(202, item("00081199", uid, "00081196", 0xB000)), "stored, B000 for 1.2.3");
  EXPECT_EQ(verdict(200, item("00081198", uid, "00081197", 0xA700)), "transient peer_busy");
  EXPECT_EQ(verdict(202, item("00081198", uid, "00081197", 0xA900)), "permanent peer_refused_object");
  EXPECT_EQ(verdict(409, item("00081198", uid, "00081197", 0xA7FF)), "transient peer_busy");
  EXPECT_EQ(verdict(409, item("00081198", uid, "00081197", 0xC000)), "permanent peer_refused_object");
  EXPECT_EQ(verdict(409, item("00081198", uid)), "permanent peer_refused_object");
  EXPECT_EQ(verdict(409, ""), "permanent peer_refused_object");
  // A failure whose reason is a success or a warning is a failure.
  EXPECT_EQ(verdict(202, item("00081198", uid, "00081197", 0xB000)), "permanent peer_refused_object");
  EXPECT_EQ(verdict(202, item("00081198", uid, "00081197", 0)), "permanent peer_refused_object");
}

TEST(WebStoreAnswer, OfOtherObjectsOrOfNoneIsNoAnswer) {
  // Aim: hostile bodies: other UIDs, other shapes, no JSON, too deep; where the status says that not all went well, nothing is
  // taken for stored.
  const std::string deep(search_nesting_max + 1, '['), deepest(search_nesting_max, '[');
  for (const std::string& body : {item("00081198", "1.2.4"), item("00081199", "1.2.4"), std::string("[]"), std::string("{"), deep, deepest,
                                  std::string(R"({"00081199":{"Value":[7,{"00081155":{"Value":[7]}}]}})"), std::string(R"({"00081199":7})")}) {
    EXPECT_EQ(verdict(202, body), "transient web_bad_answer") << body;
    EXPECT_EQ(verdict(409, body), "transient web_bad_answer") << body;
    EXPECT_EQ(verdict(200, body), "stored") << body;
  }
  EXPECT_EQ(verdict(409, item("00081199", uid)), "transient web_bad_answer");
}

TEST(WebStoreAnswer, StatusesHaveTheirClass) {
  // Aim: what an administrator must mend is not tried again and again; what passes by itself is.
  for (const unsigned status : {400U, 404U, 405U, 413U, 415U, 301U}) EXPECT_EQ(verdict(status, ""), "permanent peer_refused_object") << status;
  for (const unsigned status : {401U, 403U}) EXPECT_EQ(verdict(status, ""), "permanent web_not_authorized") << status;
  for (const unsigned status : {429U, 500U, 503U}) EXPECT_EQ(verdict(status, ""), "transient peer_busy") << status;
}

TEST(WebStore, SendsOnePartThatIsTheFile) {
  // Aim: the request as RFC 2387 has it, with a boundary that the file does not hold; 409's body is read.
  std::string head, body;
  test::ScriptedServer server([&](const test::ScriptedRequest& request) {
    head = request.head;
    body = request.body;
    return test::http_answer(409, item("00081198", uid, "00081197", 0xA700));
  });
  const std::string file = std::string("\0a\r\n--radfm-node-part-0--\r\n", 26) + "b";
  const std::vector<std::uint8_t> bytes(file.begin(), file.end());
  const auto stored = web_store(settings_for(server.url() + "/dicom-web"), bytes, uid, -1);
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code, "peer_busy");
  EXPECT_THAT(stored.error().message, HasSubstr("Failure Reason A700 for 1.2.3"));
  EXPECT_THAT(head, HasSubstr("POST /dicom-web/studies HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("multipart/related; type=\"application/dicom\"; boundary=radfm-node-part-1\r\n"));
  EXPECT_THAT(head, HasSubstr("application/dicom+json"));
  EXPECT_EQ(body, "--radfm-node-part-1\r\nContent-Type: application/dicom\r\n\r\n" + file + "\r\n--radfm-node-part-1--\r\n");
}

TEST(WebStore, TheAnswerIsBounded) {
  // Aim: the limit, and one past it.
  std::size_t bytes = store_answer_bytes_max;
  test::ScriptedServer server([&](const test::ScriptedRequest&) { return test::http_answer(200, std::string(bytes, ' ')); });
  EXPECT_TRUE(web_store(settings_for(server.url()), {}, uid, -1).ok());
  ++bytes;
  EXPECT_EQ(web_store(settings_for(server.url()), {}, uid, -1).error().code, "http_too_large");
}

TEST(WebStore, NobodyThere) {
  // Aim: errors of the way there keep their class.
  EXPECT_EQ(web_store(settings_for("http://127.0.0.1:1"), {}, uid, -1).error().code, "http_unreachable");
  EXPECT_EQ(web_store(settings_for("ftp://x"), {}, uid, -1).error().code, "url_not_supported");
}

class WebStoreArchive : public scu::ArchiveTest {};

TEST_F(WebStoreArchive, OrthancStoresAndShowsOneObject) {
  // Aim: an independent server: absent, stored once though sent twice, and that very object comes back by its UID.
  const char* named = std::getenv("RADFM_ORTHANC_DICOMWEB");
  const std::string plugin = named != nullptr ? named : "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";
  if (::access(plugin.c_str(), R_OK) != 0) GTEST_SKIP() << "orthanc-dicomweb is not installed";
  const int http_port = scu::free_port();
  const auto orthanc = scu::orthanc_with(folder_.path(), 104, http_port, plugin);
  if (!orthanc) GTEST_SKIP() << "Orthanc is not installed";
  const WebSettings settings = settings_for("http://127.0.0.1:" + std::to_string(http_port) + "/dicom-web");
  const std::string object = uid_from_name("oldb1");
  const scu::RetrievalRequest request{uid_from_name("old"), {uid_from_name("oldb")}, "", object};
  const auto source = web_source(settings);
  ASSERT_TRUE(source.ok());
  const auto got_now = [&](const std::string& name) {
    std::filesystem::create_directory(got() / name);
    const auto into = std::make_shared<scu::FolderSink>(got() / name, scu::RetrievalLimits{});
    const auto result = source.value()->retrieve(request, into, 10u << 20, -1);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return uids_of(into->close());
  };
  EXPECT_THAT(got_now("before"), IsEmpty());
  for (const auto& file : {files_[1], files_[1], files_[2]}) {
    const std::string sent = file == files_[1] ? object : uid_from_name("oldb2");
    const auto stored = web_store(settings, file, sent, -1);
    ASSERT_TRUE(stored.ok()) << stored.error().message;
    EXPECT_THAT(stored.value().warnings, IsEmpty());
  }
  EXPECT_THAT(got_now("after"), ElementsAre(object));
}

}  // namespace
}  // namespace radfm::dicomweb
