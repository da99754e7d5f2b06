// SPDX-License-Identifier: GPL-3.0-or-later
// Aim: each death and each silence is told once by each way, whatever is restarted or down meanwhile; a storm is two messages.
#include "orthanc-plugin/alert_desk.h"

#include <gmock/gmock.h>

#include "tests/orthanc-plugin/plugin_fixture.h"

namespace radfm::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* with_alerts = R"({"orthanc": {"url": "http://127.0.0.1:8042"}, "alerts": {"webhook_url": "http://h/",
    "mail_server": "smtp://h:25", "mail_from": "a@h", "mail_to": ["b@h"], "worker_silence_ms": 30000}, "queue": {"heartbeat_ms": 5000}})";
constexpr std::int64_t step_ms = between_alert_looks.count();

// What a way was given, in short: "job_dead 1", "worker_silent".
struct Receiver {
  std::vector<std::string> got;
  std::vector<Alert> alerts;
  bool down = false;
  AlertWay way() {
    return [this](const AlertSettings&, const Alert& alert, const AlertFrame&) -> Status {
      if (down) return transient_error("alert_not_sent", "server: it does not answer");
      got.push_back(std::string(to_string(alert.event)) + (alert.count > 0 ? " " + std::to_string(alert.count) : ""));
      alerts.push_back(alert);
      return {};
    };
  }
};

class AlertDeskTest : public PluginFixture {
 protected:
  void SetUp() override {
    PluginFixture::SetUp();
    configure(with_alerts);
    work();
    worker_speaks();
    restart();
    steps(1);
  }
  void restart() { desk.emplace(board, clock, "node1", webhook.way(), mail.way()); }
  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      desk->step();
      clock.advance(step_ms);
    }
  }
  // As many as fit into this time, while the worker speaks.
  void pass(std::int64_t ms) {
    for (std::int64_t passed = 0; passed < ms; passed += step_ms) {
      if (passed % (4 * step_ms) == 0) worker_speaks();
      steps(1);
    }
  }
  void worker_speaks() { EXPECT_TRUE(queue()->worker_alive("ready").ok()); }
  void die(int count, const std::string& code = "broken") {
    const auto open = queue();
    for (int i = 0; i < count; ++i) {
      db::NewJob job;
      const std::string uid = "1.2." + std::to_string(++studies_);
      job.identity = {uid, "d", 0};
      job.orthanc_study_id = "orthanc-" + uid;
      job.instances = {uid + ".1"};
      job.rule_name = "all";
      job.actor = "plugin";
      ASSERT_TRUE(open->add(job).ok());
      const auto claimed = open->claim("boot:1:1").value();
      ASSERT_TRUE(open->fail(claimed->second, permanent_error(code, "the words of the error")).ok());
    }
  }
  // As if so many other jobs had died, in one transaction.
  void many_die(int count, const std::string& code) {
    db::OpenQueue open;
    open.path = database();
    const auto trail = db::AuditTrail::open(open, clock).value();
    ASSERT_TRUE(trail->record(std::vector<db::AuditNote>(static_cast<std::size_t>(count), {"dead", code + ": the words of the error", "worker", 1})).ok());
  }
  Receiver webhook, mail;
  std::optional<AlertDesk> desk;

 private:
  int studies_ = 0;
};

TEST_F(AlertDeskTest, ADeathIsToldOnceByEachWay) {
  // Aim: with its code and rule; not again, also not by the next start.
  die(1);
  steps(1);
  EXPECT_THAT(webhook.got, ElementsAre("job_dead 1"));
  EXPECT_THAT(mail.got, ElementsAre("job_dead 1"));
  EXPECT_EQ(webhook.alerts[0].jobs[0].code, "broken");
  EXPECT_EQ(webhook.alerts[0].jobs[0].rule, "all");
  pass(600'000);
  EXPECT_EQ(board.read().alerts_by_mail.sent, 1);
  restart();
  pass(600'000);
  EXPECT_EQ(webhook.got.size() + mail.got.size(), 2U);
}

TEST_F(AlertDeskTest, WhatDiedWhileNobodyListenedIsToldAtTheStart) {
  // Aim: the position lies in the database.
  desk.reset();
  die(2);
  restart();
  steps(1);
  EXPECT_THAT(mail.got, ElementsAre("job_dead 2"));
}

TEST_F(AlertDeskTest, OfANewFileWhatDiesBeforeTheFirstLookIsToldAndHistoryIsNot) {
  // Aim: it is told from when somebody wanted to hear of it, however late the database can be opened; not what died before.
  desk.reset();
  std::filesystem::remove(database());
  start();
  work();
  die(3);
  clock.advance(1);
  restart();
  clock.advance(1);
  die(1);
  steps(1);
  EXPECT_THAT(mail.got, ElementsAre("job_dead 1"));
}

TEST_F(AlertDeskTest, WhatDiedWhileAlertsWereNotConfiguredIsHistory) {
  // Aim: the same when the configuration names nobody at first.
  desk.reset();
  std::filesystem::remove(database());
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}})");
  work();
  restart();
  steps(1);
  die(3);
  steps(1);
  die(1);
  configure(with_alerts);
  work();
  steps(1);
  EXPECT_THAT(mail.got, ElementsAre("job_dead 1"));
}

TEST_F(AlertDeskTest, AStormIsOneMessageThenADigest) {
  // Aim: 1,000 deaths over a while: what had died by the first look, and the rest together; the sums are whole.
  die(10);
  steps(1);
  many_die(990, "engine_crashed");
  pass(deaths_gap_first_ms + step_ms);
  EXPECT_THAT(mail.got, ElementsAre("job_dead 10", "job_dead 990"));
  EXPECT_EQ(mail.alerts[1].jobs.size(), alert_jobs_shown_max);
  EXPECT_EQ(mail.alerts[1].by_code.at("engine_crashed"), 990);
  // While it goes on there are ever fewer: one a minute makes no more than five in an hour.
  for (int i = 0; i < 60; ++i) {
    die(1);
    pass(60'000);
  }
  EXPECT_LE(mail.got.size(), 2U + 5U);
  std::int64_t all = 0;
  pass(deaths_gap_max_ms);
  for (const Alert& alert : mail.alerts) all += alert.count;
  EXPECT_EQ(all, 1'060);
}

TEST_F(AlertDeskTest, AServerThatIsDownIsToldLaterAndHoldsUpNoOther) {
  // Aim: growing waits, one word on the board while it lasts, everything once it is back, one message.
  mail.down = true;
  die(1);
  steps(1);
  EXPECT_THAT(webhook.got, ElementsAre("job_dead 1"));
  EXPECT_THAT(board.read().alert_failures, ElementsAre("alerts by mail are not told: server: it does not answer"));
  EXPECT_EQ(board.read().all_advice().back(), board.read().alert_failures.front());
  pass(1'800'000);
  EXPECT_GE(board.read().alerts_by_mail.failed, 5);
  EXPECT_LE(board.read().alerts_by_mail.failed, 10);
  die(1);
  mail.down = false;
  pass(retry_max_ms + step_ms);
  EXPECT_THAT(mail.got, ElementsAre("job_dead 2"));
  EXPECT_THAT(board.read().alert_failures, IsEmpty());
}

TEST_F(AlertDeskTest, ASilentWorkerIsToldAndItsReturn) {
  // Aim: once each, also when Orthanc is restarted in the middle.
  steps(30'000 / step_ms + 1);
  EXPECT_THAT(mail.got, ElementsAre("worker_silent"));
  restart();
  steps(50);
  EXPECT_THAT(mail.got, ElementsAre("worker_silent"));
  worker_speaks();
  steps(2);
  EXPECT_THAT(mail.got, ElementsAre("worker_silent", "worker_back"));
  EXPECT_THAT(webhook.got, ElementsAre("worker_silent", "worker_back"));
  restart();
  pass(60'000);
  EXPECT_EQ(mail.got.size(), 2U);
}

TEST_F(AlertDeskTest, ASilenceIsToldAlthoughDeathsWaitForTheirDigest) {
  // Aim: what is urgent passes; and a restart between the two repeats neither.
  die(1);
  steps(1);
  die(1);
  steps(30'000 / step_ms + 1);
  EXPECT_THAT(mail.got, ElementsAre("job_dead 1", "worker_silent"));
  restart();
  steps(1);
  EXPECT_THAT(mail.got, ElementsAre("job_dead 1", "worker_silent", "job_dead 1"));
  steps(3);
  EXPECT_EQ(mail.got.size(), 3U);
}

TEST_F(AlertDeskTest, AQueueThatIsGoneIsTold) {
  // Aim: not before it has lasted, once, with its code, and when it is back.
  std::filesystem::rename(database(), folder / "away");
  steps(static_cast<int>(queue_trouble_after_ms / step_ms));
  EXPECT_THAT(mail.got, IsEmpty());
  steps(20);
  EXPECT_THAT(mail.got, ElementsAre("queue_trouble"));
  EXPECT_EQ(mail.alerts[0].code, "database_unavailable");
  std::filesystem::rename(folder / "away", database());
  pass(10'000);
  EXPECT_THAT(mail.got, ElementsAre("queue_trouble", "queue_back"));
}

TEST_F(AlertDeskTest, AFullDiskIsToldAlthoughTheQueueCanBeRead) {
  // Aim: what the plugin's own thread meets counts; what is no matter of the queue's does not.
  board.update([](Notices& notices) { notices.trouble_code = "orthanc_unavailable"; });
  pass(queue_trouble_after_ms + step_ms);
  EXPECT_THAT(mail.got, IsEmpty());
  board.update([](Notices& notices) { notices.trouble_code = "disk_full"; });
  pass(queue_trouble_after_ms + step_ms);
  EXPECT_THAT(mail.got, ElementsAre("queue_trouble"));
}

TEST_F(AlertDeskTest, WithoutAWayNothingIsLookedAt) {
  // Aim: no position is made, nothing told; a way that is configured later begins there.
  configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}})");
  work();
  die(1);
  pass(60'000);
  EXPECT_THAT(mail.got, IsEmpty());
}

TEST_F(AlertDeskTest, AnOlderDatabaseInItsPlaceGoesOnFromItsOwnRow) {
  // Aim: after a restored backup, deaths are told though its entries' numbers are lower than those that were told.
  std::filesystem::copy_file(database(), folder / "backup");
  die(3);
  steps(1);
  desk->step();
  std::filesystem::rename(folder / "backup", database());
  pass(deaths_gap_first_ms);
  die(1);
  pass(2 * deaths_gap_first_ms);
  EXPECT_THAT(mail.got, ElementsAre("job_dead 3", "job_dead 1"));
}

}  // namespace
}  // namespace radfm::plugin
