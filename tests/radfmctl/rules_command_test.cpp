// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "radfmctl/command.h"
#include "tests/db/temporary_folder.h"
#include "tests/orthanc-client/scripted_server.h"

namespace radfm::ctl {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// A node of which only the plugin's answers are there.
class RulesCommand : public ::testing::Test {
 protected:
  RulesCommand() : server_([this](const test::ScriptedRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string line = request.head.substr(0, request.head.find(" HTTP/"));
    asked_ += line + "\n";
    const auto found = answers_.find(line);
    return found == answers_.end() ? test::http_answer(404, "{}") : found->second;
  }) {
    configure("");
    set("GET /radfm/api/v1/rules", 200, in_force(json::array()));
  }
  std::string configuration() const { return (folder_.path() / "radfm-node.json").string(); }
  void configure(const std::string& sections) const {
    std::ofstream(configuration()) << R"({"orthanc": {"url": ")" << server_.url() << R"("})" << sections << "}";
  }
  void set(const std::string& line, int status, const json& body) {
    const std::lock_guard lock(mutex_);
    answers_[line] = test::http_answer(status, body.dump());
  }
  static json in_force(const json& refused) {
    return {{"file", "radfm-node.json"},
            {"read_at", "2026-11-24T05:40:00Z"},
            {"refused", refused},
            {"rules", {{{"name", "emergency"}, {"match", {{"calling_aets", {"*_ER"}}}}, {"action", {{"lane", "stat"}}}}, {{"name", "rest"}, {"action", {{"off", true}}}}}}};
  }
  int run(Words words) {
    words.insert(words.end(), {"--config", configuration()});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = rules_command(words);
    out_ = ::testing::internal::GetCapturedStdout();
    error_ = ::testing::internal::GetCapturedStderr();
    return code;
  }
  std::string asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  db::TemporaryFolder folder_;
  std::mutex mutex_;
  std::map<std::string, test::ScriptedAnswer> answers_;
  std::string asked_, out_, error_;
  test::ScriptedServer server_;  // last: its threads use the above
};

TEST_F(RulesCommand, ListsWhatIsInForce) {
  // Aim: for people and for programs; exit 0.
  EXPECT_EQ(run({"list"}), exit_done) << error_;
  EXPECT_THAT(out_, HasSubstr("2 rule(s) of radfm-node.json in force, read at 2026-11-24T05:40:00Z\n  emergency: task report, lane stat\n"));
  EXPECT_THAT(out_, HasSubstr("  rest: task report, off\n"));
  EXPECT_EQ(run({"list", "--json"}), exit_done);
  const json told = json::parse(out_);
  EXPECT_EQ(told.at("rules")[0].at("match"), (json{{"calling_aets", {"*_ER"}}}));
  EXPECT_EQ(told.at("read_at"), "2026-11-24T05:40:00Z");
}

TEST_F(RulesCommand, ListsWhatWasRefused) {
  // Aim: a changed file that was not taken, and a node without rules: exit 1.
  set("GET /radfm/api/v1/rules", 200, in_force({"radfm-node.json: x: unknown key"}));
  EXPECT_EQ(run({"list"}), exit_wrong);
  EXPECT_THAT(out_, HasSubstr("the file as it is now is refused:\n  radfm-node.json: x: unknown key\n"));
  set("GET /radfm/api/v1/rules", 200, {{"file", "radfm-node.json"}, {"read_at", nullptr}, {"refused", {"x"}}, {"rules", json::array()}});
  EXPECT_EQ(run({"list"}), exit_wrong);
  EXPECT_THAT(out_, HasSubstr("no rules are in force"));
}

TEST_F(RulesCommand, ReloadsAndPrintsTheRules) {
  // Aim: the plugin is asked, then what it has in force is printed; exit 0.
  set("POST /radfm/api/v1/rules/reload", 200, {{"rules", 2}, {"read_at", "2026-11-24T05:40:00Z"}});
  EXPECT_EQ(run({"reload"}), exit_done) << error_;
  EXPECT_THAT(out_, HasSubstr("2 rule(s) of radfm-node.json in force"));
  EXPECT_EQ(asked(), "POST /radfm/api/v1/rules/reload\nGET /radfm/api/v1/rules\n");
  EXPECT_EQ(run({"reload", "--json"}), exit_done);
  EXPECT_EQ(json::parse(out_), (json{{"rules", 2}, {"read_at", "2026-11-24T05:40:00Z"}, {"mistakes", json::array()}}));
}

TEST_F(RulesCommand, MistakesOfTheFile) {
  // Aim: ours are printed and the plugin is not asked; the plugin's are printed with what goes on; both exit 1.
  configure(R"(, "queue": {"lease_sm": 1})");
  EXPECT_EQ(run({"reload"}), exit_wrong);
  EXPECT_THAT(out_, HasSubstr("queue.lease_sm: unknown key"));
  EXPECT_EQ(asked(), "");
  EXPECT_EQ(run({"reload", "--json"}), exit_wrong);
  EXPECT_EQ(json::parse(out_).at("mistakes").size(), 1U);
  configure("");
  set("POST /radfm/api/v1/rules/reload", 409, {{"error", {{"code", "configuration_refused"}, {"message", "stays in force"}, {"mistakes", {"one", "two"}}}}});
  EXPECT_EQ(run({"reload"}), exit_wrong);
  EXPECT_EQ(out_, "one\ntwo\nstays in force\n");
}

TEST_F(RulesCommand, ANodeThatCannotBeAsked) {
  // Aim: no plugin, no role, no node: exit 2, and the reason on standard error.
  EXPECT_EQ(run({"reload"}), exit_usage);
  EXPECT_THAT(error_, HasSubstr("(plugin_missing)"));
  set("POST /radfm/api/v1/rules/reload", 403, {{"error", {{"code", "role_needed"}, {"message", "this needs the role administer"}}}});
  EXPECT_EQ(run({"reload"}), exit_usage);
  EXPECT_THAT(error_, HasSubstr("this needs the role administer (role_needed)"));
  std::ofstream(configuration()) << R"({"orthanc": {"url": "http://127.0.0.1:1"}})";
  EXPECT_EQ(run({"list"}), exit_usage);
  EXPECT_THAT(error_, HasSubstr("(orthanc_unreachable)"));
}

TEST_F(RulesCommand, WordsThatAreWrong) {
  // Aim: usage, exit 2, and nothing is asked.
  for (const Words& words : {Words{}, Words{"list", "more"}, Words{"reload", "--from", "X"}, Words{"lost"}, Words{"test"}}) EXPECT_EQ(run(words), exit_usage);
  EXPECT_EQ(asked(), "");
}

}  // namespace
}  // namespace radfm::ctl
