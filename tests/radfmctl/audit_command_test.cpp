// SPDX-License-Identifier: Apache-2.0
// Aim: what an administrator is told of the trail, by words, JSON and exit code; each reading is an entry.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "db/audit_trail.h"
#include "radfmctl/command.h"
#include "tests/db/temporary_folder.h"

namespace radfm::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AuditCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(configuration()) << R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "database": {"path": "queue.sqlite"}})";
    write("worker_started", 1'500'000'000'000);
    write("withdrawn", 1'600'000'000'000);
  }
  std::string configuration() const { return (folder.path() / "radfm-node.json").string(); }
  std::filesystem::path database() const { return folder.path() / "queue.sqlite"; }
  std::unique_ptr<db::AuditTrail> trail() {
    db::OpenQueue open;
    open.path = database();
    return db::AuditTrail::open(open, clock).value();
  }
  void write(const std::string& kind, std::int64_t wall_ms) {
    ASSERT_TRUE(trail()->record({{kind, "a person's words", "administrator:a", 1, "", wall_ms}}).ok());
  }
  int run(Words words) {
    words.insert(words.end(), {"--config", configuration()});
    ::testing::internal::CaptureStdout();
    const int code = audit_command(words);
    printed = ::testing::internal::GetCapturedStdout();
    return code;
  }
  std::string last_kind() {
    const std::vector<db::AuditEntry> entries = trail()->entries(0, 100).value();
    return entries.back().event.kind;
  }
  std::string content(const std::string& name) {
    std::ifstream in(folder.path() / name);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  void tamper(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(database().c_str(), &handle), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(handle, ("DROP TRIGGER events_are_not_changed; " + sql).c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
  }

  db::TemporaryFolder folder;
  SystemClock clock;
  std::string printed;
};

TEST_F(AuditCommand, ListsAndSaysThatItWasListed) {
  EXPECT_EQ(run({"list"}), exit_done);
  EXPECT_THAT(printed, HasSubstr("worker_started"));
  EXPECT_EQ(last_kind(), "audit_listed");
  EXPECT_EQ(run({"list", "--since", "20200101", "--json"}), exit_done);
  const nlohmann::json rows = nlohmann::json::parse(printed);
  ASSERT_GE(rows.size(), 2u);
  EXPECT_EQ(rows[0]["kind"], "withdrawn");
  EXPECT_EQ(rows[0]["entry"], 2);
  EXPECT_EQ(run({"list", "--since", "yesterday"}), exit_usage);
}

TEST_F(AuditCommand, VerifiesAndPrintsTheHead) {
  EXPECT_EQ(run({"verify", "--json"}), exit_done);
  const nlohmann::json facts = nlohmann::json::parse(printed);
  EXPECT_EQ(facts["intact"], true);
  EXPECT_EQ(facts["entries"], 2);
  EXPECT_EQ(last_kind(), "audit_verified");
  EXPECT_EQ(run({"verify", "--head", facts["head"].get<std::string>()}), exit_done);
  EXPECT_THAT(printed, HasSubstr("the noted head is entry 2"));
  EXPECT_EQ(run({"verify", "--head", std::string(64, 'a')}), exit_wrong);
  EXPECT_THAT(printed, HasSubstr("NO ENTRY has the noted head"));
  EXPECT_EQ(run({"verify", "--head", "abc"}), exit_usage);
}

TEST_F(AuditCommand, SaysTheFirstBrokenEntry) {
  tamper("UPDATE events SET actor = 'nobody' WHERE id = 2");
  EXPECT_EQ(run({"verify"}), exit_wrong);
  EXPECT_THAT(printed, HasSubstr("BROKEN at entry 2"));
  EXPECT_EQ(run({"verify", "--json"}), exit_wrong);
  EXPECT_EQ(nlohmann::json::parse(printed)["fault"]["kind"], "changed");
}

TEST_F(AuditCommand, ExportsBothFormats) {
  // Aim: one entry a line; free text in JSON only; no file is written over.
  const std::string atna = (folder.path() / "atna.xml").string(), lines = (folder.path() / "lines.jsonl").string();
  EXPECT_EQ(run({"export", "--format", "jsonl", "--out", lines}), exit_done);
  EXPECT_EQ(run({"export", "--format", "atna", "--out", atna}), exit_done);
  EXPECT_EQ(last_kind(), "audit_exported");
  const std::string jsonl = content("lines.jsonl"), xml = content("atna.xml");
  EXPECT_EQ(std::ranges::count(jsonl, '\n'), 2);
  EXPECT_EQ(std::ranges::count(xml, '\n'), 3);
  EXPECT_EQ(nlohmann::json::parse(jsonl.substr(0, jsonl.find('\n')))["kind"], "worker_started");
  EXPECT_THAT(jsonl, HasSubstr("a person's words"));
  EXPECT_THAT(xml, Not(HasSubstr("words")));
  EXPECT_THAT(xml, HasSubstr("<AuditMessage>"));
  EXPECT_EQ(run({"export", "--format", "atna", "--out", atna}), exit_usage);
  EXPECT_EQ(content("atna.xml"), xml);
  EXPECT_EQ(run({"export", "--format", "csv", "--out", atna + "2"}), exit_usage);
}

TEST_F(AuditCommand, WrongUsage) {
  EXPECT_EQ(run({}), exit_usage);
  EXPECT_EQ(run({"forget"}), exit_usage);
  EXPECT_EQ(audit_command({"list"}), exit_usage);
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(audit_command({"--help"}), exit_done);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("verify"));
}

}  // namespace
}  // namespace radfm::ctl
