// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "core/hmac.h"

namespace radfm {
namespace {

using Keys = std::vector<std::string>;

ConfigurationReading read(const std::string& alerts, ConfigurationReader reader = ConfigurationReader::plugin) {
  return parse_configuration(R"({"orthanc": {"url": "http://h:1"}, "alerts": {)" + alerts + "}}", "/c/f.json", reader);
}
Keys wrong_keys(const std::string& alerts, ConfigurationReader reader = ConfigurationReader::plugin) {
  Keys keys;
  const ConfigurationReading reading = read(alerts, reader);
  for (const ConfigurationMistake& mistake : reading.mistakes) keys.push_back(mistake.key);
  return keys;
}
std::string mail_with(const std::string& more) { return R"("mail_server": "smtp://h:25", "mail_from": "a@h", "mail_to": ["b@h"])" + more; }

TEST(AlertSections, AWebhookIsAnAddressOfTheWeb) {
  // Aim: both readers refuse what is none; a query is part of it, user and password are not; its length at the limit and one past it.
  const std::string longest = "https://h/" + std::string(2'038, 'a');
  for (const std::string& url :
       std::vector<std::string>{"http://h", "https://hooks.example:8443/services/T0/B1?sig=a%2Bb&x=1", "https://[::1]/x", longest, ""}) {
    EXPECT_EQ(wrong_keys(R"("webhook_url": ")" + url + "\""), Keys{}) << url;
  }
  for (const std::string& url :
       std::vector<std::string>{"ftp://h", "h:80", "https://u:p@h/", "https:///x", "http://:80/", "https://h/a b", longest + "a"}) {
    EXPECT_EQ(wrong_keys(R"("webhook_url": ")" + url + "\""), Keys{"alerts.webhook_url"}) << url;
    EXPECT_EQ(wrong_keys(R"("webhook_url": ")" + url + "\"", ConfigurationReader::all), Keys{"alerts.webhook_url"}) << url;
  }
}

TEST(AlertSections, MailNeedsServerSenderAndRecipients) {
  // Aim: together or not at all; a password with its name; schemes; addresses that would end a line or a command.
  EXPECT_EQ(wrong_keys(mail_with("")), Keys{});
  EXPECT_EQ(wrong_keys(R"("mail_server": "smtps://mail.example")"), Keys{"alerts.mail_server"});
  EXPECT_EQ(wrong_keys(R"("mail_to": ["a@h"])"), Keys{"alerts.mail_server"});
  EXPECT_EQ(wrong_keys(mail_with(R"(, "mail_password": "x")")), Keys{"alerts.mail_username"});
  EXPECT_EQ(wrong_keys(R"("mail_server": "http://h", "mail_from": "a@h", "mail_to": ["b@h"])"), Keys{"alerts.mail_server"});
  EXPECT_EQ(wrong_keys(R"("mail_server": "smtp://u:p@h", "mail_from": "a@h", "mail_to": ["b@h"])"), Keys{"alerts.mail_server"});
  for (const char* address : {"a", "@h", "a@", "a b@h", "a@h>", "a@h\\r\\nBcc: c@h", "a,b@h"}) {
    const std::string quoted = "\"" + std::string(address) + "\"";
    EXPECT_EQ(wrong_keys(R"("mail_server": "smtp://h", "mail_to": ["b@h"], "mail_from": )" + quoted), Keys{"alerts.mail_from"}) << address;
    EXPECT_EQ(wrong_keys(R"("mail_server": "smtp://h", "mail_from": "b@h", "mail_to": [)" + quoted + "]"), Keys{"alerts.mail_to"}) << address;
  }
  const auto recipients = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += (i > 0 ? "," : "") + ("\"a" + std::to_string(i)) + "@h\"";
    return R"("mail_server": "smtp://h", "mail_from": "a@h", "mail_to": [)" + list + "]";
  };
  EXPECT_EQ(wrong_keys(recipients(20)), Keys{});
  EXPECT_EQ(wrong_keys(recipients(21)), Keys{"alerts.mail_to"});
}

TEST(AlertSections, SilenceHasARange) {
  // Aim: both ends and one past each; an unknown key is named.
  EXPECT_EQ(wrong_keys(R"("worker_silence_ms": 10000)"), Keys{});
  EXPECT_EQ(wrong_keys(R"("worker_silence_ms": 86400000)"), Keys{});
  EXPECT_EQ(wrong_keys(R"("worker_silence_ms": 9999)"), Keys{"alerts.worker_silence_ms"});
  EXPECT_EQ(wrong_keys(R"("worker_silence_ms": 86400001)"), Keys{"alerts.worker_silence_ms"});
  EXPECT_EQ(wrong_keys(R"("webhook": "http://h")"), Keys{"alerts.webhook"});
  // Three heartbeats (of 15 s, the default), where somebody is told.
  EXPECT_EQ(wrong_keys(R"("webhook_url": "http://h", "worker_silence_ms": 45000)"), Keys{});
  EXPECT_EQ(wrong_keys(R"("webhook_url": "http://h", "worker_silence_ms": 44999)"), Keys{"alerts.worker_silence_ms"});
}

TEST(AlertSections, SecretsAreThePluginsOwn) {
  // Aim: the plugin reads the files, and a missing one is a mistake; another reader, who may not be let read them, leaves them.
  std::string folder = (std::filesystem::temp_directory_path() / "radfm-alerts-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/url") << "https://hooks.example/secret\n";
  std::ofstream(folder + "/bad") << "nowhere\n";
  const auto plugin = read(R"("webhook_url": "file:)" + folder + R"(/url", "webhook_secret": "s")");
  ASSERT_TRUE(plugin.configuration);
  EXPECT_EQ(plugin.configuration->alerts.webhook_url, "https://hooks.example/secret");
  EXPECT_EQ(wrong_keys(R"("webhook_url": "file:)" + folder + "/bad\""), Keys{"alerts.webhook_url"});
  EXPECT_EQ(wrong_keys(R"("webhook_secret": "file:/nowhere/secret")"), Keys{"alerts.webhook_secret"});
  EXPECT_EQ(wrong_keys(R"("webhook_url": "file:/nowhere/url")"), Keys{"alerts.webhook_url"});
  EXPECT_EQ(wrong_keys(R"("webhook_url": "file:/nowhere/url", "webhook_secret": "file:/nowhere/secret")", ConfigurationReader::all), Keys{});
  std::filesystem::remove_all(folder);
}

TEST(Hmac, AsPublished) {
  // Aim: RFC 4231 4.2, 4.3 and 4.7 (a key longer than a block).
  EXPECT_EQ(hmac_sha256_hex(std::string(20, '\x0b'), "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace radfm
