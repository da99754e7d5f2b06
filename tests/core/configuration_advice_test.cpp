// SPDX-License-Identifier: Apache-2.0
#include "core/configuration_advice.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace radfm {
namespace {

namespace fs = std::filesystem;

class ConfigurationAdviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "radfm-advice-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& text, fs::perms mode) {
    const fs::path file = folder_ / name;
    std::ofstream(file) << text;
    fs::permissions(file, mode);
    return file;
  }
  // The keys that there is advice on; no sentence quotes a canary.
  std::vector<std::string> keys(const std::string& text, fs::perms mode = group_only) {
    const auto reading = read_configuration(write("radfm-node.json", text, mode), ConfigurationReader::all);
    EXPECT_TRUE(reading.configuration.has_value()) << (reading.mistakes.empty() ? "" : reading.mistakes[0].text());
    std::vector<std::string> found;
    if (!reading.configuration) return found;
    for (const ConfigurationMistake& advice : configuration_advice(*reading.configuration)) {
      found.push_back(advice.key);
      EXPECT_EQ(advice.text().find("canary"), std::string::npos) << advice.text();
    }
    return found;
  }

  static constexpr fs::perms group_only = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read;
  static constexpr fs::perms everybody = group_only | fs::perms::others_read;
  fs::path folder_;
};

using Keys = std::vector<std::string>;

TEST_F(ConfigurationAdviceTest, PlainTextOverANetwork) {
  // Aim: http is for this machine alone; each address elsewhere is told, https never.
  for (const char* url : {"http://127.0.0.1:8042", "http://localhost:8042", "http://127.9.9.9", "http://[::1]:8042", "https://pacs.example"})
    EXPECT_EQ(keys("{\"orthanc\": {\"url\": \"" + std::string(url) + "\"}}"), Keys()) << url;
  for (const char* url : {"http://pacs.example:8042", "http://10.0.0.1", "http://orthanc:8042/", "http://127.0.0.1.evil.example", "http://[fe80::1]"})
    EXPECT_EQ(keys("{\"orthanc\": {\"url\": \"" + std::string(url) + "\"}}"), Keys{"orthanc.url"}) << url;
  EXPECT_EQ(keys(R"({"orthanc": {"url": "http://127.0.0.1"}, "pacs": [
    {"name": "a", "priors": "dicomweb", "url": "https://vna.example"}, {"name": "b", "priors": "dicomweb", "url": "http://vna.example"}]})"),
            Keys{"pacs[1].url"});
}

TEST_F(ConfigurationAdviceTest, SecretsThatEverybodyMayRead) {
  // Aim: a file of a secret, and the configuration itself where the secret stands in it; permissions of the group are nobody's business.
  const std::string by_file = R"({"orthanc": {"url": "http://127.0.0.1", "password": "file:secret"}})";
  write("secret", "canary\n", group_only);
  EXPECT_EQ(keys(by_file, everybody), Keys());
  write("secret", "canary\n", everybody);
  EXPECT_EQ(keys(by_file), Keys{"orthanc.password"});
  const std::string inside = R"({"orthanc": {"url": "http://127.0.0.1", "password": "canary"}, "pacs": [
    {"name": "a", "priors": "dicomweb", "url": "https://vna.example", "password": "canary"}]})";
  EXPECT_EQ(keys(inside), Keys());
  EXPECT_EQ(keys(inside, everybody), (Keys{"orthanc.password", "pacs[0].password"}));
  ASSERT_EQ(::setenv("RADFM_ADVICE_SECRET", "canary", 1), 0);
  EXPECT_EQ(keys(R"({"orthanc": {"url": "http://127.0.0.1", "password": "env:RADFM_ADVICE_SECRET"}})", everybody), Keys());
  EXPECT_EQ(keys(R"({"orthanc": {"url": "http://127.0.0.1"}, "alerts": {"webhook_secret": "canary"}})"), Keys());
  EXPECT_EQ(keys(R"({"orthanc": {"url": "http://127.0.0.1"}, "alerts": {"webhook_secret": "canary"}})", everybody), Keys{"alerts.webhook_secret"});
}

TEST_F(ConfigurationAdviceTest, KeysAndTheQueueThatEverybodyMayRead) {
  // Aim: our private keys, and the queue, which holds reports and pictures.
  write("ours.key", "canary", everybody);
  write("ours.pem", "canary", everybody);
  write("radfm-queue.sqlite", "canary", everybody);
  EXPECT_EQ(keys(R"({"orthanc": {"url": "http://127.0.0.1"}, "dicom": {"tls":
    {"private_key_file": "ours.key", "certificate_file": "ours.pem", "trusted_certificates_file": "ours.pem"}}})"),
            (Keys{"dicom.tls.private_key_file", "database.path"}));
}

TEST_F(ConfigurationAdviceTest, MistakesNeverQuoteASecret) {
  // Aim: whatever else is wrong with a file, none of its messages repeats a password.
  write("secret", std::string(5'000, 'x') + "canary", group_only);
  for (const char* text : {R"({"orthanc": {"url": "http://u:canary@host", "password": "canary"}})", R"({"orthanc": {"url": 3, "password": "canary"}})",
                           R"({"orthanc": {"url": "http://h", "password": "canary", "password": "canary"}})", R"({"orthanc": {"url": "http://h", "password": "canary)",
                           R"({"orthanc": {"url": "http://h", "password": "file:secret"}})", R"({"orthanc": {"url": "http://h", "password": ["canary"]}})",
                           R"({"orthanc": {"url": "http://h"}, "pacs": [{"name": "a", "url": "x", "password": "canary", "passwort": "canary"}]})"}) {
    const auto reading = read_configuration(write("radfm-node.json", text, group_only), ConfigurationReader::all);
    EXPECT_FALSE(reading.mistakes.empty()) << text;
    for (const ConfigurationMistake& mistake : reading.mistakes) EXPECT_EQ(mistake.text().find("canary"), std::string::npos) << mistake.text();
  }
}

}  // namespace
}  // namespace radfm
