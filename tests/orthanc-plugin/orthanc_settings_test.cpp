// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/orthanc_settings.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace radfm::plugin {
namespace {

TEST(OrthancSettingsTest, GoodSettingsDrawNoAdvice) {
  // Aim: a sound configuration is read and nothing is said about it.
  const auto settings = read_orthanc_settings(R"({"DefaultEncoding": "Utf8", "StableAge": 10,
    "RemoteAccessAllowed": true, "AuthenticationEnabled": true, "RegisteredUsers": {"anna": "x"},
    "RadFM": {"Configuration": "radfm-node.json"}})");
  EXPECT_EQ(settings.configuration_name, "radfm-node.json");
  EXPECT_EQ(settings.stable_age_ms, 10'000);
  EXPECT_TRUE(settings.advice.empty());
}

TEST(OrthancSettingsTest, DefaultsAreOrthancs) {
  // Aim: what is not set is what Orthanc takes: 60 s, Latin1.
  const auto settings = read_orthanc_settings("{}");
  EXPECT_EQ(settings.stable_age_ms, 60'000);
  EXPECT_TRUE(settings.configuration_name.empty());
  ASSERT_EQ(settings.advice.size(), 1U);
  EXPECT_NE(settings.advice[0].find("DefaultEncoding"), std::string::npos);
}

TEST(OrthancSettingsTest, EachDangerIsNamed) {
  // Aim: overwriting, a low StableAge, access without a password and the published user are each said once.
  const auto advice_on = [](const char* json) { return read_orthanc_settings(json).advice; };
  EXPECT_EQ(advice_on(R"({"DefaultEncoding": "Utf8", "OverwriteInstances": true})").size(), 1U);
  EXPECT_EQ(advice_on(R"({"DefaultEncoding": "Utf8", "StableAge": 3})").size(), 0U);
  EXPECT_EQ(advice_on(R"({"DefaultEncoding": "Utf8", "StableAge": 2})").size(), 1U);
  EXPECT_EQ(
      advice_on(R"({"DefaultEncoding": "Utf8", "RemoteAccessAllowed": true, "AuthenticationEnabled": false})")
          .size(),
      1U);
  EXPECT_EQ(advice_on(R"({"DefaultEncoding": "Utf8", "RemoteAccessAllowed": true})").size(), 1U);
  EXPECT_EQ(advice_on(R"({"DefaultEncoding": "Utf8", "AuthenticationEnabled": false})").size(), 0U);
}

TEST(OrthancSettingsTest, UsersAndWhetherTheyAreAsked) {
  // Aim: who the users are, and when Orthanc asks for a password: as it says, and without a word when it allows remote access.
  const auto read = [](const char* json) { return read_orthanc_settings(json); };
  EXPECT_EQ(read(R"({"RegisteredUsers": {"anna": "x", "bert": 3}})").users, (std::map<std::string, std::string>{{"anna", "x"}}));
  EXPECT_FALSE(read("{}").passwords_asked);
  EXPECT_TRUE(read(R"({"RemoteAccessAllowed": true})").passwords_asked);
  EXPECT_TRUE(read(R"({"AuthenticationEnabled": true})").passwords_asked);
  EXPECT_FALSE(read(R"({"RemoteAccessAllowed": true, "AuthenticationEnabled": false})").passwords_asked);
  EXPECT_EQ(read(R"({"DefaultEncoding": "Utf8", "RegisteredUsers": {"an:na": "x"}})").advice.size(), 1U);
  EXPECT_EQ(read("{}").http_threads, 50);
  EXPECT_EQ(read(R"({"HttpThreadsCount": 6})").http_threads, 6);
  EXPECT_EQ(read(R"({"HttpThreadsCount": -6})").http_threads, 1);
}

TEST(OrthancSettingsTest, NonsenseIsSurvived) {
  // Aim: wrong types and wild numbers leave defaults or limits, never an exception.
  for (const char* json :
       {"", "[]", "{", R"({"StableAge": "x", "RadFM": 3, "RegisteredUsers": 1, "RemoteAccessAllowed": true})",
        R"({"StableAge": -99999999999, "RadFM": {"Configuration": 1}})"}) {
    const auto settings = read_orthanc_settings(json);
    EXPECT_GE(settings.stable_age_ms, 0);
    EXPECT_LE(settings.stable_age_ms, 86'400'000);
    EXPECT_TRUE(settings.configuration_name.empty());
  }
}

TEST(OrthancSettingsTest, ConfigurationIsFoundBesideOrthancs) {
  // Aim: relative to Orthanc's file or folder; an absolute name is what it is.
  std::string folder = "/tmp/radfm-settings-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/orthanc.json") << "{}";
  EXPECT_EQ(locate_configuration("radfm-node.json", folder + "/orthanc.json"), folder + "/radfm-node.json");
  EXPECT_EQ(locate_configuration("radfm-node.json", folder), folder + "/radfm-node.json");
  EXPECT_EQ(locate_configuration("/etc/radfm-node.json", folder), "/etc/radfm-node.json");
  EXPECT_EQ(locate_configuration("radfm-node.json", ""), "radfm-node.json");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace radfm::plugin
