// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/alert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm::plugin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const AlertFrame frame{"node1", 1'795'000'060'000};

Alert deaths(int count, int codes = 1) {
  Alert alert;
  for (int i = 1; i <= count; ++i) alert.add({i, "code_" + std::to_string(i % codes), "chest", 1'795'000'000'000 + i});
  return alert;
}
nlohmann::json body_of(const Alert& alert) { return nlohmann::json::parse(webhook_body(alert, frame)); }

TEST(AlertTest, OneDeathIsToldByItsFields) {
  // Aim: what a program needs stands at the top.
  const nlohmann::json body = body_of(deaths(1));
  EXPECT_EQ(body["event"], "job_dead");
  EXPECT_EQ(body["node"], "node1");
  EXPECT_EQ(body["time"], "2026-11-18T11:07:40Z");
  EXPECT_EQ(body["job"], 1);
  EXPECT_EQ(body["code"], "code_0");
  EXPECT_EQ(body["rule"], "chest");
  EXPECT_EQ(body["since"], "2026-11-18T11:06:40Z");
  EXPECT_EQ(body["count"], 1);
}

TEST(AlertTest, ManyDeathsAreCounted) {
  // Aim: at the limit and one past it of jobs that are named and of codes that are told apart; the sums are whole.
  EXPECT_EQ(body_of(deaths(alert_jobs_shown_max))["jobs"].size(), alert_jobs_shown_max);
  const nlohmann::json body = body_of(deaths(1'000, alert_codes_max + 1));
  EXPECT_EQ(body["count"], 1'000);
  EXPECT_EQ(body["jobs"].size(), alert_jobs_shown_max);
  EXPECT_FALSE(body.contains("job"));
  EXPECT_EQ(body["by_code"].size(), alert_codes_max + 1);
  EXPECT_TRUE(body["by_code"].contains("other"));
  std::int64_t sum = 0;
  for (const auto& count : body["by_code"]) sum += count.get<std::int64_t>();
  EXPECT_EQ(sum, 1'000);
  EXPECT_EQ(body_of(deaths(1'000, alert_codes_max))["by_code"].size(), alert_codes_max);
}

TEST(AlertTest, AWorkerThatWasNeverHeardHasNoTime) {
  // Aim: since is a time or null.
  Alert alert;
  alert.event = AlertEvent::worker_silent;
  alert.since = "never";
  EXPECT_TRUE(body_of(alert)["since"].is_null());
  alert.since = "2026-11-18T11:06:40Z";
  EXPECT_EQ(body_of(alert)["since"], "2026-11-18T11:06:40Z");
  alert.event = AlertEvent::queue_trouble;
  alert.code = "disk_full";
  EXPECT_EQ(body_of(alert)["code"], "disk_full");
  EXPECT_EQ(body_of(alert)["event"], "queue_trouble");
}

TEST(AlertTest, SignatureAsOthersCompute) {
  // Aim: what openssl dgst -sha256 -hmac key says of it.
  EXPECT_EQ(webhook_signature("key", "The quick brown fox jumps over the lazy dog"), "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
}

TEST(AlertTest, AMailIsPlainLines) {
  // Aim: a head that servers take, CR LF everywhere, ASCII only, no line over the limit; a rule's name breaks no line.
  AlertSettings settings;
  settings.mail_from = "radfm@clinic.example";
  settings.mail_to = {"one@clinic.example", "two@clinic.example"};
  Alert alert = deaths(30, 3);
  alert.jobs.front().rule = "Sch\xC3\xA4" "del\r\nBcc: all@clinic.example";
  const std::string mail = mail_text(alert, frame, settings);
  EXPECT_THAT(mail, HasSubstr("Date: Wed, 18 Nov 2026 11:07:40 +0000\r\n"));
  EXPECT_THAT(mail, HasSubstr("To: one@clinic.example,\r\n two@clinic.example\r\n"));
  EXPECT_THAT(mail, HasSubstr("Subject: radfm-node on node1: 30 jobs are dead\r\n"));
  EXPECT_THAT(mail, HasSubstr("and 10 more"));
  EXPECT_THAT(mail, HasSubstr("code_1: 10\r\n"));
  EXPECT_THAT(mail, Not(HasSubstr("\r\nBcc")));
  std::size_t line = 0;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const auto byte = static_cast<unsigned char>(mail[i]);
    EXPECT_LT(byte, 0x7FU);
    line = byte == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 998U);
    EXPECT_TRUE(byte != '\n' || mail[i - 1] == '\r');
  }
  EXPECT_EQ(mail, mail_text(alert, frame, settings));  // the same, sent again, has the same Message-ID
}

TEST(AlertTest, EachEventHasItsWords) {
  // Aim: no event is told in the words of another.
  std::set<std::string> words;
  for (const AlertEvent event : {AlertEvent::worker_silent, AlertEvent::worker_back, AlertEvent::queue_trouble, AlertEvent::queue_back}) {
    Alert alert;
    alert.event = event;
    alert.since = "2026-11-18T11:06:40Z";
    words.insert(body_of(alert)["text"].get<std::string>());
    EXPECT_EQ(body_of(alert)["event"], std::string(to_string(event)));
  }
  EXPECT_EQ(words.size(), 4U);
}

}  // namespace
}  // namespace radfm::plugin
