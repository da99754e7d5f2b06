// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/orthanc_client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "tests/orthanc-client/scripted_server.h"
#include "tests/worker/temporary_folder.h"
#include "orthanc-client/orthanc_json.h"

namespace radfm::orthanc {
namespace {

using test::http_answer;
using test::ScriptedRequest;
using test::ScriptedServer;

const std::string some_id = "0123456a-0123456b-0123456c-0123456d-0123456e";

// Answers by "METHOD /path"; anything else is 404.
class OrthancClientTest : public testing::Test {
 protected:
  OrthancClientTest() : server_([this](const ScriptedRequest& request) { return answer(request); }) {
    OrthancSettings settings;
    settings.url = server_.url();
    Result<std::unique_ptr<OrthancClient>> client = OrthancClient::make(settings, folder_.path(), -1);
    if (!client) throw std::runtime_error(client.error().message);
    client_ = std::move(client).value();
  }

  test::ScriptedAnswer answer(const ScriptedRequest& request) {
    std::lock_guard lock(mutex_);
    const std::string line = request.head.substr(0, request.head.find(" HTTP/"));
    bodies_[line] = request.body;
    const auto found = answers_.find(line);
    return found == answers_.end() ? http_answer(404, "{}") : found->second;
  }
  void set(const std::string& line, int status, const std::string& body) {
    std::lock_guard lock(mutex_);
    answers_[line] = http_answer(status, body);
  }
  std::string sent(const std::string& line) {
    std::lock_guard lock(mutex_);
    return bodies_[line];
  }

  static std::string text_of(const process::FileDescriptor& file) {
    char bytes[32] = {};
    const ssize_t got = ::pread(file.get(), bytes, sizeof bytes, 0);
    return got < 0 ? "unreadable" : std::string(bytes, std::size_t(got));
  }

  std::mutex mutex_;
  std::map<std::string, test::ScriptedAnswer> answers_;
  std::map<std::string, std::string> bodies_;
  test::TemporaryFolder folder_;
  ScriptedServer server_;
  std::unique_ptr<OrthancClient> client_;
};

// A fetched file is readable and has no name in the work folder.
TEST_F(OrthancClientTest, FetchesIntoAFileWithoutName) {
  set("GET /instances/" + some_id + "/file", 200, "file bytes");
  auto files = client_->fetch_files({some_id}, {});
  ASSERT_TRUE(files.ok()) << files.error().message;
  ASSERT_EQ(files->size(), 1u);
  EXPECT_EQ(text_of((*files)[0]), "file bytes");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

// Many files come over several connections, in the order in which they were asked for, and are counted by the caller's thread.
TEST_F(OrthancClientTest, FetchesManyAtOnceInOrder) {
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) {
    ids.push_back(some_id.substr(0, some_id.size() - 2) + (i < 10 ? "0" : "") + std::to_string(i));
    set("GET /instances/" + ids.back() + "/file", 200, "file " + std::to_string(i));
  }
  std::size_t last = 0;
  const auto caller = std::this_thread::get_id();
  auto files = client_->fetch_files(ids, [&](std::size_t fetched) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_GT(fetched, last);
    last = fetched;
  });
  ASSERT_TRUE(files.ok()) << files.error().message;
  ASSERT_EQ(files->size(), ids.size());
  for (int i = 0; i < 40; ++i) EXPECT_EQ(text_of((*files)[std::size_t(i)]), "file " + std::to_string(i));
  EXPECT_LE(last, ids.size());
  EXPECT_EQ(server_.requests(), 40);
  EXPECT_TRUE(client_->fetch_files({}, {})->empty());
}

// One that is missing among many is the answer, and nothing is left behind.
TEST_F(OrthancClientTest, OneMissingFileEndsTheFetch) {
  std::vector<std::string> ids(30, some_id);
  set("GET /instances/" + some_id + "/file", 200, "file bytes");
  ids[7] = "0123456a-0123456b-0123456c-0123456d-01234500";
  EXPECT_EQ(client_->fetch_files(ids, {}).error().code, "instance_gone");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

// An instance that was deleted under the job makes another attempt, not a dead job.
TEST_F(OrthancClientTest, AGoneInstanceIsTransient) {
  const auto files = client_->fetch_files({some_id}, {});
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files.error().code, "instance_gone");
  EXPECT_EQ(files.error().error_class, ErrorClass::transient);
}

// A deleted study has its own code.
TEST_F(OrthancClientTest, AGoneStudyIsNamed) {
  Result<StudyIndex> index = client_->study_index(some_id);
  ASSERT_FALSE(index.ok());
  EXPECT_EQ(index.error().code, "study_gone");
}

// Nothing but an Orthanc identifier gets into a path.
TEST_F(OrthancClientTest, RefusesOtherIdentifiers) {
  for (const std::string& id : {std::string("../system"), some_id + "/../x", std::string(), some_id.substr(1) + "?"}) {
    EXPECT_EQ(client_->fetch_files({id}, {}).error().code, "orthanc_id_malformed");
  }
  EXPECT_EQ(server_.requests(), 0);
}

// Wrong credentials and an unwell Orthanc are waited for; they kill no job.
TEST_F(OrthancClientTest, MapsStatuses) {
  set("GET /system", 401, "");
  EXPECT_EQ(client_->system().error().code, "orthanc_unauthorized");
  EXPECT_TRUE(orthanc_is_away(client_->system().error()));
  set("GET /system", 503, "");
  EXPECT_EQ(client_->system().error().code, "orthanc_error");
  EXPECT_EQ(client_->system().error().error_class, ErrorClass::transient);
  set("GET /system", 200, "{}");
  EXPECT_TRUE(client_->system().ok());
}

// Storing tells what Orthanc did, and a file that it does not accept is not sent for ever.
TEST_F(OrthancClientTest, Stores) {
  set("POST /instances", 200, R"({"ID": "x", "Status": "Success"})");
  Result<Orthanc::Stored> stored = client_->store_instance({'D', 0, 'x'});
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(*stored, Orthanc::Stored::success);
  EXPECT_EQ(sent("POST /instances"), std::string("D\0x", 3));
  set("POST /instances", 200, R"({"Status": "AlreadyStored"})");
  EXPECT_EQ(*client_->store_instance({1}), Orthanc::Stored::already_stored);
  set("POST /instances", 400, "{}");
  EXPECT_EQ(client_->store_instance({1}).error().code, "orthanc_refused_object");
  EXPECT_EQ(client_->store_instance({1}).error().error_class, ErrorClass::permanent);
  set("POST /instances", 200, "[]");
  EXPECT_EQ(client_->store_instance({1}).error().code, "orthanc_bad_answer");
}

// Lookups take the level that was asked for, and say when a study is there twice.
TEST_F(OrthancClientTest, LooksUp) {
  const std::string study = R"({"ID": ")" + some_id + R"(", "Type": "Study"})";
  const std::string instance = R"({"ID": "i", "Type": "Instance"})";
  set("POST /tools/lookup", 200, "[" + study + "," + instance + "]");
  EXPECT_EQ(**client_->find_study("1.2.3"), some_id);
  EXPECT_EQ(sent("POST /tools/lookup"), "1.2.3");
  EXPECT_EQ(**client_->find_instance("1.2.3"), "i");
  set("POST /tools/lookup", 200, "[" + study + "," + study + "]");
  EXPECT_EQ(client_->find_study("1.2.3").error().code, "study_ambiguous");
  set("POST /tools/lookup", 200, "[]");
  EXPECT_FALSE(client_->find_study("1.2.3")->has_value());
  set("POST /tools/lookup", 200, "{broken");
  EXPECT_EQ(client_->find_study("1.2.3").error().code, "orthanc_bad_answer");
}

// A study without a mark has an empty one.
TEST_F(OrthancClientTest, ReadsAndWritesTheMark) {
  const std::string path = "/studies/" + some_id + "/metadata/4317";
  EXPECT_EQ(*client_->read_mark(some_id), "");
  set("GET " + path, 200, "mark");
  EXPECT_EQ(*client_->read_mark(some_id), "mark");
  EXPECT_EQ(client_->put_mark(some_id, "new").error().code, "study_gone");
  set("PUT " + path, 200, "");
  EXPECT_TRUE(client_->put_mark(some_id, "new").ok());
  EXPECT_EQ(sent("PUT " + path), "new");
}

// Studies of a patient, with tags that are missing.
TEST(ParsePatientStudies, TakesWhatIsThere) {
  Result<std::vector<PatientStudy>> studies = parse_patient_studies(R"([
    {"ID": "a", "MainDicomTags": {"StudyInstanceUID": "1.2", "StudyDate": "20200101"}, "PatientMainDicomTags": {"PatientID": "P"}},
    {"ID": "b"}])");
  ASSERT_TRUE(studies.ok());
  ASSERT_EQ(studies->size(), 2u);
  EXPECT_EQ((*studies)[0].study_instance_uid, "1.2");
  EXPECT_EQ((*studies)[0].patient_id, "P");
  EXPECT_EQ((*studies)[1].patient_id, "");
  for (const char* bad : {"", "{}", "[1]", "nonsense"}) EXPECT_FALSE(parse_patient_studies(bad).ok()) << bad;
}

}  // namespace
}  // namespace radfm::orthanc
