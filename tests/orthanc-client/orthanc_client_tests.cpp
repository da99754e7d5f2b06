// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/orthanc_client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <mutex>

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
  Result<process::FileDescriptor> file = client_->fetch_file(some_id);
  ASSERT_TRUE(file.ok()) << file.error().message;
  char bytes[32] = {};
  EXPECT_EQ(::pread(file->get(), bytes, sizeof bytes, 0), 10);
  EXPECT_STREQ(bytes, "file bytes");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

// An instance that was deleted under the job makes another attempt, not a dead job.
TEST_F(OrthancClientTest, AGoneInstanceIsTransient) {
  Result<process::FileDescriptor> file = client_->fetch_file(some_id);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, "instance_gone");
  EXPECT_EQ(file.error().error_class, ErrorClass::transient);
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
    EXPECT_EQ(client_->fetch_file(id).error().code, "orthanc_id_malformed");
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
