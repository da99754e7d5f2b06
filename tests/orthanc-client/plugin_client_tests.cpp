// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/plugin_client.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <mutex>

#include "pipeline/process/file_descriptor.h"
#include "tests/orthanc-client/scripted_server.h"

namespace radfm::orthanc {
namespace {

using test::http_answer;
using test::ScriptedRequest;
using test::ScriptedServer;

// Answers each request the same.
class PluginClientTest : public testing::Test {
 protected:
  PluginClientTest() : server_([this](const ScriptedRequest& request) {
    const std::lock_guard lock(mutex_);
    head_ = request.head + "\r\n";
    return answer_;
  }) {
    settings_.url = server_.url();
    settings_.username = "node";
    settings_.password = "secret";
  }
  std::unique_ptr<PluginClient> client(int wake_fd = -1) { return PluginClient::make(settings_, wake_fd).value(); }
  void set(int status, const std::string& body) { set(http_answer(status, body)); }
  void set(const test::ScriptedAnswer& answer) {
    const std::lock_guard lock(mutex_);
    answer_ = answer;
  }
  std::string head() {
    const std::lock_guard lock(mutex_);
    return head_;
  }
  static std::string code(const auto& result) { return result ? "" : result.error().code; }

  std::mutex mutex_;
  test::ScriptedAnswer answer_;
  std::string head_;
  OrthancSettings settings_;
  ScriptedServer server_;  // last: its threads use the above
};

TEST_F(PluginClientTest, ReadsTheRulesInForce) {
  // Aim: all of what the plugin tells; a rule's unknown key, of a newer plugin, is let pass.
  set(200, R"({"file": "radfm-node.json", "read_at": "2026-11-24T05:40:00Z", "refused": ["a: b"],
               "rules": [{"name": "CT", "match": {"modalities": ["CT"]}, "action": {"lane": "stat", "new": 1}}, {"name": "rest"}]})");
  const auto found = client()->rules();
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->file, "radfm-node.json");
  EXPECT_EQ(found->read_at, "2026-11-24T05:40:00Z");
  EXPECT_EQ(found->refused, std::vector<std::string>{"a: b"});
  ASSERT_EQ(found->rules.size(), 2U);
  EXPECT_EQ(found->rules[0].name, "CT");
  EXPECT_EQ(found->rules[0].action.lane, Lane::stat);
  EXPECT_TRUE(head().starts_with("GET /radfm/api/v1/rules HTTP/1.1"));
  set(200, R"({"file": "radfm-node.json", "read_at": null, "refused": [], "rules": []})");
  EXPECT_EQ(client()->rules()->read_at, "");
}

TEST_F(PluginClientTest, AsksWithPasswordAndHeader) {
  // Aim: the configuration's credentials, and the header without which the plugin changes nothing; a body of no bytes.
  set(200, R"({"rules": 3, "read_at": "2026-11-24T05:40:00Z"})");
  const auto reading = client()->reload_rules();
  ASSERT_TRUE(reading.ok()) << reading.error().message;
  EXPECT_EQ(reading->rules, 3);
  EXPECT_EQ(reading->read_at, "2026-11-24T05:40:00Z");
  EXPECT_TRUE(reading->mistakes.empty());
  const std::string asked = head();
  EXPECT_TRUE(asked.starts_with("POST /radfm/api/v1/rules/reload HTTP/1.1"));
  EXPECT_NE(asked.find("X-RadFM: 1\r\n"), std::string::npos) << asked;
  EXPECT_NE(asked.find("Authorization: Basic bm9kZTpzZWNyZXQ=\r\n"), std::string::npos) << asked;
  EXPECT_NE(asked.find("Content-Length: 0\r\n"), std::string::npos) << asked;
}

TEST_F(PluginClientTest, ARefusedFileIsAnAnswer) {
  // Aim: the mistakes come with what goes on all the same; they are no error of asking.
  set(409, R"({"error": {"code": "configuration_refused", "message": "stays in force", "mistakes": ["one", "two"]}})");
  const auto reading = client()->reload_rules();
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading->mistakes, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(reading->message, "stays in force");
}

TEST_F(PluginClientTest, EachRefusalByItsName) {
  // Aim: a role that is missing, no plugin, another password, a busy plugin, an Orthanc in trouble, one that is not there.
  const auto refused = [&](int status, const std::string& body) {
    set(status, body);
    return code(client()->reload_rules());
  };
  EXPECT_EQ(refused(403, R"({"error": {"code": "role_needed", "message": "this needs the role administer"}})"), "role_needed");
  EXPECT_EQ(refused(404, "{}"), "plugin_missing");
  EXPECT_EQ(refused(404, "<html>"), "plugin_missing");
  EXPECT_EQ(refused(401, ""), "orthanc_unauthorized");
  EXPECT_EQ(refused(403, ""), "orthanc_unauthorized");
  EXPECT_EQ(refused(503, R"({"error": {"code": "too_busy", "message": "later"}})"), "too_busy");
  EXPECT_EQ(refused(500, ""), "orthanc_error");
  EXPECT_EQ(refused(409, R"({"error": {"code": "other", "message": "x"}})"), "other");
  settings_.url = "http://127.0.0.1:1";
  EXPECT_EQ(code(client()->rules()), "orthanc_unreachable");
  settings_.url = "ftp://x";
  EXPECT_EQ(code(PluginClient::make(settings_, -1)), "url_not_supported");
}

TEST_F(PluginClientTest, AnswersOfSomethingElse) {
  // Aim: what is no answer of the plugin is said to be none, whatever its form; nothing is thrown.
  for (const char* body : {"", "null", "[]", "{}", "7", R"({"rules": "x"})", R"({"rules": {"a": 1}})", "{\"rules\": [", "\xff"}) {
    set(200, body);
    EXPECT_EQ(code(client()->rules()), "orthanc_bad_answer") << body;
    EXPECT_EQ(code(client()->reload_rules()), "orthanc_bad_answer") << body;
  }
  set(200, R"({"rules": [7, null, [], {"name": 5, "match": [1], "action": "x"}], "refused": [1, {}], "file": 3, "read_at": []})");
  const auto odd = client()->rules();
  ASSERT_TRUE(odd.ok());
  EXPECT_EQ(odd->rules.size(), 4U);
  EXPECT_TRUE(odd->refused.empty());
  for (const char* body : {R"({"error": []})", R"({"error": {"code": 7}})", R"({"error": {"code": "configuration_refused", "mistakes": 3}})"}) {
    set(409, body);
    EXPECT_FALSE(client()->reload_rules().ok()) << body;
  }
}

TEST_F(PluginClientTest, AnAnswerHasALimit) {
  // Aim: at the limit it is read, one byte more is refused by name.
  const std::string rules = R"({"rules": []})";
  set(200, rules + std::string(plugin_answer_bytes_max - rules.size(), ' '));
  EXPECT_TRUE(client()->rules().ok());
  set(200, rules + std::string(plugin_answer_bytes_max - rules.size() + 1, ' '));
  EXPECT_EQ(code(client()->rules()), "orthanc_too_large");
}

TEST_F(PluginClientTest, AStopIsHeard) {
  // Aim: a worker that is told to stop asks nothing any more.
  set({"", false, true});
  const process::FileDescriptor wake(::eventfd(1, EFD_CLOEXEC));
  EXPECT_EQ(code(client(wake.get())->reload_rules()), "woken");
}

}  // namespace
}  // namespace radfm::orthanc
