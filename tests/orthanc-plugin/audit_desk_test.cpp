// SPDX-License-Identifier: GPL-3.0-or-later
// Aim: who was shown or refused something stands in the trail, moments later, without a word of a refused address that is not ours;
// no answer waits for the database.
#include "orthanc-plugin/audit_desk.h"

#include <sqlite3.h>

#include "tests/orthanc-plugin/plugin_fixture.h"

namespace radfm::plugin {
namespace {

class AuditDeskTest : public PluginFixture {
 protected:
  void SetUp() override {
    PluginFixture::SetUp();
    work();  // makes the database
    desk.emplace(board, clock);
  }
  std::string told(const std::string& method, const std::string& path, int status, const std::string& body = "") {
    const auto note = note_of({method, path, {}, {}}, {status, "", body, ""}, "administrator:anna");
    return note ? note->kind + " " + std::to_string(note->job) + " " + note->detail : "nothing";
  }
  void look(const std::string& path) { desk->saw({"GET", path, {}, {}}, {200, "", "", ""}, "administrator:anna"); }
  std::string trail() {
    db::OpenQueue open;
    open.path = database();
    const auto opened = db::AuditTrail::open(open, clock).value();
    std::string said;
    const std::vector<db::AuditEntry> entries = opened->entries(0, 100).value();
    for (const db::AuditEntry& entry : entries) said += entry.event.kind + " ";
    EXPECT_FALSE(db::check_trail(*opened).value().fault());
    return said;
  }
  std::optional<AuditDesk> desk;
};

TEST_F(AuditDeskTest, KnowsWhatIsALook) {
  EXPECT_EQ(told("GET", "/radfm/report/1.2.3", 200), "viewed 0 report 1.2.3");
  EXPECT_EQ(told("GET", "/radfm/study/1.2.3/", 200), "viewed 0 study 1.2.3");
  EXPECT_EQ(told("GET", "/radfm/api/v1/jobs/7", 200), "viewed 7 job");
  EXPECT_EQ(told("GET", "/radfm/api/v1/jobs/7/montage.png", 200), "viewed 7 picture");
  for (const std::string other : {"/radfm/", "/radfm/metrics", "/radfm/api/v1/status", "/radfm/api/v1/jobs", "/radfm/page/page.js", "/radfm/report/a^b", ""}) {
    EXPECT_EQ(told("GET", other, 200), "nothing") << other;
  }
  EXPECT_EQ(told("GET", "/radfm/report/1.2.3", 404), "nothing");
  EXPECT_EQ(told("GET", "/radfm/report/1.2.3", 503), "nothing");
  EXPECT_EQ(told("POST", "/radfm/api/v1/jobs/7/retry", 200), "nothing");  // the queue itself writes who did it
}

TEST_F(AuditDeskTest, AListWithPatientsIsAQuery) {
  // Aim: who had patients listed, or looked for one, is told with the names of the parameters; what was looked for is not.
  const auto listed = [](const std::map<std::string, std::string>& query) {
    const auto note = note_of({"GET", "/radfm/api/v1/jobs/", query, {}}, {200, "application/json", "[]", ""}, "administrator:anna");
    return note ? note->kind + " " + note->detail : "nothing";
  };
  EXPECT_EQ(listed({{"patients", "1"}, {"limit", "5"}}), "listed jobs with their patients");
  EXPECT_EQ(listed({{"patients", "1"}, {"lane", "stat"}, {"state", "dead"}}), "listed jobs with their patients, by lane, state");
  EXPECT_EQ(listed({{"find", "SMITH"}}), "listed jobs with their patients, by find");
  EXPECT_EQ(listed({{"patients", "0"}, {"state", "dead"}}), "nothing");
}

TEST_F(AuditDeskTest, ARefusedAddressIsToldInOurWords) {
  // Aim: a name in an address gets into no trail.
  EXPECT_EQ(told("POST", "/radfm/api/v1/jobs/7/withdraw", 403, R"({"error": {"code": "role_needed", "message": "x"}})"),
            "refused 0 POST /radfm/api/v1/jobs/7/withdraw: role_needed");
  EXPECT_EQ(told("GET", "/radfm/study/SMITH^JOHN/123456789012", 403, "<html>"), "refused 0 GET /radfm/study/*/*");
  EXPECT_EQ(told("GET", "/radfm" + std::string(40, '/') + "a/b/c/d/e/f/g/h/i", 403), "refused 0 GET /radfm/*/*/*/*/*/*/*/...");
  EXPECT_EQ(told("POST", "/radfm/api/v1/pause", 403, R"({"error": {"code": 5}})"), "refused 0 POST /radfm/api/v1/pause");
  EXPECT_EQ(told("POST", "/radfm/api/v1/rules/reload", 403), "refused 0 POST /radfm/api/v1/rules/reload");
}

TEST_F(AuditDeskTest, WritesWhatWasSeen) {
  // Aim: start, configuration, a look (asked for twice), stop; another configuration later.
  look("/radfm/report/1.2.3");
  look("/radfm/report/1.2.3");
  EXPECT_EQ(desk->write_down(), audit_idle_wait);
  EXPECT_EQ(trail(), "plugin_started viewed configuration_changed ");
  desk->write_down();
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "log": {"level": "debug"}})");
  desk->write_down();
  desk->stopping();
  EXPECT_EQ(trail(), "plugin_started viewed configuration_changed configuration_changed plugin_stopped ");
}

TEST_F(AuditDeskTest, AnotherStartWithTheSameConfigurationDoesNotSaySo) {
  desk->write_down();
  desk.emplace(board, clock);
  desk->write_down();
  EXPECT_EQ(trail(), "plugin_started configuration_changed plugin_started ");
}

TEST_F(AuditDeskTest, ALockedDatabaseLosesNothing) {
  // Aim: another program keeps the write lock: the look is answered (saw() opens nothing), and the entry comes when it is free.
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(database().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  look("/radfm/report/1.2.3");
  EXPECT_EQ(desk->write_down(), audit_idle_wait);
  ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_EQ(trail(), "");
  desk->write_down();
  EXPECT_EQ(trail(), "plugin_started viewed configuration_changed ");
}

TEST_F(AuditDeskTest, WithoutADatabaseTheNotesWait) {
  NoticeBoard empty;
  AuditDesk early(empty, clock);
  early.saw({"GET", "/radfm/report/1.2.3", {}, {}}, {200, "", "", ""}, "administrator");
  EXPECT_EQ(early.write_down(), audit_idle_wait);
  empty.update([&](Notices& notices) { notices.database = board.read().database; });
  early.write_down();
  EXPECT_EQ(trail(), "plugin_started viewed ");
}

}  // namespace
}  // namespace radfm::plugin
